/** Fits the regimes' model to the rows of training, by expectation and maximisation from the prior: no chance in it, so a refit is the same. */
import { NAMED_REGIMES } from '../../domain/regime.ts';
import { isObserved, type RegimeModel } from '../../domain/regime-model.ts';
import { signedRegimes } from '../../inference/regime-schema.ts';
import { ExpectationStep, type RegimeParameters } from './expectation.ts';
import { maximise, type Weighting } from './maximisation.ts';
import { namesHold, priorParameters } from './regime-prior.ts';
import type { RegimeSeries } from './regime-series.ts';

export interface RegimeFitOptions {
  /** Of a bar's log-likelihood, in (0, 1]. */
  readonly temper?: number;
  /** What one bar counts against the prior, in (0, 1]. */
  readonly barWeight?: number;
}

export interface RegimeFit {
  readonly model: RegimeModel;
  /** Bars that were looked at. */
  readonly bars: number;
  readonly steps: number;
  /** 1, or more where the bars alone would have moved a state to where its name is wrong. */
  readonly priorStrength: number;
}

/** Bars share most of their window with the bars beside them: a quarter of the evidence keeps the filter from certainty. */
const TEMPER = 0.25;
/** The shorter window has 48 bars, so 48 of them hold about one independent observation. */
const BAR_WEIGHT = 1 / 48;
const DWELL_BARS = 6;
const MARGIN = 0.2;

const BARS_MIN = 1000;
const STEPS_MAX = 100;
/** Largest change of a mean or covariance at which the fit has come to rest. */
const AT_REST = 1e-3;
const STRENGTHEN_BY = 4;
/** At it the prior outweighs a hundred million bars. */
const STRENGTH_MAX = 4 ** 8;

/** `series` is of training rows alone: NaN where a row is not to be looked at. */
export function fitRegimes(series: RegimeSeries, options: RegimeFitOptions = {}): RegimeFit {
  const { temper = TEMPER, barWeight = BAR_WEIGHT } = options;
  const bars = observedBars(series);
  if (!(bars >= BARS_MIN)) {
    throw new RangeError(
      `regimes cannot be fitted to ${bars} bars: give at least ${BARS_MIN} after the features' warm-up, or train without regimes`,
    );
  }
  const expectation = new ExpectationStep(series);
  let priorStrength = 1;
  let settled = settle(expectation, temper, { barWeight, priorStrength });
  while (!namesHold(settled.parameters.shapes)) {
    priorStrength *= STRENGTHEN_BY;
    if (priorStrength > STRENGTH_MAX) {
      throw new RangeError(
        'the regimes cannot keep their names: these inputs are no ln volatility ratios and trend statistics of closed bars',
      );
    }
    settled = settle(expectation, temper, { barWeight, priorStrength });
  }
  const model = signedRegimes({ version: 1, ...settled.parameters, dwellBars: DWELL_BARS, margin: MARGIN });
  return { model, bars, steps: settled.steps, priorStrength };
}

function observedBars({ logVolatilityRatio, trendStatistic }: RegimeSeries): number {
  if (logVolatilityRatio.length !== trendStatistic.length) {
    throw new RangeError(
      `regimes are fitted to two inputs a bar, not to ${logVolatilityRatio.length} and ${trendStatistic.length} values`,
    );
  }
  return logVolatilityRatio.reduce(
    (count, v, bar) => count + (isObserved(v, trendStatistic[bar] as number) ? 1 : 0),
    0,
  );
}

interface Settled {
  readonly parameters: RegimeParameters;
  readonly steps: number;
}

function settle(expectation: ExpectationStep, temper: number, weighting: Weighting): Settled {
  let parameters = priorParameters(temper);
  for (let steps = 1; ; steps++) {
    const next = maximise(expectation.run(parameters), temper, weighting);
    const change = largestChange(parameters, next);
    parameters = next;
    // A change that is no number will not come to rest either.
    if (!(change >= AT_REST) || steps === STEPS_MAX) return { parameters, steps };
  }
}

function largestChange(before: RegimeParameters, after: RegimeParameters): number {
  const numbers = ({ shapes }: RegimeParameters) =>
    NAMED_REGIMES.flatMap((name) => [...shapes[name].mean, ...shapes[name].covariance]);
  const old = numbers(before);
  return Math.max(...numbers(after).map((value, i) => Math.abs(value - (old[i] ?? Number.NaN))));
}

/** Is the model still as good as on its hold-out? Outcomes are counted by model and regime as they become known. */
import type { Regime } from '../regime.ts';
import type { Probabilities } from '../signal.ts';
import { type Grade, gradeOf } from './grade.ts';

/** Plain data of a model's passport. */
export interface CalibrationReference {
  /** Mean log-loss on rows that the model had not seen. */
  readonly expectedLogLoss: number;
  /** Worse than that by this much is still the same model. */
  readonly toleranceNats: number;
  /** Page-Hinkley sums that chance seldom reaches. */
  readonly warnAbove: number;
  readonly actAbove: number;
}

export interface KnownOutcome {
  readonly regime: Regime;
  readonly probabilities: Probabilities;
  readonly cameTrue: keyof Probabilities;
}

/** Of one tenth of [0, 1]: all that was said of any class with such a probability. */
export interface CurvePoint {
  readonly meanProbability: number;
  readonly observedShare: number;
  /** Outcomes, older ones counting less. */
  readonly weight: number;
}

export interface CalibrationReading {
  readonly regime: Regime | 'all';
  /** Outcomes so far. */
  readonly samples: number;
  readonly logLoss: number;
  readonly brier: number;
  /** Bins that hold anything, least probable first. */
  readonly curve: readonly CurvePoint[];
}

/** One figure for the ladder, of all regimes. */
export interface CalibrationGrade {
  readonly samples: number;
  readonly pageHinkley: number;
  readonly grade: Grade;
}

const BINS = 10;
const LEAST_PROBABILITY = 2 ** -24;
const CLASSES: readonly (keyof Probabilities)[] = ['down', 'flat', 'up'];

/** Sums in which each outcome counts a little less than the one after it. */
interface Sums {
  readonly samples: number;
  readonly weight: number;
  readonly logLoss: number;
  readonly brier: number;
  readonly said: readonly number[];
  readonly cameTrue: readonly number[];
  readonly count: readonly number[];
}

const zeros: readonly number[] = new Array<number>(BINS).fill(0);
const NOTHING: Sums = { samples: 0, weight: 0, logLoss: 0, brier: 0, said: zeros, cameTrue: zeros, count: zeros };

/** JSON. */
export interface CalibrationSnapshot {
  readonly pageHinkley: number;
  readonly samples: number;
  readonly byRegime: Readonly<Partial<Record<Regime | 'all', Sums>>>;
}

const EMPTY: CalibrationSnapshot = { pageHinkley: 0, samples: 0, byRegime: {} };

/** Of one model: keep one watch a model. */
export class CalibrationWatch {
  readonly #reference: CalibrationReference;
  readonly #keep: number;
  #state: CalibrationSnapshot;

  /** `spanRows`: how many outcomes, about, the rolling figures are of. */
  constructor(reference: CalibrationReference, spanRows: number, snapshot: CalibrationSnapshot = EMPTY) {
    if (!(spanRows >= 1)) throw new RangeError(`the calibration's span must be 1 outcome or more, was ${spanRows}`);
    this.#reference = reference;
    this.#keep = 1 - 1 / spanRows;
    this.#state = snapshot;
  }

  push(outcome: KnownOutcome): void {
    const { byRegime, pageHinkley, samples } = this.#state;
    const { expectedLogLoss, toleranceNats, actAbove } = this.#reference;
    const loss = logLossOf(outcome);
    // Page and Hinkley's test against a known mean. Capped, so that a model that is good again is not doubted for ever.
    const sum = Math.min(Math.max(0, pageHinkley + loss - expectedLogLoss - toleranceNats), 2 * actAbove);
    const next = (group: Regime | 'all') => this.#added(byRegime[group] ?? NOTHING, outcome, loss);
    this.#state = {
      pageHinkley: sum,
      samples: samples + 1,
      byRegime: { ...byRegime, all: next('all'), [outcome.regime]: next(outcome.regime) },
    };
  }

  #added(sums: Sums, { probabilities, cameTrue }: KnownOutcome, loss: number): Sums {
    const keep = this.#keep;
    const said = sums.said.map((value) => value * keep);
    const came = sums.cameTrue.map((value) => value * keep);
    const count = sums.count.map((value) => value * keep);
    let brier = 0;
    for (const name of CLASSES) {
      const probability = probabilities[name];
      const happened = name === cameTrue ? 1 : 0;
      const bin = Math.min(Math.max(Math.floor(probability * BINS), 0), BINS - 1);
      said[bin] = (said[bin] ?? 0) + probability;
      came[bin] = (came[bin] ?? 0) + happened;
      count[bin] = (count[bin] ?? 0) + 1;
      brier += (probability - happened) ** 2;
    }
    return {
      samples: sums.samples + 1,
      weight: sums.weight * keep + 1,
      logLoss: sums.logLoss * keep + loss,
      brier: sums.brier * keep + brier,
      said,
      cameTrue: came,
      count,
    };
  }

  /** All regimes first, then each that was met. */
  readings(): readonly CalibrationReading[] {
    const groups = Object.entries(this.#state.byRegime) as readonly [Regime | 'all', Sums][];
    return groups
      .map(([regime, sums]) => readingOf(regime, sums))
      .sort((a, b) => Number(b.regime === 'all') - Number(a.regime === 'all'));
  }

  grade(): CalibrationGrade {
    const { pageHinkley, samples } = this.#state;
    const { warnAbove, actAbove } = this.#reference;
    return { samples, pageHinkley, grade: gradeOf(pageHinkley, warnAbove, actAbove) };
  }

  snapshot(): CalibrationSnapshot {
    return this.#state;
  }
}

const logLossOf = ({ probabilities, cameTrue }: KnownOutcome): number =>
  -Math.log(Math.max(probabilities[cameTrue], LEAST_PROBABILITY));

function readingOf(regime: Regime | 'all', sums: Sums): CalibrationReading {
  const curve = sums.count.flatMap((weight, bin) =>
    weight > 0
      ? [
          {
            meanProbability: (sums.said[bin] ?? Number.NaN) / weight,
            observedShare: (sums.cameTrue[bin] ?? Number.NaN) / weight,
            weight,
          },
        ]
      : [],
  );
  return { regime, samples: sums.samples, logLoss: sums.logLoss / sums.weight, brier: sums.brier / sums.weight, curve };
}

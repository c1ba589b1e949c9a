/** A fitted model of the regimes, as plain data: a Gaussian hidden Markov model with one state for each name. */
import { NAMED_REGIMES, type NamedRegime } from './regime.ts';

/** How the two inputs are spread while a regime lasts: [ln volatility ratio, trend statistic]. */
export interface RegimeShape {
  readonly mean: readonly [number, number];
  /** Variance of the first, covariance, variance of the second. */
  readonly covariance: readonly [number, number, number];
}

export interface RegimeModel {
  /** 1: the two inputs of `RegimeInput`, the trend statistic clipped to ±3. */
  readonly version: 1;
  /** Of all other fields: whose memory a snapshot is. */
  readonly hash: string;
  readonly shapes: Readonly<Record<NamedRegime, RegimeShape>>;
  /** Chance of each next regime (column) after each (row), in the order of `NAMED_REGIMES`; none is 0. */
  readonly transition: readonly (readonly number[])[];
  /** Chance of each before the first bar. */
  readonly prior: readonly number[];
  /** By which a bar's log-likelihood is multiplied, in (0, 1]: bars of overlapping windows say the same thing many times. */
  readonly temper: number;
  /** Bars in a row for which a new regime must hold. */
  readonly dwellBars: number;
  /** By how much the chance of a new regime must exceed that of the present one. */
  readonly margin: number;
}

const STATES = NAMED_REGIMES.length;

const TREND_MAX = 3;

/** A crash of ten deviations is a trend like one of three. */
export const clippedTrend = (trendStatistic: number): number =>
  Math.min(Math.max(trendStatistic, -TREND_MAX), TREND_MAX);

/** Inputs that are no numbers say nothing about the regime. */
export const isObserved = (logVolatilityRatio: number, trendStatistic: number): boolean =>
  Number.isFinite(logVolatilityRatio) && Number.isFinite(trendStatistic);

/** Numbers of one state in the table below. */
const WIDTH = 6;

/** The densities of all states, laid out for speed: mean, precision and the logarithm of the norm of each. */
export class RegimeDensities {
  readonly #table: Float64Array;

  constructor(shapes: RegimeModel['shapes'], temper: number) {
    this.#table = Float64Array.from(NAMED_REGIMES.flatMap((name) => densityOf(shapes[name], temper)));
  }

  /** Tempered log-likelihoods of one bar, written to `into` from `offset` on. */
  logLikelihoods(logVolatilityRatio: number, trend: number, into: Float64Array, offset: number): void {
    const table = this.#table;
    for (let state = 0; state < STATES; state++) {
      const at = state * WIDTH;
      const v = logVolatilityRatio - (table[at] as number);
      const t = trend - (table[at + 1] as number);
      into[offset + state] =
        (table[at + 2] as number) -
        v * v * (table[at + 3] as number) -
        v * t * (table[at + 4] as number) -
        t * t * (table[at + 5] as number);
    }
  }
}

function densityOf({ mean, covariance }: RegimeShape, temper: number): number[] {
  const [vv, vt, tt] = covariance;
  const determinant = vv * tt - vt * vt;
  const half = temper / (2 * determinant);
  return [...mean, -temper * (Math.log(2 * Math.PI) + Math.log(determinant) / 2), half * tt, -2 * half * vt, half * vv];
}

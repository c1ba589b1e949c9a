/** Intervals for figures of values in order of time: blocks are drawn anew, because neighbours are not independent. */
import { type Random, seededRandom } from '../../domain/random.ts';
import { quantileOfSorted } from '../../domain/statistics.ts';

export interface BootstrapOptions {
  /** Moving: blocks of this length. Stationary (Politis and Romano): of this length on average. */
  readonly blockRows: number;
  readonly resamples: number;
  readonly seed: string | number;
  /** Stationary unless said otherwise. */
  readonly kind?: 'stationary' | 'moving';
  /** 0.95 unless said otherwise. */
  readonly level?: number;
}

export interface Interval {
  /** Of the values as they are. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly standardError: number;
  readonly level: number;
  /** Resamples for which the statistic is defined. */
  readonly resamples: number;
}

/** Of the places of the values in a resample, with repetitions. NaN where it is undefined. */
export type Statistic = (places: Int32Array) => number;

/** Percentile interval. `length` values; `statistic` sees the same buffer at every call. */
export function blockBootstrap(length: number, options: BootstrapOptions, statistic: Statistic): Interval {
  const { level = 0.95 } = options;
  if (!(level > 0 && level < 1)) throw new RangeError(`an interval's level must be between 0 and 1, was ${level}`);
  const values = bootstrapValues(length, options, statistic);
  const tail = (1 - level) / 2;
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  return {
    estimate: statistic(Int32Array.from({ length }, (_, place) => place)),
    low: quantileOfSorted(values, tail),
    high: quantileOfSorted(values, 1 - tail),
    standardError: Math.sqrt(squares / (values.length - 1)),
    level,
    resamples: values.length,
  };
}

/** The statistic of every resample that has one, ascending. */
export function bootstrapValues(length: number, options: BootstrapOptions, statistic: Statistic): Float64Array {
  const { blockRows, resamples, seed, kind = 'stationary' } = options;
  if (!(length > 0 && blockRows >= 1 && blockRows <= length && Number.isInteger(resamples) && resamples >= 2)) {
    throw new RangeError(
      `a bootstrap of ${length} values needs blocks of 1 to ${length} rows and 2 resamples or more, was ${blockRows} and ${resamples}`,
    );
  }
  const random = seededRandom(seed);
  const places = new Int32Array(length);
  const draw = kind === 'moving' ? drawMoving : drawStationary;
  const values = Float64Array.from({ length: resamples }, () => {
    draw(places, blockRows, random);
    return statistic(places);
  });
  return values.filter((value) => !Number.isNaN(value)).sort();
}

const drawBelow = (limit: number, random: Random): number => Math.floor(random.next() * limit);

/** Each place follows the one before, or with chance 1 ÷ blockRows begins a new block; the end is followed by the beginning. */
function drawStationary(places: Int32Array, blockRows: number, random: Random): void {
  const { length } = places;
  let at = 0;
  for (let i = 0; i < length; i++) {
    at = i === 0 || random.next() * blockRows < 1 ? drawBelow(length, random) : at + 1 === length ? 0 : at + 1;
    places[i] = at;
  }
}

function drawMoving(places: Int32Array, blockRows: number, random: Random): void {
  const { length } = places;
  const block = Math.floor(blockRows);
  let at = 0;
  for (let i = 0; i < length; i++) {
    at = i % block === 0 ? drawBelow(length - block + 1, random) : at + 1;
    places[i] = at;
  }
}

export const meanInterval = (values: ArrayLike<number>, options: BootstrapOptions): Interval =>
  blockBootstrap(values.length, options, (places) => {
    let total = 0;
    for (const place of places) total += values[place] ?? Number.NaN;
    return total / places.length;
  });

export interface PairedDifference extends Interval {
  /** Share of resamples in which a mean this far from 0 arises when the true difference is 0; two-sided. */
  readonly pValue: number;
}

/** Mean of a − b at the same moments, such as the log-losses of two models on the same rows. */
export function pairedDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: BootstrapOptions,
): PairedDifference {
  if (a.length !== b.length)
    throw new Error(`a paired test of ${a.length} and ${b.length} values: give both for the same rows`);
  const differences = Float64Array.from({ length: a.length }, (_, i) => (a[i] ?? Number.NaN) - (b[i] ?? Number.NaN));
  const interval = meanInterval(differences, options);
  const centred = differences.map((value) => value - interval.estimate);
  const nulls = bootstrapValues(centred.length, options, (places) => {
    let total = 0;
    for (const place of places) total += centred[place] ?? Number.NaN;
    return total / places.length;
  });
  const asFar = nulls.filter((value) => Math.abs(value) >= Math.abs(interval.estimate)).length;
  // One is added on both sides: the values as they are count as a resample, so that p is never 0.
  return { ...interval, pValue: (asFar + 1) / (nulls.length + 1) };
}

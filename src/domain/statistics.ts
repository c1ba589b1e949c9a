/** Sample statistics and the normal distribution, as the figures of trades, equity and predictions need them. */

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] ?? Number.NaN;
  return total;
}

export const mean = (values: ArrayLike<number>): number | null =>
  values.length === 0 ? null : sum(values) / values.length;

/** Sample standard deviation (n − 1). */
export function deviation(values: ArrayLike<number>): number | null {
  const average = mean(values);
  if (average === null || values.length < 2) return null;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const apart = (values[i] as number) - average;
    squares += apart * apart;
  }
  return Math.sqrt(squares / (values.length - 1));
}

/** Type 7 of Hyndman and Fan: linear between order statistics. NaN where a value is none. */
export function quantile(values: ArrayLike<number>, p: number): number {
  const some = new Float64Array(values.length);
  for (let i = 0; i < some.length; i++) {
    some[i] = values[i] as number;
    if (Number.isNaN(some[i])) return Number.NaN;
  }
  const position = (some.length - 1) * p;
  const below = Math.floor(position);
  const low = toItsPlace(some, below);
  if (!(position > below)) return low;
  // What lies behind it is no smaller.
  let high = Number.POSITIVE_INFINITY;
  for (let i = below + 1; i < some.length; i++) high = Math.min(high, some[i] as number);
  return low + (position - below) * (high - low);
}

/** Hoare's selection: puts the value that belongs there in rising order at a place, what is smaller before it and the rest behind. */
function toItsPlace(values: Float64Array, place: number): number {
  let [from, to] = [0, values.length - 1];
  while (from < to) {
    const pivot = values[(from + to) >> 1] as number;
    let [i, j] = [from, to];
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i > j) break;
      const swapped = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = swapped;
    }
    if (place <= j) to = j;
    else if (place >= i) from = i;
    else break;
  }
  return values[place] ?? Number.NaN;
}

/** The same of values already in rising order. */
export function quantileOfSorted(sorted: ArrayLike<number>, p: number): number {
  const position = (sorted.length - 1) * p;
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (position - below) * (high - low);
}

export interface Shape {
  readonly skewness: number;
  /** 3 for a normal distribution. */
  readonly kurtosis: number;
}

/** Third and fourth moment of the population (n), null without spread. */
export function shapeOf(values: ArrayLike<number>): Shape | null {
  const average = mean(values);
  if (average === null) return null;
  const variance = centralSum(values, average, 2) / values.length;
  if (!(variance > 0)) return null;
  return {
    skewness: centralSum(values, average, 3) / values.length / variance ** 1.5,
    kurtosis: centralSum(values, average, 4) / values.length / variance ** 2,
  };
}

function centralSum(values: ArrayLike<number>, average: number, power: number): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += ((values[i] ?? Number.NaN) - average) ** power;
  return total;
}

export interface LinearFit {
  readonly slope: number;
  readonly intercept: number;
  /** Pearson's; null where either side has no spread. */
  readonly correlation: number | null;
  /** √(squared residuals ÷ (n − 2)); null under three points. */
  readonly standardError: number | null;
}

/** Least squares of y on x; null where x has no spread. */
export function linearFit(x: ArrayLike<number>, y: ArrayLike<number>): LinearFit | null {
  const [meanX, meanY] = [mean(x), mean(y)];
  if (meanX === null || meanY === null || x.length !== y.length) return null;
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const dx = (x[i] ?? Number.NaN) - meanX;
    const dy = (y[i] ?? Number.NaN) - meanY;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  if (!(xx > 0)) return null;
  const slope = xy / xx;
  const residual = Math.max(0, yy - slope * xy);
  return {
    slope,
    intercept: meanY - slope * meanX,
    correlation: yy > 0 ? xy / Math.sqrt(xx * yy) : null,
    standardError: x.length < 3 ? null : Math.sqrt(residual / (x.length - 2)),
  };
}

export const correlation = (x: ArrayLike<number>, y: ArrayLike<number>): number | null =>
  linearFit(x, y)?.correlation ?? null;

export const normalDensity = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/** Marsaglia's series, exact to the last digits of a double within ±8; beyond, nothing is left of the tail. */
export function normalCdf(z: number): number {
  if (z < -8) return 0;
  if (z > 8) return 1;
  let term = z;
  let series = z;
  for (let i = 3; Math.abs(term) > 1e-17 * Math.abs(series); i += 2) {
    term *= (z * z) / i;
    series += term;
  }
  return 0.5 + series * normalDensity(z);
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Wilson's 95 % interval of a share of `count`: sound for few observations, and never outside 0 to 1. */
export function shareInterval(share: number, count: number): Interval | null {
  if (!(count > 0)) return null;
  const z = 1.959963984540054;
  const scale = 1 + (z * z) / count;
  const middle = (share + (z * z) / (2 * count)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** Isotonic calibration: for each class a rising curve from what was said to what came true, then all three made to sum to 1. */
import { CLASS_COUNT } from '../labels/labels.ts';
import type { Forecasts } from '../validation/forecasts.ts';

/** Points of a rising line; constant before the first and after the last. */
export interface IsotonicCurve {
  readonly said: readonly number[];
  readonly cameTrue: readonly number[];
}

export interface Isotonic {
  readonly kind: 'isotonic';
  /** Down, flat, up. */
  readonly curves: readonly IsotonicCurve[];
}

export function fitIsotonic(forecasts: Forecasts): Isotonic {
  const curves = Array.from({ length: CLASS_COUNT }, (_, label) => fitCurve(forecasts, label));
  return { kind: 'isotonic', curves };
}

/** Neighbouring forecasts that came true equally often, or in the wrong order. */
interface Pool {
  readonly first: number;
  readonly last: number;
  readonly weight: number;
  readonly hits: number;
}

/** Pools adjacent violators. No curve reaches 0 or 1: as much as one row more would have changed is left open. */
function fitCurve(forecasts: Forecasts, label: number): IsotonicCurve {
  const pools: Pool[] = [];
  for (const point of pointsOf(forecasts, label)) {
    let pool = point;
    for (let top = pools.at(-1); top !== undefined && !isBelow(top, pool); top = pools.at(-1)) {
      pools.pop();
      pool = joined(top, pool);
    }
    pools.push(pool);
  }
  const margin = 1 / (forecasts.classes.length + 2);
  const points = pools.flatMap(({ first, last, weight, hits }) => {
    const share = Math.min(Math.max(hits / weight, margin), 1 - margin);
    return first === last ? [[first, share] as const] : [[first, share] as const, [last, share] as const];
  });
  return { said: points.map(([x]) => x), cameTrue: points.map(([, y]) => y) };
}

/** One pool a different forecast, ascending: rows of which the same was said cannot be told apart. */
function pointsOf({ probabilities, classes, weights }: Forecasts, label: number): readonly Pool[] {
  const said = (place: number): number => probabilities[place * CLASS_COUNT + label] ?? Number.NaN;
  const order = Int32Array.from(classes, (_, place) => place).sort((a, b) => said(a) - said(b));
  const points: Pool[] = [];
  for (const place of order) {
    const weight = weights[place] ?? 0;
    if (!(weight > 0)) continue;
    const row = { first: said(place), last: said(place), weight, hits: classes[place] === label ? weight : 0 };
    const top = points.at(-1);
    if (top?.last === row.first) points[points.length - 1] = joined(top, row);
    else points.push(row);
  }
  return points;
}

const joined = (before: Pool, after: Pool): Pool => ({
  first: before.first,
  last: after.last,
  weight: before.weight + after.weight,
  hits: before.hits + after.hits,
});

const isBelow = (before: Pool, after: Pool): boolean => before.hits * after.weight < after.hits * before.weight;

export function applyIsotonic({ curves }: Isotonic, probabilities: Float32Array): Float32Array {
  const result = new Float32Array(probabilities.length);
  for (let start = 0; start < probabilities.length; start += CLASS_COUNT) {
    const row = curves.map((curve, k) => valueAt(curve, probabilities[start + k] ?? Number.NaN));
    const total = row.reduce((sum, value) => sum + value, 0);
    row.forEach((value, k) => {
      result[start + k] = value / total;
    });
  }
  return result;
}

/** Linear between the points. */
function valueAt({ said, cameTrue }: IsotonicCurve, x: number): number {
  let low = 0;
  let high = said.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((said[middle] ?? Number.NaN) < x) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return cameTrue[0] ?? Number.NaN;
  if (low === said.length) return cameTrue.at(-1) ?? Number.NaN;
  const [from, to] = [said[low - 1] ?? Number.NaN, said[low] ?? Number.NaN];
  const [below, above] = [cameTrue[low - 1] ?? Number.NaN, cameTrue[low] ?? Number.NaN];
  return below + ((x - from) / (to - from)) * (above - below);
}

/** Fewer points of the same picture: each stretch of time keeps its first, lowest, highest and last. */
import type { EquityCurve, SymbolRecord } from '../result.ts';
import type { Point } from './page/line-chart.ts';

/** At most four points for each of `stretches` equal stretches of time; no extreme is lost. */
export function downsampled({ at, equity }: EquityCurve, stretches: number): Point[] {
  const points: Point[] = [];
  const [from, to] = [at[0] ?? 0, at.at(-1) ?? 0];
  const stretchMs = Math.max(1, (to - from) / stretches);
  for (let start = 0; start < at.length; ) {
    const stretch = Math.floor(((at[start] ?? 0) - from) / stretchMs);
    let [end, lowest, highest] = [start, start, start];
    while (end < at.length && Math.floor(((at[end] ?? 0) - from) / stretchMs) === stretch) {
      if ((equity[end] ?? 0) < (equity[lowest] ?? 0)) lowest = end;
      if ((equity[end] ?? 0) > (equity[highest] ?? 0)) highest = end;
      end += 1;
    }
    const kept = [...new Set([start, lowest, highest, end - 1])].sort((a, b) => a - b);
    for (const i of kept) points.push([at[i] ?? 0, equity[i] ?? 0]);
    start = end;
  }
  return points;
}

export interface PriceBar {
  readonly closeAt: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** Bars `from` up to `to` as at most `count` larger bars, in units of price. */
export function priceBars(record: SymbolRecord, from: number, to: number, count: number): PriceBar[] {
  const size = Math.max(1, Math.ceil((to - from) / count));
  const bars: PriceBar[] = [];
  for (let start = from; start < to; start += size) bars.push(merged(record, start, Math.min(to, start + size)));
  return bars;
}

function merged({ closeAt, open, high, low, close, ticksPerUnit }: SymbolRecord, start: number, end: number): PriceBar {
  let [top, bottom] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = start; i < end; i++) {
    top = Math.max(top, high[i] ?? top);
    bottom = Math.min(bottom, low[i] ?? bottom);
  }
  return {
    closeAt: closeAt[end - 1] ?? 0,
    open: (open[start] ?? 0) / ticksPerUnit,
    high: top / ticksPerUnit,
    low: bottom / ticksPerUnit,
    close: (close[end - 1] ?? 0) / ticksPerUnit,
  };
}

/** The first bar that closes at or after a moment. */
export const barAt = ({ closeAt }: SymbolRecord, at: number): number => firstPlaceAfter(closeAt, at - 1);

/** Of rising whole numbers, the place of the first above `limit`. */
export function firstPlaceAfter(rising: Float64Array, limit: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rising[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Triple-barrier labels and uniqueness by their definitions, searching every bar for every row. */
import type { PriceColumns } from '../../src/training/labels/labels.ts';

export interface SlowLabel {
  readonly label: 'down' | 'flat' | 'up';
  readonly endsAt: number;
}

/** Undefined where the horizon is not complete or a distance is none. */
export function slowTripleBarrier(
  { high, low, close }: PriceColumns,
  row: number,
  up: number,
  down: number,
  horizon: number,
): SlowLabel | undefined {
  const after = [...close.keys()].filter((bar) => bar > row && bar <= row + horizon);
  if (after.length < horizon || !(up > 0) || !(down > 0)) return undefined;
  const none = Number.POSITIVE_INFINITY;
  const firstUp = after.find((bar) => high[bar]! - close[row]! >= up) ?? none;
  const firstDown = after.find((bar) => close[row]! - low[bar]! >= down) ?? none;
  if (firstUp === firstDown) return { label: 'flat', endsAt: Math.min(firstUp, row + horizon) };
  return firstUp < firstDown ? { label: 'up', endsAt: firstUp } : { label: 'down', endsAt: firstDown };
}

/** Mean over the bars after the row, up to its end, of 1 ÷ the number of rows whose outcome the bar is part of. */
export function slowUniqueness(row: number, rows: readonly number[], endsAt: ArrayLike<number>): number {
  const isPart = (bar: number, of: number): boolean => bar > of && bar <= endsAt[of]!;
  const bars = Array.from({ length: endsAt.length }, (_, bar) => bar).filter((bar) => isPart(bar, row));
  const shares = bars.map((bar) => 1 / rows.filter((other) => isPart(bar, other)).length);
  return shares.reduce((total, share) => total + share, 0) / bars.length;
}

/** What a position's rules remember of the bars it has been open for. */
import type { Bar } from '../market.ts';
import { direction, type Side } from '../order.ts';
import type { PositionPolicy } from '../policy.ts';
import type { Position, Progress } from '../position.ts';
import { type Price, price } from '../units.ts';

/** Rules that ask how far the price has gone in favour. */
export const asksForBestPrice = ({ breakEven, trailingStop, trailing }: PositionPolicy): boolean =>
  breakEven !== undefined ||
  (trailingStop && trailing !== undefined && (trailing.kind === 'chandelier' || trailing.startR > 0));

const asksForBarsHeld = ({ timeStop }: PositionPolicy): boolean => timeStop !== undefined;

/** The position itself where nothing of the bar is to be remembered. */
export function afterBar(policy: PositionPolicy, position: Position, bar: Bar): Position {
  // A bar that had begun may have had its best price before the position was there.
  if (position.symbol !== bar.symbol || bar.openAt < position.openedAt) return position;
  const { side, progress } = position;
  // Longs close at the bid and shorts at the ask.
  const seen = side === 'buy' ? bar.high : price(bar.low + bar.spread);
  return remembering(policy, position, betterPrice(side, progress?.bestPrice, seen), (progress?.barsHeld ?? 0) + 1);
}

export const betterPrice = (side: Side, best: Price | undefined, seen: Price): Price =>
  best === undefined || direction(side) * (seen - best) > 0 ? seen : best;

/** Of best price and bars held, what a rule asks for. */
export function remembering(
  policy: PositionPolicy,
  position: Position,
  bestPrice: Price | undefined,
  barsHeld: number,
): Position {
  const { progress } = position;
  const price = asksForBestPrice(policy) ? bestPrice : progress?.bestPrice;
  const bars = asksForBarsHeld(policy) ? barsHeld : progress?.barsHeld;
  if (price === progress?.bestPrice && bars === progress?.barsHeld) return position;
  const remembered: Progress = {
    ...progress,
    ...(price !== undefined && { bestPrice: price }),
    ...(bars !== undefined && { barsHeld: bars }),
  };
  return { ...position, progress: remembered };
}

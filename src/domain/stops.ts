/** Where the stop and the target lie, and how the stop follows the price: in whole steps, never back. */
import { deviationTicks, type Instrument } from './instrument.ts';
import { direction, type Side } from './order.ts';
import type { Position } from './position.ts';
import { type Price, price } from './units.ts';

export interface Bracket {
  readonly entryPrice: Price;
  readonly stopLoss: Price;
  readonly takeProfit: Price;
}

/** A buy opens at the ask and closes at the bid, a sell the other way round; distances are measured from the entry. */
export function bracketOf(side: Side, bid: Price, ask: Price, stopDistance: Price, targetDistance: Price): Bracket {
  const sign = direction(side);
  const entryPrice = side === 'buy' ? ask : bid;
  return {
    entryPrice,
    stopLoss: price(entryPrice - sign * stopDistance),
    takeProfit: price(entryPrice + sign * targetDistance),
  };
}

/** The new stop, or undefined while the price has not moved a whole step further in the position's favour. */
export function trailedStop(
  instrument: Instrument,
  position: Position,
  bid: Price,
  ask: Price,
  trailingStep: number,
): Price | undefined {
  const sign = direction(position.side);
  const market = position.side === 'buy' ? bid : ask;
  const distance = Math.max(position.initialStopDistance, instrument.stopDistanceMin);
  const stepTicks = deviationTicks(market, trailingStep);
  const room = sign * (market - sign * distance - position.stopLoss);
  const steps = Math.floor(room / stepTicks);
  return steps >= 1 ? price(position.stopLoss + sign * steps * stepTicks) : undefined;
}

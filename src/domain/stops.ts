/** Where the stop and the target lie, and how far a stop may be moved: in whole steps, never back, never nearer than the venue allows. */
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

/** What the venue asks for between the market and a level that is sent. */
export const leastDistance = ({ stopDistanceMin }: Instrument): number => Math.max(1, stopDistanceMin);

/** Whether the price is so near to the stop or the target that the venue changes neither. */
export function isFrozen(
  { freezeDistance }: Instrument,
  { side, stopLoss, takeProfit }: Position,
  market: Price,
): boolean {
  const sign = direction(side);
  const nearest = Math.min(sign * (market - stopLoss), sign * (takeProfit - market));
  return freezeDistance > 0 && !(nearest > freezeDistance);
}

/**
 * The stop, moved from where it is towards `wanted`: by whole steps of a fraction of the price, never back, and no nearer to the market than
 * the venue allows. Undefined where that is not one step. `market` is the price the position could be closed at.
 */
export function steppedStop(
  instrument: Instrument,
  { side, stopLoss }: Position,
  market: Price,
  wanted: number,
  stepFraction: number,
): Price | undefined {
  const sign = direction(side);
  const room = Math.min(sign * (wanted - stopLoss), sign * (market - stopLoss) - leastDistance(instrument));
  const stepTicks = deviationTicks(market, stepFraction);
  const steps = Math.floor(room / stepTicks);
  return steps >= 1 ? price(stopLoss + sign * steps * stepTicks) : undefined;
}

/** A level as it is, or undefined where it would be a step back or nearer to the market than the venue allows. */
export function permittedStop(
  instrument: Instrument,
  { side, stopLoss }: Position,
  market: Price,
  wanted: number,
): Price | undefined {
  const sign = direction(side);
  const permitted = sign * (wanted - stopLoss) > 0 && sign * (market - wanted) >= leastDistance(instrument);
  return permitted ? price(wanted) : undefined;
}

/** From fills to positions to trades: the arithmetic of what is open and what was earned. */

import { direction, type Fill, type ReduceReason, type Side } from './order.ts';
import type { Regime } from './regime.ts';
import {
  addMoney,
  type Money,
  money,
  multiplyDivide,
  type Price,
  price,
  type Quantity,
  quantity,
  type UnixMs,
} from './units.ts';

/** Where a level stands that somebody took away. */
export const NO_LEVEL: Price = price(0);

export interface Position {
  readonly positionId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly quantity: Quantity;
  /** The size it had when fully opened: what `min_close_size` is a fraction of. */
  readonly openingQuantity: Quantity;
  /** Volume-weighted, rounded half away from zero to the tick. */
  readonly entryPrice: Price;
  readonly stopLoss: Price;
  readonly takeProfit: Price;
  /** Distance of the first stop: the trailing distance and the unit of R. */
  readonly initialStopDistance: Price;
  readonly openedAt: UnixMs;
  readonly decisionId: string;
  readonly regime: Regime;
  /** Realised so far: partial closes, commissions and swaps. */
  readonly realised: Money;
  readonly commission: Money;
  readonly swap: Money;
  /** Money at risk when it opened. */
  readonly initialRisk: Money;
  /** Worst and best floating profit at bar closes. */
  readonly worst: Money;
  readonly best: Money;
  /** What its rules must remember; absent while they remember nothing. */
  readonly progress?: Progress;
  /** Ticks × steps of the parts that were closed so far; null once a part went at a price that nobody told. Absent while it is whole. */
  readonly exitValue?: number | null;
}

/** Kept only where a rule that is on asks for it; the broker knows nothing of it. */
export interface Progress {
  /** The best price at which it could have been closed, over the whole bars since it opened. */
  readonly bestPrice?: Price;
  /** Bars that opened and closed while it was open. */
  readonly barsHeld?: number;
  readonly breakEven?: true;
  /** Rungs of the profit ladder that are done. */
  readonly rungs?: number;
}

export type ExitReason = 'stop_loss' | 'take_profit' | ReduceReason | 'external';

/** A closed round trip. */
export interface Trade {
  readonly positionId: string;
  readonly decisionId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly quantity: Quantity;
  readonly entryPrice: Price;
  /** Of all its parts, weighted by volume and rounded half away from zero to the tick; absent where nobody told at which price a part went. */
  readonly exitPrice?: Price;
  readonly openedAt: UnixMs;
  readonly closedAt: UnixMs;
  readonly exitReason: ExitReason;
  readonly regime: Regime;
  /** Net: price profit + commission + swap. Without an exit price, of what is known. */
  readonly profit: Money;
  readonly commission: Money;
  readonly swap: Money;
  readonly initialRisk: Money;
  readonly worst: Money;
  readonly best: Money;
}

export interface OpeningContext {
  readonly decisionId: string;
  readonly regime: Regime;
  /** Money lost if the whole opening quantity were stopped out. */
  readonly riskOfFill: Money;
}

/** What one fill makes of a position: `position` is absent once flat, `trade` present exactly then. */
export interface Settlement {
  readonly position?: Position;
  readonly trade?: Trade;
  /** Change of the balance. */
  readonly cash: Money;
}

export class PositionError extends Error {
  override readonly name = 'PositionError';
}

export function settleOpening(before: Position | undefined, fill: Fill, context: OpeningContext): Settlement {
  if (before !== undefined && before.side !== fill.side) {
    throw new PositionError(
      `deal ${fill.dealId} opens ${fill.side} on position ${before.positionId}, which is ${before.side}`,
    );
  }
  const held = before?.quantity ?? 0;
  const total = quantity(held + fill.quantity);
  const entryPrice =
    before === undefined
      ? fill.price
      : // Weighted by volume; the sum of two price × volume products stays exact in the helper.
        price(
          before.entryPrice + multiplyDivide([fill.price - before.entryPrice, fill.quantity], [total], 'half_away'),
        );
  const position: Position = {
    positionId: fill.positionId,
    symbol: fill.symbol,
    side: fill.side,
    quantity: total,
    openingQuantity: quantity((before?.openingQuantity ?? 0) + fill.quantity),
    entryPrice,
    stopLoss: fill.stopLoss,
    takeProfit: fill.takeProfit,
    initialStopDistance: before?.initialStopDistance ?? price(Math.abs(fill.price - fill.stopLoss)),
    openedAt: before?.openedAt ?? fill.at,
    decisionId: before?.decisionId ?? context.decisionId,
    regime: before?.regime ?? context.regime,
    realised: addMoney(before?.realised ?? money(0), fill.commission),
    commission: addMoney(before?.commission ?? money(0), fill.commission),
    swap: before?.swap ?? money(0),
    initialRisk: addMoney(before?.initialRisk ?? money(0), context.riskOfFill),
    worst: before?.worst ?? money(0),
    best: before?.best ?? money(0),
    ...(before?.progress && { progress: before.progress }),
    ...(before?.exitValue !== undefined && { exitValue: before.exitValue }),
  };
  return { position, cash: fill.commission };
}

export function settleClosing(before: Position, fill: Fill, exitReason: ExitReason): Settlement {
  if (before.side === fill.side) {
    throw new PositionError(`deal ${fill.dealId} closes position ${before.positionId} with its own side, ${fill.side}`);
  }
  if (fill.quantity > before.quantity) {
    throw new PositionError(`deal ${fill.dealId} closes ${fill.quantity} steps of ${before.quantity}`);
  }
  const cash = addMoney(fill.profit, fill.commission);
  const realised = addMoney(before.realised, cash);
  const commission = addMoney(before.commission, fill.commission);
  const rest = quantity(before.quantity - fill.quantity);
  const after = { ...before, quantity: rest, realised, commission, exitValue: exitValueWith(before, fill) };
  return rest > 0 ? { position: after, cash } : { trade: closedTrade(after, fill.at, exitReason), cash };
}

/** What the broker holds less of than we knew, without a word of when and at which price: no cash follows from it. */
export function settleShrunk(before: Position, left: Quantity, at: UnixMs): Omit<Settlement, 'cash'> {
  if (left >= before.quantity) throw new PositionError(`${left} steps of position ${before.positionId} are no less`);
  const after = { ...before, quantity: left, exitValue: null };
  return left > 0 ? { position: after } : { trade: closedTrade(after, at, 'external') };
}

/** Of a part that an older servo closed nothing is remembered. */
function exitValueWith({ exitValue, quantity: held, openingQuantity }: Position, fill: Fill): number | null {
  const before = exitValue === undefined && held === openingQuantity ? 0 : (exitValue ?? null);
  return before === null ? null : before + fill.price * fill.quantity;
}

function closedTrade(before: Position, closedAt: UnixMs, exitReason: ExitReason): Trade {
  const { exitValue = null, openingQuantity } = before;
  return {
    positionId: before.positionId,
    decisionId: before.decisionId,
    symbol: before.symbol,
    side: before.side,
    quantity: openingQuantity,
    entryPrice: before.entryPrice,
    ...(exitValue !== null && { exitPrice: price(multiplyDivide([exitValue], [openingQuantity], 'half_away')) }),
    openedAt: before.openedAt,
    closedAt,
    exitReason,
    regime: before.regime,
    profit: before.realised,
    commission: before.commission,
    swap: before.swap,
    initialRisk: before.initialRisk,
    worst: before.worst,
    best: before.best,
  };
}

/** Ticks in the position's favour at the price it could be closed at. */
export const floatingTicks = (position: Position, bid: Price, ask: Price): number =>
  direction(position.side) * ((position.side === 'buy' ? bid : ask) - position.entryPrice);

/** What the stop costs, in ticks from the entry; negative once it lies in profit. */
export const ticksToStop = (position: Pick<Position, 'side' | 'entryPrice' | 'stopLoss'>): number =>
  direction(position.side) * (position.entryPrice - position.stopLoss);

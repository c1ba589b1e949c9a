/** At which price anything fills on a bar. Where a bar does not say what came first, the fill rule does: the trader gets the worse of it. */
import type { Bar, Quote } from '../../domain/market.ts';
import { direction, type OpenIntent, opposite, type Side } from '../../domain/order.ts';
import type { Position } from '../../domain/position.ts';
import { type Price, price } from '../../domain/units.ts';
import type { FillRule } from './rules.ts';

/** Bars are bid prices; the ask is one spread above, throughout the bar. What happens inside it is known at its close. */
export const quoteAtOpen = (bar: Bar): Quote => quote(bar, bar.openAt, bar.open);
const quoteAtLow = (bar: Bar): Quote => quote(bar, bar.closeAt, bar.low);
const quoteAtHigh = (bar: Bar): Quote => quote(bar, bar.closeAt, bar.high);

const quote = (bar: Bar, at: Quote['at'], bid: Price): Quote => ({ at, bid, ask: price(bid + bar.spread) });

/** Buys pay the ask, sells get the bid. */
export const priceFor = (side: Side, { bid, ask }: Quote): Price => (side === 'buy' ? ask : bid);

/** Ticks by which a price is worse for the trader than another; negative is better. */
export const adverseTicks = (side: Side, at: Price, reference: Price): number => direction(side) * (at - reference);

/** A market order takes what is there when it arrives, and a little worse. */
export const marketFill = (side: Side, at: Quote, slippage: Price): Price =>
  price(priceFor(side, at) + direction(side) * slippage);

interface Exit {
  readonly cause: 'stop_loss' | 'take_profit';
  readonly price: Price;
}

/** The open comes first: a gap through the stop fills there, worse than asked, and one through the target there too, better. */
export function exitAtOpen(position: Position, open: Quote, slippage: Price): Exit | undefined {
  const closing = priceFor(opposite(position.side), open);
  if (stopReached(position, closing)) return stopExit(position, closing, slippage);
  return targetReached(position, closing) ? { cause: 'take_profit', price: closing } : undefined;
}

interface ExitInside {
  readonly exit?: Exit;
  /** Stop and target both lie in the bar: the fill rule decided. */
  readonly ambiguous: boolean;
}

const NO_EXIT: ExitInside = { ambiguous: false };

/** A stop is a market order and slips; a target is a limit order and does not. */
export function exitInside(position: Position, bar: Bar, slippage: Price, rule: FillRule): ExitInside {
  const stopped = stopInside(position, bar, slippage);
  const best = position.side === 'buy' ? quoteAtHigh(bar) : quoteAtLow(bar);
  const reached = targetReached(position, priceFor(opposite(position.side), best));
  const target: Exit | undefined = reached ? { cause: 'take_profit', price: position.takeProfit } : undefined;
  const exit = rule === 'optimistic' ? (target ?? stopped) : (stopped ?? target);
  return exit === undefined ? NO_EXIT : { exit, ambiguous: stopped !== undefined && reached };
}

/** Longs close at the bid and shorts at the ask, so a short's stop is met by the high plus the spread. */
export function stopInside(position: Position, bar: Bar, slippage: Price): Exit | undefined {
  const worst = position.side === 'buy' ? quoteAtLow(bar) : quoteAtHigh(bar);
  const reached = stopReached(position, priceFor(opposite(position.side), worst));
  return reached ? stopExit(position, position.stopLoss, slippage) : undefined;
}

/** A level of 0 is none: somebody took it away. */
const stopReached = ({ side, stopLoss }: Position, closing: Price): boolean =>
  stopLoss > 0 && direction(side) * (closing - stopLoss) <= 0;

const targetReached = ({ side, takeProfit }: Position, closing: Price): boolean =>
  takeProfit > 0 && direction(side) * (closing - takeProfit) >= 0;

const stopExit = ({ side }: Position, at: Price, slippage: Price): Exit => ({
  cause: 'stop_loss',
  price: price(at - direction(side) * slippage),
});

/** A limit order fills at the quote when that is its limit or better. */
export const limitReached = ({ side, referencePrice }: OpenIntent, at: Quote): boolean =>
  adverseTicks(side, priceFor(side, at), referencePrice) <= 0;

/** The quote at which a limit order fills inside the bar, exactly at its limit, or undefined when the bar does not get there. */
export function limitInside(intent: OpenIntent, bar: Bar): Quote | undefined {
  const { side, referencePrice: limit } = intent;
  if (!limitReached(intent, side === 'buy' ? quoteAtLow(bar) : quoteAtHigh(bar))) return undefined;
  return quote(bar, bar.closeAt, side === 'buy' ? price(limit - bar.spread) : limit);
}

/** A stop entry is triggered when the price has gone through it: the worse side of the market for who enters. */
export const triggered = ({ side, referencePrice }: OpenIntent, at: Quote): boolean =>
  adverseTicks(side, priceFor(side, at), referencePrice) >= 0;

/** The quote at which a stop entry is triggered inside the bar, exactly where it waits, or undefined when the bar does not get there. */
export function triggerInside(intent: OpenIntent, bar: Bar): Quote | undefined {
  const { side, referencePrice: trigger } = intent;
  if (!triggered(intent, side === 'buy' ? quoteAtHigh(bar) : quoteAtLow(bar))) return undefined;
  return quote(bar, bar.closeAt, side === 'buy' ? price(trigger - bar.spread) : trigger);
}

/** What a stop-limit order is once it is triggered. */
export const asLimit = (intent: OpenIntent): OpenIntent => ({
  ...intent,
  type: 'limit',
  referencePrice: price(intent.referencePrice + direction(intent.side) * intent.deviation),
});

/** Whether a position opened on this quote would stand between its stop and its target. A gap can carry an entry past either. */
export function bracketHolds({ side, stopLoss, takeProfit }: OpenIntent, at: Quote): boolean {
  const sign = direction(side);
  const closing = priceFor(opposite(side), at);
  return sign * (closing - stopLoss) > 0 && sign * (takeProfit - closing) > 0;
}

/**
 * The paper venue: what becomes of an order, decided by bars alone. Pure and synchronous, so that paper trading and the
 * backtest share every rule. It has no stop-out: a margin call is the risk gate's to prevent, and free margin below zero
 * refuses entries.
 *
 * A bar is played in this order, for all symbols of one close time together:
 *   1. swap for the nights that passed before its open;
 *   2. at its open: stops and targets that the gap went through, working closes, working entries;
 *   3. inside it: stops, targets, then limit and stop entries. What opens here is checked against its stop only: the bar
 *      does not say whether its target came after the entry, and the trader gets the worse of it.
 * A stop entry fills as a market order does where it is triggered, or at the open that a gap carried beyond it. A stop-limit
 * order whose limit such a fill would pass becomes a limit order there, and works on.
 */

import { tradingDay } from '../../domain/calendar.ts';
import { formatPrice } from '../../domain/instrument.ts';
import type { Bar, Quote } from '../../domain/market.ts';
import type { BrokerReport, OpenIntent, Order } from '../../domain/order.ts';
import { opposite } from '../../domain/order.ts';
import type { BrokerSnapshot, HeldPosition } from '../../domain/ports.ts';
import type { Position } from '../../domain/position.ts';
import { type Money, type Price, type UnixMs, unixMs } from '../../domain/units.ts';
import {
  behindTheMarket,
  closeRefusal,
  entryRefusal,
  gone,
  type ModifyIntent,
  modifyRefusal,
  noPrice,
} from './admission.ts';
import { type CloseIntent, positionIdOf, type Refusal, VenueBook } from './book.ts';
import { filledByChance, slippageOf } from './chance.ts';
import {
  adverseTicks,
  asLimit,
  bracketHolds,
  exitAtOpen,
  exitInside,
  limitInside,
  limitReached,
  marketFill,
  priceFor,
  quoteAtOpen,
  stopInside,
  triggered,
  triggerInside,
} from './fills.ts';
import { byCloseTime, Quotes } from './quotes.ts';
import { checkedRules, rulesOf, VenueError, type VenueRules } from './rules.ts';
import { assertSameContracts, contractsOf, type VenueSnapshot } from './venue-snapshot.ts';

const NO_BARS: readonly Bar[] = [];
/** How much later than the next bar's due time its open may come and still count as the price that was asked for. */
const OPEN_GRACE_MS = 60_000;

export class PaperVenue {
  readonly #rules: VenueRules;
  readonly #quotes: Quotes;
  readonly #book: VenueBook;
  #epoch: number;
  #ambiguousBars = 0;

  constructor(rules: VenueRules, start: Money | VenueSnapshot) {
    this.#rules = checkedRules(rules);
    if (typeof start === 'number') {
      this.#epoch = 0;
      this.#quotes = new Quotes(rules);
      this.#book = new VenueBook(rules, this.#quotes, start);
    } else {
      assertSameContracts(rules, start);
      this.#epoch = start.epoch;
      this.#quotes = Quotes.restore(rules, start.bars);
      this.#book = new VenueBook(rules, this.#quotes, start.book);
    }
  }

  static restore(rules: VenueRules, snapshot: VenueSnapshot): PaperVenue {
    return new PaperVenue(rules, snapshot);
  }

  /** Rises with everything that must be on disk before anyone hears of it; plain bars leave it. */
  get revision(): number {
    return this.#book.changes + this.#epoch;
  }

  /** Bars that held both stop and target of a position since this object was made: the fill rule decided, not the market. */
  get ambiguousBars(): number {
    return this.#ambiguousBars;
  }

  /** From now on orders of an earlier epoch are refused. Throws when a later one has fenced already. */
  fence(epoch: number): void {
    const present = this.#epoch;
    if (epoch < present)
      throw new VenueError(`epoch ${epoch} is over: the paper venue serves epoch ${present} already`);
    this.#epoch = epoch;
  }

  onBars(bars: readonly Bar[]): void {
    for (const group of byCloseTime(bars)) this.#play(group);
  }

  /** The reports that answer an order at once. The same order again gets the reports it has, and does nothing. */
  submit({ intent }: Order, at: UnixMs, epoch: number = this.#epoch): readonly BrokerReport[] {
    const { orderId } = intent;
    if (epoch < this.#epoch) return [staleReport(orderId, at, epoch, this.#epoch)];
    if (this.#book.log.knows(orderId)) return this.#book.log.of(orderId);
    const before = this.#book.log.sequence;
    const now = unixMs(Math.max(at, this.#quotes.latest(intent.symbol)?.at ?? at));
    const refusal = this.#take(intent, now);
    if (refusal !== undefined) this.#book.reject(orderId, refusal, now);
    this.#book.assertSound();
    return this.#book.log.since(before);
  }

  reportsAfter(cursor: number): readonly BrokerReport[] {
    return this.#book.log.after(cursor);
  }

  statusOf(orderId: string): { kind: 'reports'; reports: readonly BrokerReport[] } | { kind: 'never_seen' } {
    const { log } = this.#book;
    return log.knows(orderId) ? { kind: 'reports', reports: log.of(orderId) } : { kind: 'never_seen' };
  }

  holdings(): BrokerSnapshot {
    const entries = this.#book.working().filter(({ kind }) => kind === 'open');
    return {
      balance: this.#book.balance,
      positions: this.#book.holdings().map(({ position }) => heldPosition(position)),
      workingOrderIds: entries.map(({ orderId }) => orderId),
      sequence: this.#book.log.sequence,
    };
  }

  snapshot(): VenueSnapshot {
    return {
      currency: this.#rules.currency,
      contracts: contractsOf(this.#rules),
      epoch: this.#epoch,
      bars: this.#quotes.snapshot(),
      book: this.#book.snapshot(),
    };
  }

  #play(bars: readonly Bar[]): void {
    const fresh = this.#quotes.open(bars);
    const busy = this.#book.isEmpty ? NO_BARS : fresh.filter(({ symbol }) => this.#book.holds(symbol));
    for (const bar of busy) this.#chargeSwaps(bar);
    for (const bar of busy) this.#playOpen(bar);
    this.#quotes.close(fresh);
    for (const bar of busy) this.#playInside(bar);
    if (busy.length > 0) this.#book.assertSound();
  }

  #chargeSwaps({ symbol, openAt }: Bar): void {
    const holdings = this.#book.holdings(symbol);
    if (holdings.length === 0) return;
    const day = this.#dayOf(openAt);
    for (const holding of holdings) this.#book.chargeSwap(holding, day, openAt);
  }

  #playOpen(bar: Bar): void {
    const { symbol } = bar;
    const open = quoteAtOpen(bar);
    for (const { position } of this.#book.holdings(symbol)) {
      const exit = exitAtOpen(position, open, this.#exitSlippage(position));
      if (exit !== undefined) this.#book.close(position, position.quantity, open.at, exit);
    }
    for (const intent of this.#book.working(symbol)) if (intent.kind === 'close') this.#closeAtMarket(intent, open);
    for (const intent of this.#book.working(symbol)) {
      const refusal = intent.kind === 'open' ? this.#enterAtOpen(intent, open) : undefined;
      if (refusal !== undefined) this.#book.reject(intent.orderId, refusal, open.at);
    }
  }

  #playInside(bar: Bar): void {
    const { symbol, closeAt } = bar;
    for (const { position } of this.#book.holdings(symbol)) {
      const { exit, ambiguous } = exitInside(position, bar, this.#exitSlippage(position), this.#rules.fillRule);
      if (ambiguous) this.#ambiguousBars += 1;
      if (exit !== undefined) this.#book.close(position, position.quantity, closeAt, exit);
    }
    for (const intent of this.#book.working(symbol)) {
      if (intent.kind !== 'open' || intent.type === 'market') continue;
      const reached = intent.type === 'limit' ? limitInside(intent, bar) : triggerInside(intent, bar);
      if (reached !== undefined) this.#enterInside(intent, reached, bar);
      else if (closeAt >= intent.expiresAt) this.#book.expire(intent.orderId, closeAt);
    }
  }

  #take(intent: Order['intent'], now: UnixMs): Refusal | undefined {
    switch (intent.kind) {
      case 'open':
        return this.#takeEntry(intent, now);
      case 'close':
        return this.#takeClose(intent, now);
      case 'modify':
        return this.#modify(intent, now);
      case 'cancel':
        return this.#cancel(intent.cancelOrderId, intent.orderId, now);
    }
  }

  #takeEntry(intent: OpenIntent, now: UnixMs): Refusal | undefined {
    if (intent.expiresAt <= now) {
      this.#book.expire(intent.orderId, now);
      return undefined;
    }
    const refusal = entryRefusal(this.#rules, this.#quotes, this.#book, intent);
    if (refusal !== undefined) return refusal;
    if (this.#rules.latencyMs === 0) {
      const quote = this.#quotes.current(intent.symbol, now);
      if (quote === undefined) return noPrice(intent.symbol);
      if (intent.type === 'market') return this.#enterAtMarket(intent, quote);
      if (intent.type === 'limit') {
        if (limitReached(intent, quote)) return this.#enter(intent, quote, priceFor(intent.side, quote));
      } else if (triggered(intent, quote)) return behindTheMarket(intent);
    }
    this.#book.accept(intent, now);
    return undefined;
  }

  /** An exit must not be lost: without a price now it works on until the next open. */
  #takeClose(intent: CloseIntent, now: UnixMs): Refusal | undefined {
    const refusal = closeRefusal(this.#book, intent);
    if (refusal !== undefined) return refusal;
    const quote = this.#rules.latencyMs > 0 ? undefined : this.#quotes.current(intent.symbol, now);
    if (quote === undefined) this.#book.accept(intent, now);
    else this.#closeAtMarket(intent, quote);
    return undefined;
  }

  /** Levels move at once: what counts is that the new stop stands before the next bar is played. */
  #modify(intent: ModifyIntent, now: UnixMs): Refusal | undefined {
    const { orderId, symbol, stopLoss, takeProfit } = intent;
    const position = this.#book.position(intent);
    if (position === undefined) return gone(intent);
    const refusal = modifyRefusal(rulesOf(this.#rules, symbol), position, intent, this.#quotes.current(symbol, now));
    if (refusal === undefined) this.#book.amend(position, stopLoss, takeProfit, orderId, now);
    return refusal;
  }

  /** Entries only: to cancel a close would keep exposure, which no reduction may do. */
  #cancel(cancelOrderId: string, orderId: string, now: UnixMs): Refusal | undefined {
    if (this.#book.workingEntry(cancelOrderId) === undefined) {
      return { code: 'order_gone', text: `order ${cancelOrderId} is no working entry` };
    }
    this.#book.cancel(cancelOrderId, now, orderId);
    return undefined;
  }

  #enterAtOpen(intent: OpenIntent, open: Quote): Refusal | undefined {
    if (intent.type !== 'market') {
      if (open.at >= intent.expiresAt) this.#book.expire(intent.orderId, open.at);
      else if (intent.type !== 'limit') return triggered(intent, open) ? this.#trigger(intent, open) : undefined;
      else if (limitReached(intent, open)) return this.#enter(intent, open, priceFor(intent.side, open));
      return undefined;
    }
    // An entry decided before the market closed is worth nothing after the break.
    const waitedMs = open.at - intent.decidedAt;
    if (waitedMs <= this.#rules.timeframeMs + OPEN_GRACE_MS) return this.#enterAtMarket(intent, open);
    return {
      code: 'market_closed',
      text: `${intent.symbol}: the next price came ${Math.round(waitedMs / 60_000)} min later`,
    };
  }

  /** Gap and slippage together are held against the deviation: it is a promise about the price paid, whatever moved it. */
  #enterAtMarket(intent: OpenIntent, quote: Quote): Refusal | undefined {
    const { symbol, side, referencePrice, deviation } = intent;
    const { instrument } = rulesOf(this.#rules, symbol);
    const at = marketFill(side, quote, slippageOf(this.#rules, symbol, intent.orderId));
    const worse = adverseTicks(side, at, referencePrice);
    if (worse <= deviation) return this.#enter(intent, quote, at);
    const text = `${symbol}: ${formatPrice(instrument, at)} is ${worse} ticks worse than asked, ${deviation} are allowed`;
    return { code: 'requote', text };
  }

  /** The price went through a stop entry: it fills like a market order, whatever that costs, or within the limit of a stop-limit order. */
  #trigger(intent: OpenIntent, quote: Quote, since?: UnixMs): Refusal | undefined {
    const { symbol, side, orderId } = intent;
    const at = marketFill(side, quote, slippageOf(this.#rules, symbol, orderId));
    const limit = asLimit(intent);
    if (intent.type === 'stop' || adverseTicks(side, at, limit.referencePrice) <= 0) {
      return this.#enter(intent, quote, at, since);
    }
    this.#book.replaceWorking(limit);
    return undefined;
  }

  #enterInside(intent: OpenIntent, reached: Quote, bar: Bar): void {
    const refusal =
      intent.type === 'limit'
        ? this.#enter(intent, reached, intent.referencePrice, bar.openAt)
        : this.#trigger(intent, reached, bar.openAt);
    if (refusal !== undefined) this.#book.reject(intent.orderId, refusal, bar.closeAt);
    const opened = this.#book.position({ positionId: positionIdOf(intent), symbol: intent.symbol });
    if (opened === undefined) return;
    const exit = stopInside(opened, bar, this.#exitSlippage(opened));
    if (exit !== undefined) this.#book.close(opened, opened.quantity, bar.closeAt, exit);
  }

  /** An entry that would stand beyond its own stop or target never opens. Swap is owed from the trading day of `since` on. */
  #enter(intent: OpenIntent, quote: Quote, at: Price, since: UnixMs = quote.at): Refusal | undefined {
    if (!bracketHolds(intent, quote)) {
      return {
        code: 'invalid_stops',
        text: `${intent.symbol}: the price went past the order's own stop or target before it filled`,
      };
    }
    const steps = filledByChance(this.#rules, rulesOf(this.#rules, intent.symbol).instrument, intent);
    if (intent.filling === 'fok' && steps < intent.quantity) {
      return {
        code: 'unfilled',
        text: `${intent.symbol}: ${steps} of ${intent.quantity} steps were there, all or nothing was asked`,
      };
    }
    this.#book.open(intent, steps, quote.at, at, this.#dayOf(since));
    return undefined;
  }

  #closeAtMarket(intent: CloseIntent, quote: Quote): void {
    const position = this.#book.position(intent);
    if (position === undefined) throw new VenueError(`order ${intent.orderId} closes a position that is not open`);
    const slippage = slippageOf(this.#rules, intent.symbol, intent.orderId);
    const price = marketFill(opposite(position.side), quote, slippage);
    this.#book.close(position, intent.quantity, quote.at, { cause: 'order', price }, intent.orderId);
  }

  #exitSlippage({ symbol, positionId }: Position): Price {
    return slippageOf(this.#rules, symbol, positionId);
  }

  #dayOf(at: UnixMs): number {
    const { timezone, dayStartMinutes } = this.#rules.session;
    return tradingDay(timezone, dayStartMinutes, at);
  }
}

/** What nobody has taken away is said as it is. */
function heldPosition(position: Position): HeldPosition {
  const { stopLoss, takeProfit } = position;
  if (stopLoss > 0 && takeProfit > 0) return position;
  const { stopLoss: _, takeProfit: __, ...bare } = position;
  return { ...bare, ...(stopLoss > 0 && { stopLoss }), ...(takeProfit > 0 && { takeProfit }) };
}

/** Sequence 0 and kept nowhere: a fenced order was never seen by this venue, and the epoch that reads its reports must not meet it. */
const staleReport = (orderId: string, at: UnixMs, epoch: number, present: number): BrokerReport => ({
  kind: 'rejected',
  sequence: 0,
  at,
  orderId,
  code: 'stale_epoch',
  text: `sent in epoch ${epoch}, the venue serves epoch ${present}`,
});

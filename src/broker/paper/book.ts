/** The venue's books: what is open, what still works, the cash, and a report for every change. Prices are decided elsewhere. */
import { type Instrument, profitOf, riskOf } from '../../domain/instrument.ts';
import {
  direction,
  type Fill,
  type OpenIntent,
  opposite,
  type ReduceIntent,
  type RejectCode,
} from '../../domain/order.ts';
import { type Position, settleClosing, settleOpening } from '../../domain/position.ts';
import {
  addMoney,
  type Money,
  type Price,
  type Quantity,
  quantity,
  type UnixMs,
  ZERO_MONEY,
} from '../../domain/units.ts';
import { commissionOfFill, nightsBetween, swapOf } from './costs.ts';
import { booked, checkedLedger, type Ledger, openLedger } from './ledger.ts';
import type { Quotes } from './quotes.ts';
import { type Draft, ReportLog, type ReportLogSnapshot } from './report-log.ts';
import { rulesOf, VenueError, type VenueRules } from './rules.ts';

export type CloseIntent = Extract<ReduceIntent, { kind: 'close' }>;
/** Accepted, and waiting for a price. */
type WorkingIntent = OpenIntent | CloseIntent;

interface Holding {
  readonly position: Position;
  /** The trading day up to which swap is paid. */
  readonly day: number;
}

export interface Refusal {
  readonly code: RejectCode;
  readonly text: string;
}

export interface BookSnapshot {
  readonly ledger: Ledger;
  readonly holdings: readonly Holding[];
  readonly working: readonly WorkingIntent[];
  readonly log: ReportLogSnapshot;
}

const NONE: readonly never[] = [];

/** One entry order, one position. */
export const positionIdOf = ({ orderId }: OpenIntent): string => `P-${orderId}`;

export class VenueBook {
  readonly #rules: VenueRules;
  readonly #quotes: Quotes;
  readonly #holdings: Map<string, Holding>;
  readonly #working: Map<string, WorkingIntent>;
  readonly log: ReportLog;
  #ledger: Ledger;
  #changes = 0;

  constructor(rules: VenueRules, quotes: Quotes, start: Money | BookSnapshot) {
    const from = typeof start === 'number' ? undefined : start;
    this.#rules = rules;
    this.#quotes = quotes;
    this.#holdings = new Map(from?.holdings.map((holding) => [holding.position.positionId, holding]));
    this.#working = new Map(from?.working.map((intent) => [intent.orderId, intent]));
    this.log = from === undefined ? new ReportLog() : ReportLog.restore(from.log);
    this.#ledger = typeof start === 'number' ? openLedger(start) : checkedLedger(start.ledger);
    this.assertSound();
  }

  /** Rises with everything that must be on disk before anyone hears of it. */
  get changes(): number {
    return this.#changes;
  }

  get balance(): Money {
    return this.#ledger.balance;
  }

  /** Nothing is open and nothing works. */
  get isEmpty(): boolean {
    return this.#holdings.size + this.#working.size === 0;
  }

  /** Whether a bar of the symbol can change anything. */
  holds(symbol: string): boolean {
    for (const { position } of this.#holdings.values()) if (position.symbol === symbol) return true;
    for (const intent of this.#working.values()) if (intent.symbol === symbol) return true;
    return false;
  }

  /** Of the symbol too: an order that names another one would be filled at its prices. */
  position({ positionId, symbol }: Pick<Position, 'positionId' | 'symbol'>): Position | undefined {
    const position = this.#holdings.get(positionId)?.position;
    return position?.symbol === symbol ? position : undefined;
  }

  /** As they are now: whoever goes through them may open and close others. */
  holdings(symbol?: string): readonly Holding[] {
    if (this.#holdings.size === 0) return NONE;
    const found: Holding[] = [];
    for (const holding of this.#holdings.values()) {
      if (symbol === undefined || holding.position.symbol === symbol) found.push(holding);
    }
    return found;
  }

  working(symbol?: string): readonly WorkingIntent[] {
    if (this.#working.size === 0) return NONE;
    const found: WorkingIntent[] = [];
    for (const intent of this.#working.values()) {
      if (symbol === undefined || intent.symbol === symbol) found.push(intent);
    }
    return found;
  }

  workingEntry(orderId: string): OpenIntent | undefined {
    const intent = this.#working.get(orderId);
    return intent?.kind === 'open' ? intent : undefined;
  }

  /** Volume of a position that working closes have not yet claimed: two of them can never close more than is open. */
  unclaimed({ positionId, quantity: open }: Position): Quantity {
    let left: number = open;
    for (const intent of this.#working.values()) {
      if (intent.kind === 'close' && intent.positionId === positionId) left -= intent.quantity;
    }
    return quantity(left);
  }

  accept(intent: WorkingIntent, at: UnixMs): void {
    this.#working.set(intent.orderId, intent);
    const venueOrderId = `V${this.log.nextSequence}`;
    this.#report({ kind: 'accepted', at, orderId: intent.orderId, venueOrderId });
  }

  /** The rest of an entry that has filled in part can only be cancelled. */
  reject(orderId: string, { code, text }: Refusal, at: UnixMs): void {
    const intent = this.#working.get(orderId);
    if (intent?.kind === 'open' && this.#holdings.has(positionIdOf(intent))) {
      this.cancel(orderId, at);
      return;
    }
    this.#working.delete(orderId);
    this.#report({ kind: 'rejected', at, orderId, code, text });
  }

  expire(orderId: string, at: UnixMs): void {
    this.#working.delete(orderId);
    this.#report({ kind: 'expired', at, orderId });
  }

  cancel(orderId: string, at: UnixMs, cancelledBy?: string): void {
    this.#working.delete(orderId);
    this.#report({ kind: 'cancelled', at, orderId, ...(cancelledBy !== undefined && { cancelledBy }) });
  }

  /** The order works on as another: a stop-limit order that was triggered. */
  replaceWorking(intent: OpenIntent): void {
    if (!this.#working.has(intent.orderId)) throw new VenueError(`order ${intent.orderId} does not work`);
    this.#working.set(intent.orderId, intent);
    this.#changes += 1;
  }

  /** A part of the order fills or all of it; what does not fill now is cancelled at once, or works on where that was asked. */
  open(intent: OpenIntent, steps: Quantity, at: UnixMs, fillPrice: Price, day: number): void {
    const { orderId, symbol, side, stopLoss, takeProfit, decisionId } = intent;
    const instrument = this.#instrument(symbol);
    const fill: Fill = {
      dealId: this.#nextDealId(),
      orderId,
      positionId: positionIdOf(intent),
      symbol,
      side,
      effect: 'open',
      cause: 'order',
      quantity: steps,
      price: fillPrice,
      profit: ZERO_MONEY,
      commission: commissionOfFill(instrument, steps, this.#rules.commissionPerLot),
      stopLoss,
      takeProfit,
      at,
    };
    const riskOfFill = riskOf(instrument, Math.abs(fillPrice - stopLoss), steps, this.#quotes.rateFor(symbol));
    // The regime is the servo's knowledge; a venue has none.
    const before = this.#holdings.get(fill.positionId)?.position;
    const { position } = settleOpening(before, fill, { decisionId, regime: 'unknown', riskOfFill });
    if (position === undefined) throw new VenueError(`order ${orderId} filled and opened nothing`);
    this.#holdings.set(fill.positionId, { position, day });
    this.#ledger = booked(this.#ledger, ZERO_MONEY, fill.commission, ZERO_MONEY);
    this.#working.delete(orderId);
    const rest = quantity(intent.quantity - steps);
    this.#report({ kind: 'filled', at, fill, orderDone: rest === 0 });
    if (rest === 0) return;
    if (intent.filling === 'return') this.#working.set(orderId, { ...intent, quantity: rest });
    else this.cancel(orderId, at);
  }

  /** `orderId` when one of our orders closes it; without, the venue itself acts on a stop or a target. */
  close(
    position: Position,
    steps: Quantity,
    at: UnixMs,
    exit: { cause: Fill['cause']; price: Price },
    orderId?: string,
  ): void {
    const { positionId, symbol, side, stopLoss, takeProfit, entryPrice } = position;
    const instrument = this.#instrument(symbol);
    const fill: Fill = {
      dealId: this.#nextDealId(),
      ...(orderId === undefined ? undefined : { orderId }),
      positionId,
      symbol,
      side: opposite(side),
      effect: 'close',
      cause: exit.cause,
      quantity: steps,
      price: exit.price,
      profit: profitOf(instrument, direction(side) * (exit.price - entryPrice), steps, this.#quotes.rateFor(symbol)),
      commission: commissionOfFill(instrument, steps, this.#rules.commissionPerLot),
      stopLoss,
      takeProfit,
      at,
    };
    const { position: rest } = settleClosing(position, fill, 'external');
    if (rest === undefined) this.#holdings.delete(positionId);
    else this.#replace(rest);
    this.#ledger = booked(this.#ledger, fill.profit, fill.commission, ZERO_MONEY);
    if (orderId !== undefined) this.#working.delete(orderId);
    this.#report({ kind: 'filled', at, fill, orderDone: true });
    if (rest === undefined) this.#endWorkOn(positionId, at);
  }

  amend(position: Position, stopLoss: Price, takeProfit: Price, orderId: string, at: UnixMs): void {
    this.#replace({ ...position, stopLoss, takeProfit });
    this.#report({ kind: 'amended', at, orderId, positionId: position.positionId, stopLoss, takeProfit });
  }

  /** A night is passed when a bar opens on a later trading day. */
  chargeSwap({ position, day: paidUpTo }: Holding, day: number, at: UnixMs): void {
    if (day <= paidUpTo) return;
    const { positionId, symbol, side, quantity: steps, swap, realised } = position;
    const instrument = this.#instrument(symbol);
    const nights = nightsBetween(instrument.assetClass, paidUpTo, day);
    const amount = swapOf(instrument, side, steps, nights, this.#quotes.rateFor(symbol));
    const charged = { ...position, swap: addMoney(swap, amount), realised: addMoney(realised, amount) };
    this.#holdings.set(positionId, { position: charged, day });
    this.#ledger = booked(this.#ledger, ZERO_MONEY, ZERO_MONEY, amount);
    this.#changes += 1;
    if (amount !== 0) this.#report({ kind: 'swap', at, positionId, amount });
  }

  snapshot(): BookSnapshot {
    return { ledger: this.#ledger, holdings: this.holdings(), working: this.working(), log: this.log.snapshot() };
  }

  /** What must hold whatever happened. The ledger checks itself at every booking. */
  assertSound(): void {
    for (const { position } of this.#holdings.values()) {
      const { positionId, quantity: steps, stopLoss, takeProfit } = position;
      if (!(steps > 0)) throw new VenueError(`position ${positionId} holds ${steps} steps`);
      if (!(stopLoss >= 0 && takeProfit >= 0)) throw new VenueError(`position ${positionId} has a level below zero`);
      // Throws when working closes claim more than is open.
      this.unclaimed(position);
    }
    for (const intent of this.#working.values()) {
      const orphan = intent.kind === 'close' && !this.#holdings.has(intent.positionId);
      if (orphan || !(intent.quantity > 0)) throw new VenueError(`order ${intent.orderId} works on nothing`);
    }
  }

  /** Closes of what is closed are refused, and the rest of the entry that opened it must not open it again. */
  #endWorkOn(positionId: string, at: UnixMs): void {
    for (const intent of this.working()) {
      if (intent.kind === 'open' && positionIdOf(intent) === positionId) this.cancel(intent.orderId, at);
      if (intent.kind !== 'close' || intent.positionId !== positionId) continue;
      this.reject(intent.orderId, { code: 'position_gone', text: `position ${positionId} closed before it` }, at);
    }
  }

  #replace(position: Position): void {
    const { positionId } = position;
    const holding = this.#holdings.get(positionId);
    if (holding === undefined) throw new VenueError(`position ${positionId} is not open`);
    this.#holdings.set(positionId, { ...holding, position });
  }

  #report(draft: Draft): void {
    this.log.add(draft);
    this.#changes += 1;
  }

  #nextDealId(): string {
    return `D${this.log.nextSequence}`;
  }

  #instrument(symbol: string): Instrument {
    return rulesOf(this.#rules, symbol).instrument;
  }
}

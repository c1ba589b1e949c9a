/**
 * The watcher stands outside the servo: it reads the journal as it is written, the line as orders are put on it and the venue as
 * it acts, keeps books of its own, and believes nobody else's.
 */
import type { DomainEvent, EventOf } from '../../src/domain/events.ts';
import type { BrokerReport, Fill, OpenIntent, Order, OrderStatus } from '../../src/domain/order.ts';
import type { BrokerSnapshot } from '../../src/domain/ports.ts';
import type { ServoState } from '../../src/domain/state.ts';
import { checkAgreement, checkHoldings, same } from './books.ts';
import type { Tally } from './hits.ts';
import type { Demand, Invariant, Violation } from './invariants.ts';
import type { Scenario } from './scenario.ts';
import { tradingDayByPlatform } from './trading-day.ts';
import type { Arrival } from './venue.ts';
import { mayMove, STATUS_AFTER, type WatchedOrder, watchedOrder } from './watched-order.ts';

export class Watcher {
  readonly violations: Violation[] = [];
  readonly #scenario: Scenario;
  readonly #tally: Tally;
  readonly #orders = new Map<string, WatchedOrder>();
  readonly #deals = new Map<string, Fill>();
  readonly #applied = new Set<string>();
  readonly #lastBars = new Map<string, number>();
  readonly #signals = new Map<string, EventOf<'signal_made'>['signal']>();
  #sequence = 0;
  #periods = { day: -1, week: -1, month: -1 };
  #equity = 0;
  #reconciled = false;
  /** Causes that forbid opening, as the journal tells them. */
  readonly #forbids = new Set<string>();
  readonly #flattening = new Set<string>();

  constructor(scenario: Scenario, tally: Tally) {
    this.#scenario = scenario;
    this.#tally = tally;
  }

  /** A close of it has reached the venue. */
  closing(positionId: string): boolean {
    return [...this.#orders.values()].some(
      ({ intent, arrivals }) => intent.kind === 'close' && intent.positionId === positionId && arrivals > 0,
    );
  }

  get sent(): number {
    return [...this.#orders.values()].reduce((sum, { handedOver }) => sum + handedOver, 0);
  }

  fail(invariant: Invariant, detail: string): void {
    this.violations.push({ invariant, detail });
  }

  readonly #demand: Demand = (invariant, holds, detail) => {
    if (!holds) this.fail(invariant, detail());
  };

  // ─── the journal ───────────────────────────────────────────────────────────────────────────────────────────────────

  committed(events: readonly DomainEvent[], lastSequence: number): void {
    this.#sequence += events.length;
    this.#demand(
      'I7',
      lastSequence === this.#sequence,
      () => `journal at ${lastSequence}, ${this.#sequence} were told`,
    );
    for (const event of events) this.#learn(event);
  }

  #learn(event: DomainEvent): void {
    switch (event.kind) {
      case 'process_started':
        this.#reconciled = false;
        this.#forbids.delete('stop');
        return;
      case 'reconciled':
        this.#reconciled = true;
        return;
      case 'bar_closed':
        this.#lastBars.set(event.bar.symbol, event.bar.closeAt);
        return;
      case 'equity_marked':
        this.#equity = event.equity;
        return;
      case 'signal_made':
        this.#signals.set(event.signal.decisionId, event.signal);
        return;
      case 'decision_made':
        if (event.decision.outcome === 'approved') this.#authorised(event.decision.intent);
        return;
      case 'reduce_requested':
        this.#authorised(event.intent);
        return;
      case 'order_changed':
        this.#changed(event);
        return;
      case 'fill_applied':
        this.#fillApplied(event);
        return;
      case 'windows_rolled':
        this.#rolled(event);
        return;
      default:
        this.#learnCause(event);
    }
  }

  #learnCause(event: DomainEvent): void {
    const forbids = this.#forbids;
    switch (event.kind) {
      case 'command_accepted':
        // These worlds trade no real money.
        if (event.command === 'arm' || event.command === 'disarm') throw new Error(`${event.command} was accepted`);
        this.#tally.note(`operator: ${event.command}`);
        if (event.command === 'reset') {
          forbids.delete('halt');
          this.#reconciled = false;
        } else if (event.command === 'resume') forbids.delete('pause');
        else forbids.add(event.command === 'flatten' ? 'pause' : event.command);
        return;
      case 'halted':
        forbids.add('halt');
        if (event.drawdown) this.#tally.note('limits: drawdown');
        this.#demand('I6', !event.reason.includes('differs'), () => event.reason);
        return;
      case 'position_adopted':
        forbids.add('pause');
        return;
      case 'flatten_started':
        this.#flattening.add('flatten');
        return;
      case 'flattened':
        this.#flattening.clear();
        return;
      case 'cooldown_started':
        this.#tally.note('errors: cooldown');
        forbids.add('cooldown');
        return;
      case 'cooldown_ended':
        forbids.delete('cooldown');
        return;
      case 'ladder_stepped':
        this.#tally.note(event.step === 'reached' ? 'limits: ladder reached' : 'limits: ladder warned');
        if (event.step === 'reached') forbids.add(`limit of the ${event.window}`);
        return;
      default:
    }
  }

  #authorised(intent: Order['intent']): void {
    this.#demand('I1', !this.#orders.has(intent.orderId), () => `${intent.orderId} was decided twice`);
    this.#tally.note('order: authorised');
    if ('reason' in intent && isPositionRule(intent.reason)) this.#tally.note(`rule: ${intent.reason}`);
    this.#orders.set(intent.orderId, watchedOrder(intent));
  }

  #changed({ orderId, change, sequence, detail }: EventOf<'order_changed'>): void {
    const order = this.#orders.get(orderId);
    const to = STATUS_AFTER[change];
    // An order of the terminal is not ours to judge.
    if (order === undefined || to === undefined) return;
    this.#moves(orderId, order, to);
    if (change === 'send') order.sendsMarked += 1;
    const neverExecuted = change === 'reject' || change === 'deny' || change === 'withhold' || change === 'expire';
    if (neverExecuted || (change === 'cancel' && sequence === undefined)) {
      order.writtenOff = order.filled === 0;
      const refuted = order.writtenOff && order.venueActed && change !== 'reject' && sequence === undefined;
      this.#demand('I10', !refuted, () => `${orderId}: "${change}" (${detail}) after the venue had acted on it`);
    }
  }

  #moves(orderId: string, order: WatchedOrder, to: OrderStatus): void {
    const from = order.status;
    this.#demand('I9', mayMove(from, to), () => `${orderId} goes from ${from} to ${to}`);
    order.status = to;
    this.#tally.note(`order: ${to}`);
  }

  #fillApplied({ fill, change }: EventOf<'fill_applied'>): void {
    const { dealId, orderId } = fill;
    this.#demand('I6', !this.#applied.has(dealId), () => `deal ${dealId} is applied twice`);
    this.#applied.add(dealId);
    const deal = this.#deals.get(dealId);
    this.#demand('I6', deal !== undefined && same(deal, fill), () => `deal ${dealId} is not the venue's`);
    const order = orderId === undefined ? undefined : this.#orders.get(orderId);
    if (order === undefined || orderId === undefined) return;
    order.filled += fill.quantity;
    const asked = 'quantity' in order.intent ? order.intent.quantity : 0;
    this.#demand('I3', order.filled <= asked, () => `${orderId}: ${order.filled} of ${asked} steps filled`);
    const to = change === undefined ? undefined : STATUS_AFTER[change];
    const lateFill = order.status === 'cancelled' && to === 'partially_filled';
    if (to !== undefined && !lateFill) this.#moves(orderId, order, to);
  }

  #rolled({ at, periods, windows }: EventOf<'windows_rolled'>): void {
    const { timezone, dayStartMinutes } = this.#scenario.policy.session;
    const expected = tradingDayByPlatform(timezone, dayStartMinutes, at);
    this.#demand('I8', periods.day === expected, () => `day ${periods.day} at ${at}, the platform says ${expected}`);
    const before = this.#periods;
    for (const window of windows) {
      this.#demand(
        'I8',
        periods[window] > before[window],
        () => `${window} goes from ${before[window]} to ${periods[window]}`,
      );
      this.#forbids.delete(`limit of the ${window}`);
      if (before[window] >= 0) this.#tally.note(`calendar: new ${window}`);
    }
    this.#periods = { ...periods };
  }

  // ─── the line ──────────────────────────────────────────────────────────────────────────────────────────────────────

  handedOver(order: Order): void {
    const { intent } = order;
    const { orderId } = intent;
    this.#demand('I12', !this.#scenario.policy.dryRun, () => `${orderId} leaves in a dry run`);
    const tracked = this.#orders.get(orderId);
    if (tracked === undefined) {
      this.fail('I14', `${orderId} was never decided`);
      return;
    }
    tracked.handedOver += 1;
    this.#demand(
      'I13',
      tracked.handedOver <= tracked.sendsMarked,
      () => `${orderId} leaves more often than it was marked as sent`,
    );
    this.#demand('I1', tracked.handedOver === 1, () => `${orderId} leaves for the ${tracked.handedOver}. time`);
    this.#demand('I13', same(tracked.intent, intent), () => `${orderId} leaves and is not what was committed`);
    if (intent.kind === 'open') this.#entryLeaves(tracked, intent);
  }

  #entryLeaves(tracked: WatchedOrder, intent: OpenIntent): void {
    const { orderId, symbol, decisionId, side } = intent;
    const causes = [...this.#forbids, ...this.#flattening];
    this.#demand('I4', causes.length === 0, () => `${orderId} leaves under ${causes.join(', ')}`);
    this.#demand('I11', this.#reconciled, () => `${orderId} leaves before the books agreed`);
    const lastBar = this.#lastBars.get(symbol);
    this.#demand(
      'I11',
      lastBar === intent.decidedAt,
      () => `${orderId} was decided at ${intent.decidedAt}, the last bar closed at ${lastBar}`,
    );
    const signal = this.#signals.get(decisionId);
    const chances = signal?.prediction.kind === 'prediction' ? signal.prediction.probabilities : undefined;
    const meant = chances !== undefined && (side === 'buy' ? chances.up > chances.down : chances.down > chances.up);
    this.#demand('I11', meant, () => `${orderId} is not what the model said`);
    this.#checkSize(intent);
    this.#checkDay(tracked, intent);
    for (const [otherId, other] of this.#orders) {
      if (otherId === orderId || other.intent.decisionId !== decisionId || other.intent.kind !== 'open') continue;
      const refused = other.venueRefused || other.handedOver === 0;
      this.#demand('I1', refused, () => `${orderId} leaves while ${otherId} of the same decision was not refused`);
    }
  }

  #checkSize(intent: OpenIntent): void {
    const { policy } = this.#scenario;
    const { orderId, quantity, stopLoss, referencePrice, side } = intent;
    const instrument = policy.symbols.get(intent.symbol)?.instrument;
    if (instrument === undefined) {
      this.fail('I3', `${orderId}: ${intent.symbol} is not traded`);
      return;
    }
    const whole =
      Number.isSafeInteger(quantity) && quantity >= instrument.quantityMin && quantity <= instrument.quantityMax;
    this.#demand('I3', whole, () => `${orderId}: ${quantity} steps`);
    const tick = instrument.tickSize.num / instrument.tickSize.den;
    const inAccount = instrument.quoteCurrency === policy.currency ? 1 : 1 / (referencePrice * tick);
    const stepValue = (instrument.tickValue.num / instrument.tickValue.den) * inAccount;
    const risk = Math.abs(referencePrice - stopLoss) * stepValue * quantity;
    const slack = 1.002;
    this.#demand(
      'I3',
      risk <= this.#equity * policy.limits.riskPerTrade * slack,
      () => `${orderId} risks ${risk} of ${this.#equity} micros`,
    );
    const margin = (referencePrice * stepValue * quantity) / policy.leverage;
    this.#demand(
      'I3',
      margin <= this.#equity * policy.limits.maxPositionMargin * slack,
      () => `${orderId} needs a margin of ${margin} micros`,
    );
    const protectedBelow = side === 'buy' ? stopLoss < referencePrice : stopLoss > referencePrice;
    this.#demand('I5', stopLoss > 0 && protectedBelow, () => `${orderId} leaves with its stop at ${stopLoss}`);
  }

  /** The day is that of the bar the entry was decided on, by the platform's calendar. */
  #checkDay(tracked: WatchedOrder, { orderId, decidedAt }: OpenIntent): void {
    const { policy } = this.#scenario;
    const { timezone, dayStartMinutes } = policy.session;
    tracked.day = tradingDayByPlatform(timezone, dayStartMinutes, decidedAt - policy.timeframeMs);
    let sent = 0;
    for (const { day, writtenOff } of this.#orders.values()) if (day === tracked.day && !writtenOff) sent += 1;
    this.#demand('I8', sent <= policy.limits.maxDailyTrades, () => `${orderId} is entry ${sent} of day ${tracked.day}`);
  }

  // ─── the venue ─────────────────────────────────────────────────────────────────────────────────────────────────────

  arrived({ order, fenced }: Arrival): void {
    const tracked = this.#orders.get(order.intent.orderId);
    if (tracked === undefined) {
      this.fail('I14', `${order.intent.orderId} reaches the venue undecided`);
      return;
    }
    tracked.arrivals += 1;
    this.#demand(
      'I1',
      tracked.arrivals === 1,
      () => `${order.intent.orderId} reaches the venue ${tracked.arrivals} times`,
    );
    if (!fenced)
      this.#demand(
        'I10',
        !tracked.writtenOff,
        () => `${order.intent.orderId} reaches the venue after it was written off`,
      );
  }

  said(reports: readonly BrokerReport[], holdings: BrokerSnapshot): void {
    for (const report of reports) this.#hear(report);
    checkHoldings(holdings, this.#scenario.policy, (orderId) => this.#orders.get(orderId)?.intent, this.#demand);
  }

  #hear(report: BrokerReport): void {
    if (report.kind === 'filled') this.#deals.set(report.fill.dealId, report.fill);
    const orderId = report.kind === 'filled' ? report.fill.orderId : 'orderId' in report ? report.orderId : undefined;
    const order = orderId === undefined ? undefined : this.#orders.get(orderId);
    if (order === undefined) return;
    if (report.kind === 'rejected' || report.kind === 'expired') {
      order.venueRefused = true;
      if (report.kind === 'rejected') this.#tally.note(report.code === 'requote' ? 'venue: requote' : 'venue: refuses');
      return;
    }
    if (report.kind === 'filled' && report.fill.effect === 'open') {
      this.#demand('I5', report.fill.stopLoss > 0, () => `${orderId} opens a position without a stop`);
    }
    if (report.kind === 'filled' && !report.orderDone) this.#tally.note('venue: fills in part');
    order.venueActed = true;
    this.#demand(
      'I10',
      !order.writtenOff || report.kind === 'cancelled',
      () => `${orderId} is ${report.kind} although the journal had written it off`,
    );
  }

  // ─── the end ───────────────────────────────────────────────────────────────────────────────────────────────────────

  booksAgree(state: ServoState, theirs: BrokerSnapshot): void {
    const unapplied = [...this.#deals.keys()].filter((dealId) => !this.#applied.has(dealId));
    this.#demand('I6', unapplied.length === 0, () => `deals never applied: ${unapplied.join(', ')}`);
    checkAgreement(state, theirs, this.#demand);
  }

  nothingIsOpen(state: ServoState): void {
    for (const { intent, status } of state.orders.values()) {
      const open = status === 'sending' || status === 'unknown' || (status === 'authorised' && intent.kind !== 'open');
      this.#demand('L1', !open, () => `${intent.orderId} is still ${status}`);
    }
  }
}

const POSITION_RULES = ['break_even', 'trailing_stop', 'take_profit_ladder', 'time_stop'] as const;
const isPositionRule = (reason: string): reason is (typeof POSITION_RULES)[number] =>
  (POSITION_RULES as readonly string[]).includes(reason);

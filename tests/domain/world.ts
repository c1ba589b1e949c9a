/** A servo without a shell: the stages, called one after another, and a venue that says what a test makes it say. */
import { apply } from '../../src/domain/apply.ts';
import type { DomainEvent, Emit, EventKind, EventOf } from '../../src/domain/events.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { BrokerReport, Fill, OpenIntent, Order, ReduceIntent } from '../../src/domain/order.ts';
import type { TradingPolicy } from '../../src/domain/policy.ts';
import type { Position } from '../../src/domain/position.ts';
import type { Signal } from '../../src/domain/signal.ts';
import { authorise, type Scope } from '../../src/domain/stages/execute.ts';
import { ingest, ingestHistory } from '../../src/domain/stages/ingest.ts';
import { monitor } from '../../src/domain/stages/monitor.ts';
import { awaitingDecision, riskGate } from '../../src/domain/stages/risk-gate.ts';
import { settle } from '../../src/domain/stages/settle.ts';
import { newState, type ServoState } from '../../src/domain/state.ts';
import { price, type UnixMs, unixMs } from '../../src/domain/units.ts';
import { barAt, fillWith, M5, NOON, POLICY, signalWith, usd } from './builders.ts';

/** Where the bids of a world stand until a step moves them. */
const BIDS: Readonly<Record<string, number>> = { EURUSD: 110_000, GBPUSD: 125_000, USDJPY: 150_000 };

type Unsequenced = {
  [K in BrokerReport['kind']]: Omit<Extract<BrokerReport, { kind: K }>, 'sequence' | 'at'>;
}[BrokerReport['kind']];

/** Keeps everything that the stages emitted. */
export class World {
  readonly events: DomainEvent[] = [];
  state: ServoState;
  #at = NOON;
  #sequence = 0;

  constructor(policy: TradingPolicy = POLICY, balance = 10_000) {
    this.state = newState(policy);
    this.emit({ kind: 'account_opened', at: this.now, account: 'a', currency: 'USD', balance: usd(balance) });
    this.emit({ kind: 'reconciled', at: this.now, epoch: 1, positions: 0, repaired: 0 });
  }

  readonly emit: Emit = (event) => {
    apply(this.state, event);
    this.events.push(event);
  };

  /** Market time: the last close time, or the one before the first. */
  get now(): UnixMs {
    return unixMs(this.#at);
  }

  /** What `act` made happen. */
  during(act: () => void): DomainEvent[] {
    const before = this.events.length;
    act();
    return this.events.slice(before);
  }

  all<K extends EventKind>(kind: K): EventOf<K>[] {
    return this.events.filter((event): event is EventOf<K> & DomainEvent => event.kind === kind);
  }

  warmUp(bars: readonly Bar[]): void {
    ingestHistory(bars, this.emit);
  }

  /** The next close time: reports, then a bar of each symbol named, or of all. */
  step(bids: Readonly<Record<string, number>> = BIDS, reports: readonly BrokerReport[] = [], gapMs = 0): void {
    const closeAt = this.#at + M5 + gapMs;
    const symbols = Object.keys(bids).sort();
    this.take(
      symbols.map((symbol) => barAt(symbol, closeAt, bids[symbol] ?? Number.NaN)),
      reports,
    );
  }

  take(bars: readonly Bar[], reports: readonly BrokerReport[] = []): void {
    ingest(this.state, { bars, reports }, this.emit);
    this.#at = bars[0]?.closeAt ?? this.#at;
  }

  /** A step that ends with its monitor. */
  pass(bids?: Readonly<Record<string, number>>, reports?: readonly BrokerReport[], gapMs?: number): DomainEvent[] {
    return this.during(() => {
      this.step(bids, reports, gapMs);
      this.monitor();
    });
  }

  signal(change: Partial<Signal> = {}): Signal {
    const signal = signalWith({ barClosedAt: this.now, ...change });
    this.emit({ kind: 'signal_made', at: this.now, signal });
    return signal;
  }

  gate(): DomainEvent[] {
    const symbols = awaitingDecision(this.state).map(({ symbol }) => symbol);
    return this.during(() => riskGate(this.state, symbols, this.emit));
  }

  send(scope: Scope = 'all'): Order[] {
    return authorise(this.state, this.now, scope, this.emit);
  }

  monitor(): DomainEvent[] {
    return this.during(() => monitor(this.state, this.emit));
  }

  settle(reports: readonly BrokerReport[], fresh = true): DomainEvent[] {
    return this.during(() => settle(this.state, reports, fresh, this.emit));
  }

  /** The venue's next report, at present market time. */
  report(report: Unsequenced): BrokerReport {
    this.#sequence = this.#nextSequence;
    return { ...report, sequence: this.#sequence, at: this.now } as BrokerReport;
  }

  get #nextSequence(): number {
    return Math.max(this.#sequence, this.state.reportCursor) + 1;
  }

  /** What the venue says when an entry fills; in full unless `change` names a quantity. */
  entryFill(intent: OpenIntent, change: Partial<Fill> = {}): BrokerReport {
    const { orderId, symbol, side, stopLoss, takeProfit, referencePrice } = intent;
    const fill = this.#fill({
      orderId,
      positionId: `P-${orderId}`,
      symbol,
      side,
      stopLoss,
      takeProfit,
      quantity: intent.quantity,
      price: referencePrice,
      ...change,
    });
    return this.report({ kind: 'filled', fill, orderDone: fill.quantity === intent.quantity });
  }

  /** What the venue says when a position is closed: by our order, or, without one, by its stop. */
  exitFill(
    position: Position,
    order: Extract<ReduceIntent, { kind: 'close' }> | undefined,
    change: Partial<Fill> = {},
  ) {
    const { positionId, symbol, side, stopLoss, takeProfit } = position;
    const fill = this.#fill({
      ...(order && { orderId: order.orderId }),
      positionId,
      symbol,
      side: side === 'buy' ? 'sell' : 'buy',
      effect: 'close',
      cause: order === undefined ? 'stop_loss' : 'order',
      stopLoss,
      takeProfit,
      quantity: order?.quantity ?? position.quantity,
      price: stopLoss,
      ...change,
    });
    return this.report({ kind: 'filled', fill, orderDone: true });
  }

  #fill(change: Partial<Fill>): Fill {
    return fillWith({ dealId: `D${this.#nextSequence}`, at: this.now, ...change });
  }

  /** A position opened by the whole way from signal to fill, in the present step. */
  open(change: Partial<Signal> = {}): Position {
    const signal = this.signal(change);
    this.gate();
    const sent = this.send().find(({ intent }) => intent.decisionId === signal.decisionId);
    if (sent?.intent.kind !== 'open') throw new Error(`${signal.decisionId} was not sent`);
    this.settle([this.entryFill(sent.intent)]);
    return this.position(signal.symbol);
  }

  position(symbol = 'EURUSD'): Position {
    const found = [...this.state.positions.values()].find((position) => position.symbol === symbol);
    if (found === undefined) throw new Error(`no position in ${symbol}`);
    return found;
  }

  order(orderId: string): Order {
    const found = this.state.orders.get(orderId);
    if (found === undefined) throw new Error(`no order ${orderId}`);
    return found;
  }

  /** The intents of one kind that wait to be sent. */
  waiting<K extends Order['intent']['kind']>(kind: K): Extract<Order['intent'], { kind: K }>[] {
    return [...this.state.orders.values()]
      .filter(({ status }) => status === 'authorised')
      .map(({ intent }) => intent)
      .filter((intent): intent is Extract<Order['intent'], { kind: K }> => intent.kind === kind);
  }
}

export const kinds = (events: readonly DomainEvent[]): EventKind[] => events.map(({ kind }) => kind);

type Close = Extract<ReduceIntent, { kind: 'close' }>;
export const closesIn = (events: readonly DomainEvent[]): Close[] =>
  events.flatMap((event) => (event.kind === 'reduce_requested' && event.intent.kind === 'close' ? [event.intent] : []));

/** A second signal beside that of EURUSD. */
export const POUNDS = { symbol: 'GBPUSD', bid: price(125_000), ask: price(125_008) } as const;

/** A long of 47 steps that stays where it is. */
export function holdingWorld(policy: TradingPolicy = POLICY): World {
  const world = new World(policy);
  world.step();
  world.open();
  world.monitor();
  return world;
}

/** A step whose mark is replaced by this equity. */
export function markedAt(world: World, equity: number): DomainEvent[] {
  world.step();
  world.emit({ kind: 'equity_marked', at: world.now, balance: usd(10_000), equity: usd(equity) });
  return world.monitor();
}

/** What the domain's tests are made of: a small policy, sound values to vary, and a servo without a shell. */
import { apply } from '../../src/domain/apply.ts';
import type { DomainEvent, Emit, EventKind, EventOf } from '../../src/domain/events.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { BrokerReport, Fill, OpenIntent, Order, OrderStatus, ReduceIntent } from '../../src/domain/order.ts';
import type { SymbolPolicy, TradingPolicy } from '../../src/domain/policy.ts';
import type { Position } from '../../src/domain/position.ts';
import { REGIMES } from '../../src/domain/regime.ts';
import type { Prediction, Signal } from '../../src/domain/signal.ts';
import { authorise, type Scope } from '../../src/domain/stages/execute.ts';
import { ingest, ingestHistory } from '../../src/domain/stages/ingest.ts';
import { monitor } from '../../src/domain/stages/monitor.ts';
import { awaitingDecision, riskGate } from '../../src/domain/stages/risk-gate.ts';
import { settle } from '../../src/domain/stages/settle.ts';
import { newState, type ServoState } from '../../src/domain/state.ts';
import { moneyFromUnits, price, quantity, type UnixMs, unixMs, ZERO_MONEY } from '../../src/domain/units.ts';
import { instrumentOf } from './random-bars.ts';

export const M5 = 300_000;
/** A Monday at noon in UTC, well inside a trading day of New York. */
export const NOON = Date.UTC(2024, 2, 4, 12);
export const SPREAD = 8;

export const usd = moneyFromUnits;

const dollarPair = (symbol: string): SymbolPolicy => ({
  instrument: instrumentOf(symbol),
  conversion: { kind: 'same' },
  maxSpread: price(30),
  slippage: price(2),
});

export const POLICY: TradingPolicy = {
  symbols: new Map<string, SymbolPolicy>([
    ['EURUSD', dollarPair('EURUSD')],
    ['GBPUSD', dollarPair('GBPUSD')],
    ['USDJPY', { ...dollarPair('USDJPY'), conversion: { kind: 'divide', symbol: 'USDJPY' } }],
  ]),
  timeframeMs: M5,
  currency: 'USD',
  leverage: 100,
  commissionPerLot: usd(7),
  signal: { stopAtrMultiple: 2, targetAtrMultiple: 3 },
  atrPeriod: 14,
  limits: {
    riskPerTrade: 0.01,
    maxPositionMargin: 0.5,
    maxPositions: 3,
    maxDailyTrades: 10,
    maxLoss: { day: 0.02, week: 0.05, month: 0.1 },
    maxDrawdown: 0.2,
    onLimit: 'flatten',
    minConfidence: 0.6,
    minExpectedValueR: 0.05,
    allowedRegimes: REGIMES,
  },
  order: { type: 'market', retryAttempts: 3, maxSlippage: 0.0002 },
  position: { partialClose: true, minCloseSize: 0.1, trailingStop: true, trailingStep: 0.0001 },
  session: { timezone: 'America/New_York', dayStartMinutes: 17 * 60 },
  dryRun: false,
};

type Block = 'limits' | 'order' | 'position' | 'session' | 'signal';
type PolicyChange = Partial<Omit<TradingPolicy, Block>> & { readonly [B in Block]?: Partial<TradingPolicy[B]> };

export function policyWith(change: PolicyChange): TradingPolicy {
  const { limits, order, position, session, signal, ...rest } = change;
  return {
    ...POLICY,
    ...rest,
    limits: { ...POLICY.limits, ...limits },
    order: { ...POLICY.order, ...order },
    position: { ...POLICY.position, ...position },
    session: { ...POLICY.session, ...session },
    signal: { ...POLICY.signal, ...signal },
  };
}

export const believes = (up: number, down: number): Prediction => ({
  kind: 'prediction',
  model: 'm',
  probabilities: { up, down, flat: 1 - up - down },
});

/** Worth taking under POLICY: a buy of EURUSD at 1.10008 with its stop 200 ticks below. */
export function signalWith(change: Partial<Signal> = {}): Signal {
  const symbol = change.symbol ?? 'EURUSD';
  const barClosedAt = change.barClosedAt ?? unixMs(NOON);
  return {
    decisionId: `${symbol}-${barClosedAt}`,
    symbol,
    barClosedAt,
    expiresAt: unixMs(barClosedAt + M5),
    side: 'buy',
    prediction: believes(0.7, 0.2),
    confidence: 0.7 / 0.9,
    expectedValueR: 0.8,
    regime: 'range',
    regimeConfidence: 0.5,
    stopDistance: price(200),
    targetDistance: price(300),
    costTicks: 19,
    bid: price(110_000),
    ask: price(110_008),
    ...change,
  };
}

export function openIntentWith(change: Partial<OpenIntent> = {}): OpenIntent {
  const symbol = change.symbol ?? 'EURUSD';
  return {
    kind: 'open',
    orderId: `${symbol}-${NOON}-buy-1`,
    decisionId: `${symbol}-${NOON}`,
    symbol,
    side: 'buy',
    quantity: quantity(10),
    type: 'market',
    referencePrice: price(110_008),
    deviation: price(22),
    stopLoss: price(109_808),
    takeProfit: price(110_308),
    decidedAt: unixMs(NOON),
    expiresAt: unixMs(NOON + M5),
    attempt: 1,
    ...change,
  };
}

export const orderWith = (status: OrderStatus, change: Partial<OpenIntent> = {}): Order => ({
  intent: openIntentWith(change),
  status,
  filled: quantity(0),
  changedAt: unixMs(NOON),
});

export function positionWith(change: Partial<Position> = {}): Position {
  const symbol = change.symbol ?? 'EURUSD';
  return {
    positionId: `P-${symbol}`,
    symbol,
    side: 'buy',
    quantity: quantity(10),
    openingQuantity: quantity(10),
    entryPrice: price(110_000),
    stopLoss: price(109_800),
    takeProfit: price(110_300),
    initialStopDistance: price(200),
    openedAt: unixMs(NOON),
    decisionId: `${symbol}-${NOON}`,
    regime: 'range',
    realised: ZERO_MONEY,
    commission: ZERO_MONEY,
    swap: ZERO_MONEY,
    initialRisk: usd(20),
    worst: ZERO_MONEY,
    best: ZERO_MONEY,
    ...change,
  };
}

export function fillWith(change: Partial<Fill> = {}): Fill {
  const symbol = change.symbol ?? 'EURUSD';
  return {
    dealId: 'D1',
    positionId: `P-${symbol}`,
    symbol,
    side: 'buy',
    effect: 'open',
    cause: 'order',
    quantity: quantity(10),
    price: price(110_000),
    profit: ZERO_MONEY,
    commission: usd(-0.35),
    stopLoss: price(109_800),
    takeProfit: price(110_300),
    at: unixMs(NOON),
    ...change,
  };
}

/** A bar that closes at `closeAt` on `bid`, after a little movement around it. */
export const barAt = (symbol: string, closeAt: number, bid: number): Bar => ({
  symbol,
  openAt: unixMs(closeAt - M5),
  closeAt: unixMs(closeAt),
  open: price(bid),
  high: price(bid + 5),
  low: price(bid - 5),
  close: price(bid),
  spread: price(SPREAD),
  volume: 100,
});

/** Where the bids of a world stand until a step moves them. */
const BIDS: Readonly<Record<string, number>> = { EURUSD: 110_000, GBPUSD: 125_000, USDJPY: 150_000 };

type Unsequenced = {
  [K in BrokerReport['kind']]: Omit<Extract<BrokerReport, { kind: K }>, 'sequence' | 'at'>;
}[BrokerReport['kind']];

/** A servo without a shell: the stages, called one after another, and everything that they emitted. */
export class World {
  readonly events: DomainEvent[] = [];
  state: ServoState;
  #at = NOON;
  #sequence = 0;
  #deals = 0;

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
    this.#at += M5 + gapMs;
    const bars = Object.keys(bids)
      .sort()
      .map((symbol) => barAt(symbol, this.#at, bids[symbol] ?? Number.NaN));
    ingest(this.state, { bars, reports }, this.emit);
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
    this.#sequence += 1;
    return { ...report, sequence: this.#sequence, at: this.now } as BrokerReport;
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
    this.#deals += 1;
    return fillWith({ dealId: `D${this.#deals}`, at: this.now, ...change });
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

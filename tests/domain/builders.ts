/** What the domain's tests are made of: a small policy, and sound values to vary. */
import { BUILT_IN_HOURS } from '../../src/domain/hours/built-in-hours.ts';
import type { EntryWindows } from '../../src/domain/hours/market-hours.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { Fill, OpenIntent, Order, OrderStatus } from '../../src/domain/order.ts';
import type { MarketFilters, SymbolPolicy, TradingPolicy } from '../../src/domain/policy.ts';
import type { Position } from '../../src/domain/position.ts';
import { byRegime } from '../../src/domain/regime.ts';
import type { Prediction, Signal } from '../../src/domain/signal.ts';
import { moneyFromUnits, price, quantity, unixMs, ZERO_MONEY } from '../../src/domain/units.ts';
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
  hours: BUILT_IN_HOURS.crypto,
  slippage: price(2),
});

const AS_IT_IS = { allowed: true, sizeFactor: 1, stopFactor: 1 };

export const EVERY_REGIME: TradingPolicy['regimes'] = { ...byRegime(() => AS_IT_IS), unknown: AS_IT_IS };

export const NOTHING_EXTREME = { marginLevelMin: null, worstCaseMax: null, valueAtRiskMax: null };

export const ANY_TIME: EntryWindows = {
  beforeWeekendMs: 0,
  beforeBreakMs: 0,
  afterOpenMs: 0,
  beforeRolloverMs: 0,
  afterRolloverMs: 0,
};

/** Sized by risk alone, whatever the signal's confidence and the drawdown. */
export const BY_RISK: TradingPolicy['sizing'] = {
  method: 'risk',
  fixedLots: 0.1,
  volatilityTarget: 0.1,
  kellyFraction: 0.25,
  fullConfidence: null,
  shrinkFromDrawdown: null,
};

/** What is open elsewhere bounds no size but by its margin. */
export const UNBOUND: TradingPolicy['exposure'] = {
  maxLeverage: null,
  maxSymbolLeverage: null,
  maxCurrencyLeverage: null,
  minMarginLevel: null,
  correlation: null,
  worstCase: null,
};

/** Entries may follow one another as they like. */
export const ANY_PACE: TradingPolicy['pace'] = {
  losingStreak: { account: null, symbol: null },
  perMinute: 1_000_000,
  perHour: 1_000_000,
  repeated: null,
};

export const ANY_MARKET: MarketFilters = {
  maxSpreadRatio: null,
  minVolumeRatio: null,
  atrPercentileMin: 0,
  atrPercentileMax: 1,
  atrLookbackBars: 100,
  maxGapBars: 10_000,
  gapLookbackBars: 0,
};

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
    extreme: NOTHING_EXTREME,
    minConfidence: 0.6,
    minExpectedValueR: 0.05,
  },
  riskLevel: null,
  mandate: null,
  stress: [],
  sizing: BY_RISK,
  exposure: UNBOUND,
  pace: ANY_PACE,
  regimes: EVERY_REGIME,
  entryWindows: ANY_TIME,
  filters: ANY_MARKET,
  order: { type: 'market', retryAttempts: 3, maxSlippage: 0.0002 },
  position: { partialClose: true, minCloseSize: 0.1, trailingStop: true, trailingStep: 0.0001 },
  session: { timezone: 'America/New_York', dayStartMinutes: 17 * 60 },
  dryRun: false,
};

type Block =
  | 'filters'
  | 'entryWindows'
  | 'exposure'
  | 'limits'
  | 'order'
  | 'pace'
  | 'position'
  | 'regimes'
  | 'session'
  | 'signal'
  | 'sizing';
type PolicyChange = Partial<Omit<TradingPolicy, Block>> & { readonly [B in Block]?: Partial<TradingPolicy[B]> };

export function policyWith(change: PolicyChange): TradingPolicy {
  const { entryWindows, filters, exposure, limits, order, pace, position, regimes, session, signal, sizing, ...rest } =
    change;
  return {
    ...POLICY,
    ...rest,
    filters: { ...POLICY.filters, ...filters },
    entryWindows: { ...POLICY.entryWindows, ...entryWindows },
    exposure: { ...POLICY.exposure, ...exposure },
    limits: { ...POLICY.limits, ...limits },
    order: { ...POLICY.order, ...order },
    pace: { ...POLICY.pace, ...pace },
    position: { ...POLICY.position, ...position },
    regimes: { ...POLICY.regimes, ...regimes },
    session: { ...POLICY.session, ...session },
    signal: { ...POLICY.signal, ...signal },
    sizing: { ...POLICY.sizing, ...sizing },
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

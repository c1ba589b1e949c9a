/** What the gate looks at, sound and worth an order, and for every reason the change that makes it deny. */
import { expect } from 'vitest';
import { openAccount } from '../../src/domain/account.ts';
import type { Decision, DenialReason, Verdict } from '../../src/domain/decision.ts';
import { TRUSTED, type TrustStep } from '../../src/domain/guards/ladder.ts';
import { ModelWatch } from '../../src/domain/guards/model-watch.ts';
import { BUILT_IN_HOURS } from '../../src/domain/hours/built-in-hours.ts';
import type { MarketHours } from '../../src/domain/hours/market-hours.ts';
import type { LiveState } from '../../src/domain/live.ts';
import type { Bar } from '../../src/domain/market.ts';
import { MarketRecord, type RecordRule } from '../../src/domain/market-record.ts';
import type { ModelCard } from '../../src/domain/model-card.ts';
import type { Order, ReduceIntent } from '../../src/domain/order.ts';
import type { LossWindowName, Mandate, RiskLimits, SymbolPolicy, TradingPolicy } from '../../src/domain/policy.ts';
import type { Position } from '../../src/domain/position.ts';
import { byRegime, type Regime } from '../../src/domain/regime.ts';
import { decide } from '../../src/domain/risk.ts';
import { type Causes, INITIAL_CAUSES } from '../../src/domain/servo.ts';
import type { Signal } from '../../src/domain/signal.ts';
import { type MarketEngine, marketOf, newState, type ServoState } from '../../src/domain/state.ts';
import { price, quantity, type UnixMs, unixMs } from '../../src/domain/units.ts';
import { barAt, M5, NOON, POLICY, positionWith, signalWith, usd } from './builders.ts';
import { armedWith, factsWith, LIVE_POLICY } from './live-builders.ts';

/** Everything that the gate looks at. */
export interface Scene {
  readonly policy: TradingPolicy;
  readonly account: ServoState['account'];
  readonly causes: Causes;
  /** Absent where the money is not real. */
  readonly live?: LiveState;
  /** Of the model that serves the signal's symbol. */
  readonly card?: ModelCard;
  readonly watch?: ModelWatch;
  /** The bar that the signal was made on, and what is remembered of those before. */
  readonly lastBar?: Bar;
  readonly record?: MarketRecord;
  readonly positions: readonly Position[];
  readonly orders: readonly Order[];
  readonly signal: Signal;
  /** Of the bar that the signal's symbol was entered on last. */
  readonly enteredOn?: UnixMs;
  readonly now: UnixMs;
}

export const SOUND: Scene = {
  policy: POLICY,
  account: openAccount(usd(10_000)),
  causes: { ...INITIAL_CAUSES, reconciled: true },
  positions: [],
  orders: [],
  signal: signalWith(),
  now: unixMs(NOON),
};

const BLANK = newState(POLICY);

const UNNAMED: ModelCard = { id: 'm', reachAtr: 3 };

/** The engine as it is, beside another memory. */
export const remembering = (engine: MarketEngine, record: MarketRecord): MarketEngine => ({
  push: (bar) => engine.push(bar),
  values: () => engine.values(),
  snapshot: () => engine.snapshot(),
  ready: engine.ready,
  atrTicks: engine.atrTicks,
  recent: engine.recent,
  regime: engine.regime,
  regimeConfidence: engine.regimeConfidence,
  record,
});

export const stateOf = ({
  policy,
  account,
  causes,
  live,
  card = UNNAMED,
  watch,
  lastBar,
  record,
  signal,
  positions,
  orders,
  enteredOn,
}: Scene): ServoState => ({
  ...BLANK,
  cards: new Map([[card.id, card]]),
  markets: new Map(
    [...BLANK.markets].map(([symbol, market]) => [symbol, live ? { ...market, model: card.id } : market] as const),
  ).set(signal.symbol, {
    ...marketOf(BLANK, signal.symbol),
    model: card.id,
    ...(watch && { watch }),
    ...(enteredOn !== undefined && { enteredOn }),
    ...(lastBar && { lastBar }),
    ...(record && { engine: remembering(marketOf(BLANK, signal.symbol).engine, record) }),
  }),
  policy,
  account,
  causes,
  ...(live && { live }),
  positions: new Map(positions.map((position) => [position.positionId, position])),
  orders: new Map(orders.map((order) => [order.intent.orderId, order])),
});

export const decided = (scene: Scene, attempt = 1): Decision =>
  decide(stateOf(scene), { signal: scene.signal, attempt, now: scene.now });

export const withLimits = (scene: Scene, limits: Partial<RiskLimits>): Scene => ({
  ...scene,
  policy: { ...scene.policy, limits: { ...scene.policy.limits, ...limits } },
});
/** Allows no other regimes. */
const onlyQuietAndRange = (scene: Scene): Scene => {
  const { regimes } = scene.policy;
  const refused = (regime: Regime) => ({ ...regimes[regime], allowed: false });
  const others = { ...byRegime(refused), unknown: refused('unknown'), quiet: regimes.quiet, range: regimes.range };
  return { ...scene, policy: { ...scene.policy, regimes: others } };
};
export const withSignal = (scene: Scene, signal: Partial<Signal>): Scene => ({
  ...scene,
  signal: { ...scene.signal, ...signal },
});
export const withCard = (scene: Scene, card: Partial<ModelCard>): Scene => ({
  ...scene,
  card: { ...UNNAMED, ...scene.card, ...card },
});
const watchAt = (step: TrustStep): ModelWatch =>
  new ModelWatch({}, { dissimilarity: [], pending: [], ladder: { ...TRUSTED, step }, because: [], sinceReading: 0 });
const unlike = (scene: Scene, dissimilarity: number): Scene => {
  const { prediction } = scene.signal;
  const measured = prediction.kind === 'prediction' ? { ...prediction, dissimilarity } : prediction;
  return withCard(withSignal(scene, { prediction: measured }), { guards: { dissimilarityLimit: 0.85 } });
};
export const withAccount = (scene: Scene, account: Partial<Scene['account']>): Scene => ({
  ...scene,
  account: { ...scene.account, ...account },
});
export const withSymbol = (scene: Scene, change: Partial<SymbolPolicy>): Scene => {
  const { symbols } = scene.policy;
  const changed = [...symbols].map(([symbol, policy]) => [symbol, { ...policy, ...change }] as const);
  return { ...scene, policy: { ...scene.policy, symbols: new Map(changed) } };
};
/** One window that began at 12,500 and may lose a fifth: the 2,500 lost since are all of it. */
const lost = (scene: Scene, window: LossWindowName, startEquity = 12_500): Scene => {
  const { maxLoss } = scene.policy.limits;
  const windows = {
    ...scene.account.windows,
    [window]: { period: 1, startEquity: usd(startEquity), step: 'none' as const },
  };
  return withLimits(withAccount(scene, { windows }), { maxLoss: { ...maxLoss, [window]: 0.2 } });
};
/** A fifth of its start may be lost, and no buffer is kept. */
/** Flat half an hour before news, with a bar's time on top. */
function nearMandateNews(scene: Scene, minutesAhead: number): Scene {
  const flat = { beforeWeekendMs: 0, beforeNewsMs: 30 * 60_000, afterNewsMs: 0 };
  const { policy, ...rest } = withNews(underMandate(scene, 10_000), NOON + minutesAhead * 60_000);
  const { mandate, news } = policy;
  return {
    ...rest,
    policy: {
      ...policy,
      mandate: mandate && { ...mandate, flat },
      ...(news && { news: { ...news, beforeMs: 0, afterMs: 0 } }),
    },
  };
}

function underMandate(scene: Scene, start: number): Scene {
  const mandate: Mandate = {
    dailyLoss: null,
    maxLoss: 0.2,
    trailing: null,
    maxLots: null,
    buffer: 0,
    timezone: 'UTC',
    dayStartMinutes: 0,
  };
  const book = { day: 1, dayStart: usd(start), start: usd(start), peak: usd(start) };
  return { ...withAccount(scene, { mandate: book }), policy: { ...scene.policy, mandate } };
}

export const holding = (scene: Scene, ...positions: Position[]): Scene => ({
  ...scene,
  positions: [...scene.positions, ...positions],
});
export const pounds = (count: number): Position[] =>
  Array.from({ length: count }, (_, i) =>
    positionWith({ symbol: 'GBPUSD', positionId: `P-${i}`, decisionId: `GBPUSD-${i}` }),
  );

const heavyPounds = (steps: number): Position =>
  positionWith({ symbol: 'GBPUSD', positionId: 'heavy', quantity: quantity(steps) });
const withMarginFloor = (scene: Scene): Scene => ({
  ...scene,
  policy: { ...scene.policy, exposure: { ...scene.policy.exposure, minMarginLevel: 2 } },
});
const pausedUntil = (scene: Scene, until: number): Scene =>
  withAccount(scene, { losingStreak: { losses: 0, pause: { until: unixMs(until), losses: 5 } } });
/** Two a minute are allowed. */
const sentBefore = (scene: Scene, ...beforeMs: number[]): Scene => ({
  ...withAccount(scene, { sentAt: beforeMs.map((ms) => unixMs(scene.now - ms)) }),
  policy: { ...scene.policy, pace: { ...scene.policy.pace, perMinute: 2 } },
});

/** Real money. */
export const forRealMoney = (scene: Scene, live: LiveState): Scene => ({
  ...scene,
  policy: { ...scene.policy, live: LIVE_POLICY },
  live,
});
const PINNED = armedWith({ models: { EURUSD: 'm', GBPUSD: 'm', USDJPY: 'm' } });
export const armed = (scene: Scene): Scene => forRealMoney(scene, { facts: factsWith(), armed: PINNED });

export const unknownModify = (symbol: string): Order => {
  const intent: ReduceIntent = {
    kind: 'modify',
    orderId: 'trail',
    decisionId: 'd',
    symbol,
    reason: 'trailing_stop',
    decidedAt: unixMs(NOON),
    positionId: 'P',
    stopLoss: price(1),
    takeProfit: price(2),
  };
  return { intent, status: 'unknown', filled: quantity(0), changedAt: unixMs(NOON) };
};

export interface Row {
  /** Makes the reason hold, whatever less grave one holds already. */
  readonly arrange: (scene: Scene) => Scene;
  readonly value: Verdict['value'];
  readonly limit: Verdict['limit'];
  /** The last number that passes, where there is one. */
  readonly justPasses?: (scene: Scene) => Scene;
}

const DAY_MINUTES = 1_440;
/** A day a week by the clock of UTC. */
const openFrom = (minute: number): MarketHours => ({
  ...BUILT_IN_HOURS.crypto,
  sessions: [{ opensAt: minute, closesAt: minute + DAY_MINUTES }],
});
/** Eleven minutes without entries after a day that began at this minute. */
const rolledOver = (scene: Scene, dayStartMinutes: number): Scene => ({
  ...scene,
  policy: {
    ...scene.policy,
    session: { timezone: 'UTC', dayStartMinutes },
    entryWindows: { ...scene.policy.entryWindows, afterRolloverMs: 11 * 60_000 },
  },
});

const withNews = (scene: Scene, at: number): Scene => {
  const event = { at: unixMs(at), currency: 'USD', impact: 'high', title: 'Payrolls' } as const;
  const [beforeMs, afterMs] = [30 * 60_000, 15 * 60_000];
  const known = { knownFrom: unixMs(0), knownTo: unixMs(2 * NOON), whenUnknown: 'refuse' } as const;
  return { ...scene, policy: { ...scene.policy, news: { events: [event], beforeMs, afterMs, ...known } } };
};

const RECORD_RULE: RecordRule = {
  hours: BUILT_IN_HOURS.crypto,
  timezone: 'UTC',
  timeframeMs: M5,
  atrBars: 4,
  gapBars: 2,
};
const DAY_MS = DAY_MINUTES * 60_000;
const withFilters = (scene: Scene, filters: Partial<TradingPolicy['filters']>): Scene => ({
  ...scene,
  policy: { ...scene.policy, filters: { ...scene.policy.filters, ...filters } },
});
/** Five days on which the hour of the signal's bar had a spread of 10 and a volume of 100. */
const withHabit = (scene: Scene): Scene => {
  const record = new MarketRecord({ ...RECORD_RULE, gapBars: 1_000 });
  for (let day = 5; day > 0; day--) {
    for (const minutes of [-5, 0]) record.push(unixMs(NOON - day * DAY_MS + minutes * 60_000), 10, 100, 1);
  }
  return { ...scene, record, lastBar: barAt(scene.signal.symbol, NOON, 110_000) };
};
/** Three bars with rising ATRs, and the signal's. */
const withAtr = (scene: Scene, atr: number): Scene => {
  const record = new MarketRecord(RECORD_RULE);
  for (const [i, each] of [1, 2, 3, atr].entries()) record.push(unixMs(NOON - (4 - i) * M5), 8, 100, each);
  return withFilters({ ...scene, record }, { atrPercentileMin: 0.1, atrPercentileMax: 0.9 });
};
/** Eight bars are missing, and so many have come since. */
const withGap = (scene: Scene, barsSince: number): Scene => {
  const record = new MarketRecord(RECORD_RULE);
  record.push(unixMs(NOON - (barsSince + 9) * M5), 8, 100, 1);
  for (let bar = barsSince; bar > 0; bar--) record.push(unixMs(NOON - bar * M5), 8, 100, 1);
  return withFilters({ ...scene, record }, { maxGapBars: 2, gapLookbackBars: 3 });
};

export const ROWS: Record<DenialReason, Row> = {
  status_forbids_opening: {
    arrange: (scene) => ({
      ...scene,
      causes: { ...scene.causes, paused: { by: 'ann', at: scene.now, reason: 'lunch' } },
    }),
    value: 'lunch',
    limit: 'running or reduced',
    justPasses: (scene) => ({
      ...scene,
      causes: { ...scene.causes, reduced: { day: { by: 'servo', at: scene.now, reason: 'daily loss' } } },
    }),
  },
  not_armed: {
    arrange: (scene) => forRealMoney(scene, { facts: factsWith({}, { maxLots: null }) }),
    value: '6 armed (not armed); 7 venue (it has no maximum of its own for the lots of an order)',
    limit: 'all 7 hold',
    justPasses: armed,
  },
  order_unknown: {
    arrange: (scene) => ({ ...scene, orders: [...scene.orders, unknownModify(scene.signal.symbol)] }),
    value: 1,
    limit: 0,
    justPasses: (scene) => ({ ...scene, orders: [unknownModify('GBPUSD')] }),
  },
  market_stale: {
    arrange: (scene) => withGap(scene, 3),
    value: '8 bars missing 3 bars ago',
    limit: '2 bars',
    justPasses: (scene) => withGap(scene, 4),
  },
  model_unavailable: {
    arrange: (scene) =>
      withSignal(scene, {
        side: 'flat',
        expectedValueR: 0,
        confidence: 0,
        prediction: { kind: 'neutral', model: 'm', reason: 'timeout', detail: 'after 1000 ms' },
      }),
    value: 'timeout',
    limit: 'answered',
  },
  model_expired: {
    arrange: (scene) => withCard(scene, { expiresAt: unixMs(NOON) }),
    value: NOON,
    limit: NOON,
    justPasses: (scene) => withCard(scene, { expiresAt: unixMs(NOON + 1) }),
  },
  model_distrusted: {
    arrange: (scene) => ({ ...scene, watch: watchAt('shadow') }),
    value: 'shadow',
    limit: 'trust, warn or shrink',
    justPasses: (scene) => ({ ...scene, watch: watchAt('shrink') }),
  },
  model_outlier: {
    arrange: (scene) => unlike(scene, 0.86),
    value: 0.86,
    limit: 0.85,
    justPasses: (scene) => unlike(scene, 0.85),
  },
  signal_expired: {
    arrange: (scene) => ({ ...scene, now: scene.signal.expiresAt }),
    value: NOON + M5,
    limit: NOON + M5,
    justPasses: (scene) => ({ ...scene, now: unixMs(scene.signal.expiresAt - 1) }),
  },
  drawdown_limit: {
    arrange: (scene) => withAccount(scene, { equityPeak: usd(12_500) }),
    value: 0.2,
    limit: 0.2,
    justPasses: (scene) => withAccount(scene, { equityPeak: usd(12_499.999_999) }),
  },
  mandate_limit: {
    arrange: (scene) => underMandate(scene, 12_500),
    value: usd(10_000),
    limit: usd(10_000),
    justPasses: (scene) => underMandate(scene, 12_000),
  },
  mandate_flat: {
    arrange: (scene) => nearMandateNews(scene, 34),
    value: 'Payrolls (USD) in 34 min',
    limit: 'flat 30 min before, 0 min after',
    justPasses: (scene) => nearMandateNews(scene, 35),
  },
  monthly_loss_limit: {
    arrange: (scene) => lost(scene, 'month'),
    value: usd(2500),
    limit: usd(2500),
    justPasses: (scene) => lost(scene, 'month', 12_499.999_99),
  },
  weekly_loss_limit: {
    arrange: (scene) => lost(scene, 'week'),
    value: usd(2500),
    limit: usd(2500),
    justPasses: (scene) => lost(scene, 'week', 12_499.999_99),
  },
  daily_loss_limit: {
    arrange: (scene) => lost(scene, 'day'),
    value: usd(2500),
    limit: usd(2500),
    justPasses: (scene) => lost(scene, 'day', 12_499.999_99),
  },
  margin_level_limit: {
    // 1,000 steps of GBPUSD at 1.1 bind 11,000, and 10,000 are less than twice as much.
    arrange: (scene) => withMarginFloor(holding(scene, heavyPounds(1000))),
    value: 10 / 11,
    limit: 2,
    // 450 bind 4,950: room for 4 steps more is left.
    justPasses: (scene) => withMarginFloor(holding(scene, heavyPounds(450))),
  },
  daily_trades_limit: {
    arrange: (scene) => withAccount(scene, { entriesToday: 10 }),
    value: 10,
    limit: 10,
    justPasses: (scene) => withAccount(scene, { entriesToday: 9 }),
  },
  losing_streak: {
    arrange: (scene) => pausedUntil(scene, NOON + 1),
    value: '5 losses in a row, until 2024-03-04 12:00',
    limit: 'no pause',
    justPasses: (scene) => pausedUntil(scene, NOON),
  },
  order_rate_limit: {
    arrange: (scene) => sentBefore(scene, 59_999, 1),
    value: '2 in a minute',
    limit: 2,
    justPasses: (scene) => sentBefore(scene, 60_000, 1),
  },
  session_closed: {
    // A market that opens on Tuesdays alone, looked at on a Monday.
    arrange: (scene) => withSymbol(scene, { hours: openFrom(2 * DAY_MINUTES) }),
    value: 'closed until 2024-03-05 00:00',
    limit: 'open',
    justPasses: (scene) => withSymbol(scene, { hours: openFrom(DAY_MINUTES + 720) }),
  },
  rollover_blackout: {
    arrange: (scene) => rolledOver(scene, 11 * 60 + 50),
    value: '10 min after',
    limit: '11 min',
    justPasses: (scene) => rolledOver(scene, 11 * 60 + 49),
  },
  news_blackout: {
    arrange: (scene) => withNews(scene, NOON + 29 * 60_000),
    value: 'Payrolls (USD, high) in 29 min',
    limit: '30 min before',
    justPasses: (scene) => withNews(scene, NOON + 30 * 60_000),
  },
  bar_used: {
    arrange: (scene) => ({ ...scene, enteredOn: scene.signal.barClosedAt }),
    value: 1,
    limit: 0,
    justPasses: (scene) => ({ ...scene, enteredOn: unixMs(scene.signal.barClosedAt - M5) }),
  },
  position_open: {
    arrange: (scene) => holding(scene, positionWith({ symbol: scene.signal.symbol })),
    value: 1,
    limit: 0,
    justPasses: (scene) => holding(scene, ...pounds(1)),
  },
  positions_limit: {
    arrange: (scene) => holding(scene, ...pounds(3)),
    value: 3,
    limit: 3,
    justPasses: (scene) => holding(scene, ...pounds(2)),
  },
  regime_not_allowed: {
    arrange: (scene) => withSignal(onlyQuietAndRange(scene), { regime: 'volatile' }),
    value: 'volatile',
    limit: 'quiet, range',
    justPasses: onlyQuietAndRange,
  },
  signal_flat: {
    arrange: (scene) => withSignal(scene, { side: 'flat', confidence: 0, expectedValueR: -0.01 }),
    value: -0.01,
    limit: 0,
  },
  spread_limit: {
    arrange: (scene) => withSignal(scene, { ask: price(scene.signal.bid + 31) }),
    value: 31,
    limit: 30,
    justPasses: (scene) => withSignal(scene, { ask: price(scene.signal.bid + 30) }),
  },
  spread_unusual: {
    arrange: (scene) =>
      withFilters(withHabit(withSignal(scene, { ask: price(scene.signal.bid + 21) })), { maxSpreadRatio: 2 }),
    value: 21,
    limit: 20,
    justPasses: (scene) =>
      withFilters(withHabit(withSignal(scene, { ask: price(scene.signal.bid + 20) })), { maxSpreadRatio: 2 }),
  },
  volatility_outside: {
    arrange: (scene) => withAtr(scene, 4),
    value: 1,
    limit: 0.9,
    justPasses: (scene) => withAtr(scene, 3),
  },
  volume_low: {
    // The bar has a volume of 100.
    arrange: (scene) => withFilters(withHabit(scene), { minVolumeRatio: 1.01 }),
    value: 100,
    limit: 101,
    justPasses: (scene) => withFilters(withHabit(scene), { minVolumeRatio: 1 }),
  },
  expected_value_minimum: {
    arrange: (scene) => withSignal(scene, { expectedValueR: 0.0499 }),
    value: 0.0499,
    limit: 0.05,
    justPasses: (scene) => withSignal(scene, { expectedValueR: 0.05 }),
  },
  confidence_minimum: {
    arrange: (scene) => withSignal(scene, { confidence: 0.5999 }),
    value: 0.5999,
    limit: 0.6,
    justPasses: (scene) => withSignal(scene, { confidence: 0.6 }),
  },
  conversion_missing: {
    // No bar of USDJPY was seen yet, and yen become dollars by it.
    arrange: (scene) => withSignal(scene, { symbol: 'USDJPY' }),
    value: 'no rate',
    limit: 'known',
  },
  size_below_minimum: {
    // 1 USD may be lost, a step risks 2.11.
    arrange: (scene) => withLimits(scene, { riskPerTrade: 0.0001 }),
    value: 0,
    limit: 1,
    justPasses: (scene) => withLimits(scene, { riskPerTrade: 0.000_211 }),
  },
};

export const expectDenied = (decision: Decision, reason: DenialReason) => {
  if (decision.outcome !== 'denied') throw new Error(`approved, ${reason} was expected`);
  expect(decision.reason).toBe(reason);
  return decision;
};

/** The gate: every reason alone and in precedence, its last passing number, what counts as exposure, and that no NaN ever passes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openAccount } from '../../src/domain/account.ts';
import { DENIAL_REASONS, type Decision, type DenialReason, type Verdict } from '../../src/domain/decision.ts';
import type { OpenIntent, Order, OrderStatus, ReduceIntent } from '../../src/domain/order.ts';
import type { LossWindowName, RiskLimits, SymbolPolicy, TradingPolicy } from '../../src/domain/policy.ts';
import type { Position } from '../../src/domain/position.ts';
import { decide, openOrders, recheck } from '../../src/domain/risk.ts';
import { type Causes, INITIAL_CAUSES } from '../../src/domain/servo.ts';
import type { Signal } from '../../src/domain/signal.ts';
import { newState, type ServoState } from '../../src/domain/state.ts';
import { type Money, price, quantity, UnitError, type UnixMs, unixMs } from '../../src/domain/units.ts';
import {
  believes,
  M5,
  NOON,
  openIntentWith,
  orderWith,
  POLICY,
  policyWith,
  positionWith,
  signalWith,
  usd,
} from './builders.ts';

/** Everything that the gate looks at. */
interface Scene {
  readonly policy: TradingPolicy;
  readonly account: ServoState['account'];
  readonly causes: Causes;
  readonly positions: readonly Position[];
  readonly orders: readonly Order[];
  readonly signal: Signal;
  readonly now: UnixMs;
}

const SOUND: Scene = {
  policy: POLICY,
  account: openAccount(usd(10_000)),
  causes: { ...INITIAL_CAUSES, reconciled: true },
  positions: [],
  orders: [],
  signal: signalWith(),
  now: unixMs(NOON),
};

const BLANK = newState(POLICY);

const stateOf = ({ policy, account, causes, positions, orders }: Scene): ServoState => ({
  ...BLANK,
  policy,
  account,
  causes,
  positions: new Map(positions.map((position) => [position.positionId, position])),
  orders: new Map(orders.map((order) => [order.intent.orderId, order])),
});

const decided = (scene: Scene, attempt = 1): Decision =>
  decide(stateOf(scene), { signal: scene.signal, attempt, now: scene.now });

const withLimits = (scene: Scene, limits: Partial<RiskLimits>): Scene => ({
  ...scene,
  policy: { ...scene.policy, limits: { ...scene.policy.limits, ...limits } },
});
const withSignal = (scene: Scene, signal: Partial<Signal>): Scene => ({
  ...scene,
  signal: { ...scene.signal, ...signal },
});
const withAccount = (scene: Scene, account: Partial<Scene['account']>): Scene => ({
  ...scene,
  account: { ...scene.account, ...account },
});
const withSymbol = (scene: Scene, change: Partial<SymbolPolicy>): Scene => {
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
const holding = (scene: Scene, ...positions: Position[]): Scene => ({
  ...scene,
  positions: [...scene.positions, ...positions],
});
const pounds = (count: number): Position[] =>
  Array.from({ length: count }, (_, i) =>
    positionWith({ symbol: 'GBPUSD', positionId: `P-${i}`, decisionId: `GBPUSD-${i}` }),
  );

const unknownModify = (symbol: string): Order => {
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

interface Row {
  /** Makes the reason hold, whatever less grave one holds already. */
  readonly arrange: (scene: Scene) => Scene;
  readonly value: Verdict['value'];
  readonly limit: Verdict['limit'];
  /** The last number that passes, where there is one. */
  readonly justPasses?: (scene: Scene) => Scene;
}

const ROWS: Record<DenialReason, Row> = {
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
  order_unknown: {
    arrange: (scene) => ({ ...scene, orders: [...scene.orders, unknownModify(scene.signal.symbol)] }),
    value: 1,
    limit: 0,
    justPasses: (scene) => ({ ...scene, orders: [unknownModify('GBPUSD')] }),
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
  daily_trades_limit: {
    arrange: (scene) => withAccount(scene, { entriesToday: 10 }),
    value: 10,
    limit: 10,
    justPasses: (scene) => withAccount(scene, { entriesToday: 9 }),
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
    arrange: (scene) => withLimits(withSignal(scene, { regime: 'volatile' }), { allowedRegimes: ['quiet', 'range'] }),
    value: 'volatile',
    limit: 'quiet, range',
    justPasses: (scene) => withLimits(scene, { allowedRegimes: ['quiet', 'range'] }),
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

const expectDenied = (decision: Decision, reason: DenialReason) => {
  if (decision.outcome !== 'denied') throw new Error(`approved, ${reason} was expected`);
  expect(decision.reason).toBe(reason);
  return decision;
};

describe('reasons', () => {
  test('the table lists them gravest first', () => {
    expect(Object.keys(ROWS)).toEqual(DENIAL_REASONS);
  });

  test.each(DENIAL_REASONS)('%s denies, with its numbers', (reason) => {
    const { arrange, value, limit } = ROWS[reason];
    const { verdicts } = expectDenied(decided(arrange(SOUND)), reason);
    expect(verdicts.find(({ check }) => check === reason)).toEqual({ check: reason, passed: false, value, limit });
    expect(verdicts.find(({ passed }) => !passed)?.check).toBe(reason);
  });

  test.each(
    DENIAL_REASONS.filter((reason) => ROWS[reason].justPasses),
  )('%s lets the last good number pass', (reason) => {
    expect(decided(ROWS[reason].justPasses?.(SOUND) ?? SOUND).outcome).toBe('approved');
  });

  const pairs = DENIAL_REASONS.flatMap((graver, i) =>
    DENIAL_REASONS.slice(i + 1).map((lesser) => [graver, lesser] as const),
  );
  test.each(pairs)('%s is graver than %s', (graver, lesser) => {
    expectDenied(decided(ROWS[graver].arrange(ROWS[lesser].arrange(SOUND))), graver);
  });

  test('a cause without words is named by its status', () => {
    const paused = { by: 'ann', at: SOUND.now, reason: '' };
    const { verdicts } = expectDenied(
      decided({ ...SOUND, causes: { ...SOUND.causes, paused } }),
      'status_forbids_opening',
    );
    expect(verdicts[0]?.value).toBe('paused');
  });

  test('every check is on the record of an approval, in order', () => {
    const { verdicts } = decided(SOUND);
    expect(verdicts.map(({ check }) => check)).toEqual(DENIAL_REASONS);
    expect(verdicts.every(({ passed }) => passed)).toBe(true);
  });

  test('a denial with a side keeps its size, one without has none to keep', () => {
    expect(decided(ROWS.confidence_minimum.arrange(SOUND)).sizing).toMatchObject({ quantity: 47 });
    expect(decided(ROWS.signal_flat.arrange(SOUND)).sizing).toBeUndefined();
    expect(decided(ROWS.conversion_missing.arrange(SOUND)).sizing).toBeUndefined();
  });

  test('a decision is approved exactly when every check passed, whatever the numbers', () => {
    const numbers = fc.record({
      equity: fc.integer({ min: 0, max: 20_000 }),
      equityPeak: fc.integer({ min: 1, max: 20_000 }),
      entriesToday: fc.nat(15),
      held: fc.nat(4),
      confidence: fc.double({ min: 0.4, max: 1, noNaN: true }),
      expectedValueR: fc.double({ min: -0.1, max: 1, noNaN: true }),
      spread: fc.nat(40),
      stopDistance: fc.integer({ min: 1, max: 5000 }),
      late: fc.nat(2 * M5),
    });
    const seen = { approved: 0, denied: 0 };
    fc.assert(
      fc.property(numbers, (n) => {
        const { confidence, expectedValueR } = n;
        const signal = {
          confidence,
          expectedValueR,
          stopDistance: price(n.stopDistance),
          ask: price(110_000 + n.spread),
        };
        const account = { equity: usd(n.equity), equityPeak: usd(n.equityPeak), entriesToday: n.entriesToday };
        const scene = holding(withAccount(withSignal(SOUND, signal), account), ...pounds(n.held));
        const decision = decided({ ...scene, now: unixMs(NOON + n.late) });
        seen[decision.outcome] += 1;
        expect(decision.outcome === 'approved').toBe(decision.verdicts.every(({ passed }) => passed));
        if (decision.outcome === 'denied') expect(decision).not.toHaveProperty('intent');
        else expect(decision.sizing.riskOfOrder).toBeLessThanOrEqual(n.equity * 10_000);
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(seen.approved, seen.denied)).toBeGreaterThan(10);
  });
});

describe('what is approved', () => {
  const intentOf = (scene: Scene, attempt?: number): OpenIntent => {
    const decision = decided(scene, attempt);
    if (decision.outcome !== 'approved') throw new Error(decision.reason);
    return decision.intent;
  };

  test('a buy at the ask, sized to lose 1 % at its stop with both slippages and the commission', () => {
    expect(intentOf(SOUND)).toEqual({
      kind: 'open',
      orderId: `EURUSD-${NOON}-buy-1`,
      decisionId: `EURUSD-${NOON}`,
      symbol: 'EURUSD',
      side: 'buy',
      // (200 + 2 × 2) ticks are 2.04 a step, with commission 2.11: 100 ÷ 2.11
      quantity: 47,
      type: 'market',
      referencePrice: 110_008,
      deviation: 22,
      stopLoss: 109_808,
      takeProfit: 110_308,
      decidedAt: NOON,
      expiresAt: NOON + M5,
      attempt: 1,
    });
  });

  test('a sell at the bid', () => {
    expect(intentOf(withSignal(SOUND, { side: 'sell' }))).toMatchObject({
      orderId: `EURUSD-${NOON}-sell-1`,
      side: 'sell',
      referencePrice: 110_000,
      stopLoss: 110_200,
      takeProfit: 109_700,
    });
  });

  test('a limit order, which slips at its stop only', () => {
    const limit = { ...SOUND, policy: policyWith({ order: { type: 'limit' } }) };
    expect(intentOf(limit)).toMatchObject({ type: 'limit', referencePrice: 110_008, quantity: 47 });
    const wide = withSymbol(limit, { slippage: price(50) });
    // (200 + 50) ticks and the commission are 2.57; at the market it would be 3.07.
    expect(intentOf(wide).quantity).toBe(38);
    expect(intentOf(withSymbol(SOUND, { slippage: price(50) })).quantity).toBe(32);
  });

  test('half of it while reduced, also where margin is the cap', () => {
    const reduced = {
      ...SOUND,
      causes: { ...SOUND.causes, reduced: { day: { by: 'servo', at: SOUND.now, reason: '' } } },
    };
    expect(intentOf(reduced).quantity).toBe(23);
    expect(intentOf(withLimits(SOUND, { maxPositionMargin: 0.02 })).quantity).toBe(18);
    expect(intentOf(withLimits(reduced, { maxPositionMargin: 0.02 })).quantity).toBe(9);
  });

  test('deciding twice gives the same order, a later attempt another one', () => {
    expect(decided(SOUND)).toEqual(decided(SOUND));
    expect(intentOf(SOUND, 2)).toMatchObject({ orderId: `EURUSD-${NOON}-buy-2`, attempt: 2 });
  });

  test('margin of positions and of entries under way is not free', () => {
    // 500 steps of GBPUSD at 1.1 bind 5,500 at a leverage of 100.
    const steps = quantity(500);
    const taken = positionWith({ symbol: 'GBPUSD', quantity: steps, entryPrice: price(110_000) });
    const entry = orderWith('accepted', { symbol: 'GBPUSD', quantity: steps, referencePrice: price(110_000) });
    const tight = withLimits(SOUND, { riskPerTrade: 0.2, maxPositionMargin: 1 });
    expect(decided(tight).sizing).toMatchObject({ cappedBy: 'free_margin', quantity: 909 });
    expect(decided(holding(tight, taken)).sizing).toMatchObject({ cappedBy: 'free_margin', quantity: 409 });
    expect(decided({ ...tight, orders: [entry] }).sizing).toMatchObject({ cappedBy: 'free_margin', quantity: 409 });
    const half = { ...entry, status: 'partially_filled' as const, filled: quantity(250) };
    expect(decided({ ...tight, orders: [half] }).sizing).toMatchObject({ quantity: 659 });
  });
});

describe('exposure', () => {
  const entry = (symbol: string, status: OrderStatus): Order =>
    orderWith(status, { symbol, orderId: `${symbol}-entry`, decisionId: `${symbol}-decision` });
  const counted = (scene: Scene) => {
    const { verdicts } = decided(scene);
    const value = (reason: DenialReason) => verdicts.find(({ check }) => check === reason)?.value;
    return [value('position_open'), value('positions_limit'), value('daily_trades_limit'), value('order_unknown')];
  };

  test.each<[OrderStatus, number, number, number, number]>([
    // status of an entry on the signal's symbol: on the symbol, in all, authorised, unknown
    ['authorised', 1, 1, 1, 0],
    ['sending', 1, 1, 0, 0],
    ['accepted', 1, 1, 0, 0],
    ['unknown', 1, 1, 0, 1],
    // Its position has been closed by a stop, and the rest may still fill.
    ['partially_filled', 1, 1, 0, 0],
    ['filled', 0, 0, 0, 0],
    ['denied', 0, 0, 0, 0],
    ['withheld', 0, 0, 0, 0],
    ['rejected', 0, 0, 0, 0],
    ['cancelled', 0, 0, 0, 0],
    ['expired', 0, 0, 0, 0],
  ])('of an entry that is %s', (status, ...expected) => {
    expect(counted({ ...SOUND, orders: [entry('EURUSD', status)] })).toEqual(expected);
  });

  test.each<OrderStatus>([
    'partially_filled',
    'unknown',
  ])('of a %s entry and its position is counted once', (status) => {
    const position = positionWith({ decisionId: 'EURUSD-decision' });
    const scene = { ...holding(SOUND, position), orders: [entry('EURUSD', status)] };
    expect(counted(scene).slice(0, 2)).toEqual([1, 1]);
  });

  test('elsewhere counts among all, not on this symbol', () => {
    const scene = { ...holding(SOUND, ...pounds(1)), orders: [entry('USDJPY', 'accepted')] };
    expect(counted(scene)).toEqual([0, 2, 0, 0]);
  });

  test('reductions are none', () => {
    const order = { ...unknownModify('GBPUSD'), status: 'sending' as const };
    expect(counted({ ...SOUND, orders: [order] })).toEqual([0, 0, 0, 0]);
  });

  test('orders at the venue are those sent whose end is not known', () => {
    const statuses: OrderStatus[] = ['authorised', 'sending', 'accepted', 'unknown', 'partially_filled', 'filled'];
    const orders = statuses.map((status) => orderWith(status, { orderId: status }));
    const state = stateOf({ ...SOUND, orders: [...orders, unknownModify('EURUSD')] });
    expect(openOrders(state).map(({ status }) => status)).toEqual([
      'sending',
      'accepted',
      'unknown',
      'partially_filled',
    ]);
  });
});

describe('the second look, in the transaction that sends', () => {
  const AUTHORISED = orderWith('authorised');
  const waiting: Scene = { ...SOUND, orders: [AUTHORISED] };
  const look = (scene: Scene) => recheck(stateOf(scene), openIntentWith(), scene.now);

  test('finds nothing when nothing changed: an order does not stand in its own way', () => {
    expect(look(waiting)).toBeUndefined();
  });

  const rechecked: readonly DenialReason[] = [
    'status_forbids_opening',
    'order_unknown',
    'signal_expired',
    'drawdown_limit',
    'monthly_loss_limit',
    'weekly_loss_limit',
    'daily_loss_limit',
    'daily_trades_limit',
    'position_open',
    'positions_limit',
  ];
  test.each(rechecked)('%s stops what was approved', (reason) => {
    const { arrange, value, limit } = ROWS[reason];
    expect(look(arrange(waiting))).toEqual({ check: reason, passed: false, value, limit });
  });

  test.each(
    rechecked.slice(0, -1).map((reason, i) => [reason, rechecked[i + 1]!] as const),
  )('%s is named before %s', (graver, lesser) => {
    expect(look(ROWS[graver].arrange(ROWS[lesser].arrange(waiting)))?.check).toBe(graver);
  });

  test('counts the other entries that wait', () => {
    const others = ['GBPUSD', 'USDJPY'].map((symbol) =>
      orderWith('authorised', { symbol, orderId: symbol, decisionId: symbol }),
    );
    const scene = withLimits({ ...waiting, orders: [AUTHORISED, ...others] }, { maxPositions: 2 });
    expect(look(scene)).toMatchObject({ check: 'positions_limit', value: 2 });
    expect(look(withAccount({ ...waiting, orders: [AUTHORISED, ...others] }, { entriesToday: 8 }))).toMatchObject({
      check: 'daily_trades_limit',
      value: 10,
    });
  });
});

describe('what is no number never passes', () => {
  const NaNs = Number.NaN as Money & UnixMs & ReturnType<typeof price>;
  const window = (startEquity: number) => ({ period: 1, startEquity: startEquity as Money, step: 'none' as const });
  const dayFrom = (startEquity: number) => ({ ...SOUND.account.windows, day: window(startEquity) });

  test.each<[string, Scene, DenialReason | 'throws']>([
    ['confidence', withSignal(SOUND, { confidence: NaNs }), 'confidence_minimum'],
    ['min_confidence', withLimits(SOUND, { minConfidence: NaNs }), 'confidence_minimum'],
    ['expected value', withSignal(SOUND, { expectedValueR: NaNs }), 'expected_value_minimum'],
    ['min_expected_value_r', withLimits(SOUND, { minExpectedValueR: NaNs }), 'expected_value_minimum'],
    ['bid', withSignal(SOUND, { bid: NaNs }), 'spread_limit'],
    ['ask', withSignal(SOUND, { ask: NaNs }), 'throws'],
    ['ask of a sell', withSignal(SOUND, { side: 'sell', ask: NaNs }), 'spread_limit'],
    [
      'infinite ask of a sell',
      withSignal(SOUND, { side: 'sell', ask: Number.POSITIVE_INFINITY as typeof NaNs }),
      'spread_limit',
    ],
    ['max_spread_points', withSymbol(SOUND, { maxSpread: NaNs }), 'spread_limit'],
    ['slippage', withSymbol(SOUND, { slippage: NaNs }), 'throws'],
    ['stop distance', withSignal(SOUND, { stopDistance: NaNs }), 'throws'],
    ['target distance', withSignal(SOUND, { targetDistance: NaNs }), 'throws'],
    ['now', { ...SOUND, now: NaNs }, 'signal_expired'],
    ['expiry', withSignal(SOUND, { expiresAt: NaNs }), 'signal_expired'],
    ['peak', withAccount(SOUND, { equityPeak: NaNs }), 'drawdown_limit'],
    ['max_drawdown', withLimits(SOUND, { maxDrawdown: NaNs }), 'drawdown_limit'],
    ['equity', withAccount(SOUND, { equity: NaNs }), 'throws'],
    ['infinite equity', withAccount(SOUND, { equity: Number.POSITIVE_INFINITY as Money }), 'throws'],
    ['infinitely negative equity', withAccount(SOUND, { equity: Number.NEGATIVE_INFINITY as Money }), 'throws'],
    ['start of the day', withAccount(SOUND, { windows: dayFrom(Number.NaN) }), 'throws'],
    ['infinite start of the day', withAccount(SOUND, { windows: dayFrom(Number.POSITIVE_INFINITY) }), 'throws'],
    ['max_daily_loss', withLimits(SOUND, { maxLoss: { day: NaNs, week: 1, month: 1 } }), 'throws'],
    ['entries', withAccount(SOUND, { entriesToday: NaNs }), 'daily_trades_limit'],
    ['max_daily_trades', withLimits(SOUND, { maxDailyTrades: NaNs }), 'daily_trades_limit'],
    ['max_positions', withLimits(SOUND, { maxPositions: NaNs }), 'positions_limit'],
    ['position_size', withLimits(SOUND, { riskPerTrade: NaNs }), 'throws'],
    ['infinite position_size', withLimits(SOUND, { riskPerTrade: Number.POSITIVE_INFINITY }), 'throws'],
    ['max_position_size', withLimits(SOUND, { maxPositionMargin: NaNs }), 'throws'],
    ['leverage', { ...SOUND, policy: policyWith({ leverage: NaNs }) }, 'throws'],
    ['commission', { ...SOUND, policy: policyWith({ commissionPerLot: NaNs }) }, 'throws'],
    ['max_slippage', { ...SOUND, policy: policyWith({ order: { maxSlippage: NaNs } }) }, 'throws'],
    [
      'chances',
      withSignal(SOUND, { prediction: believes(NaNs, 0.2), confidence: NaNs, expectedValueR: NaNs }),
      'expected_value_minimum',
    ],
  ])('%s', (_, scene, expected) => {
    if (expected === 'throws') expect(() => decided(scene)).toThrow(UnitError);
    else expectDenied(decided(scene), expected);
  });

  test.each<[string, Scene, DenialReason | 'throws']>([
    ['peak', withAccount(SOUND, { equityPeak: NaNs }), 'drawdown_limit'],
    ['equity', withAccount(SOUND, { equity: NaNs }), 'throws'],
    ['entries', withAccount(SOUND, { entriesToday: NaNs }), 'daily_trades_limit'],
    ['max_positions', withLimits(SOUND, { maxPositions: NaNs }), 'positions_limit'],
    ['now', { ...SOUND, now: NaNs }, 'signal_expired'],
  ])('nor at the second look: %s', (_, scene, expected) => {
    const look = () => recheck(stateOf(scene), openIntentWith(), scene.now);
    if (expected === 'throws') expect(look).toThrow(UnitError);
    else expect(look()).toMatchObject({ check: expected, passed: false });
  });
});

/** The gate: what an approved order looks like, what counts as exposure, and what the second look may still stop. */
import { describe, expect, test } from 'vitest';
import { marked } from '../../src/domain/account.ts';
import type { DenialReason } from '../../src/domain/decision.ts';
import type { OpenIntent, Order, OrderStatus } from '../../src/domain/order.ts';
import { recheck } from '../../src/domain/risk.ts';
import { price, quantity } from '../../src/domain/units.ts';
import { M5, NOON, openIntentWith, orderWith, policyWith, positionWith, usd } from './builders.ts';
import {
  decided,
  holding,
  pounds,
  ROWS,
  type Scene,
  SOUND,
  stateOf,
  unknownModify,
  withAccount,
  withLimits,
  withSignal,
  withSymbol,
} from './gate-scene.ts';

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

  test('half of it also on the bar whose loss calls for the step that monitor has yet to take', () => {
    const { maxLoss } = SOUND.policy.limits;
    const having = (lost: number) => ({ ...SOUND, account: marked(SOUND.account, usd(10_000 * (1 - lost))) });
    expect(decided(having(0.74 * maxLoss.day)).sizing).toMatchObject({ multipliers: [] });
    expect(decided(having(0.76 * maxLoss.day)).sizing).toMatchObject({
      multipliers: [{ name: 'status', value: 0.5 }],
    });
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
    expect(decided(tight).sizing).toMatchObject({ cappedBy: 'max_position_size', quantity: 909 });
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

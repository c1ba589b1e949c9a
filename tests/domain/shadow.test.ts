/** Would-be trades: the same bracket as a real one, ended by bars alone, counted after costs, and never an order. */
import { beforeAll, describe, expect, test } from 'vitest';
import { symbolPolicy } from '../../src/domain/policy.ts';
import { shadowEnd, shadowTradeOf } from '../../src/domain/shadow.ts';
import type { ShadowOpinion } from '../../src/domain/signal.ts';
import { snapshotState } from '../../src/domain/snapshot.ts';
import { predict } from '../../src/domain/stages/predict.ts';
import { price, unixMs } from '../../src/domain/units.ts';
import { barAt, believes, M5, NOON, POLICY, signalWith } from './builders.ts';
import { instrumentOf, randomBars } from './random-bars.ts';
import { World } from './world.ts';

// Bought at 110,008 (bid 110,000, spread 8), sold at 110,000; 200 ticks to the stop, 300 to the target; 10 ticks of costs beside the spread.
const SIGNAL = signalWith({
  barClosedAt: unixMs(NOON),
  bid: price(110_000),
  ask: price(110_008),
  stopDistance: price(200),
  targetDistance: price(300),
  costTicks: 18,
});
const BUY = shadowTradeOf(SIGNAL, 'buy', M5);
const SELL = shadowTradeOf({ ...SIGNAL, side: 'sell' }, 'sell', M5);

const bar = (open: number, high: number, low: number, close: number, bars = 1) => ({
  ...barAt('EURUSD', NOON + bars * M5, close),
  open: price(open),
  high: price(high),
  low: price(low),
  spread: price(8),
});

describe('a would-be trade', () => {
  test('opens where a real one would', () => {
    expect(BUY).toMatchObject({ entryPrice: 110_008, stopLoss: 109_808, takeProfit: 110_308, costR: 0.05 });
    expect(SELL).toMatchObject({ entryPrice: 110_000, stopLoss: 110_200, takeProfit: 109_700, costR: 0.05 });
  });

  test.each<[string, typeof BUY, ReturnType<typeof bar>, unknown]>([
    ['a buy meets its stop at the bid', BUY, bar(110_000, 110_000, 109_808, 109_900), ['stop_loss', 109_808, -1.05]],
    ['one tick above it lives', BUY, bar(110_000, 110_000, 109_809, 109_900), undefined],
    ['a buy meets its target at the bid', BUY, bar(110_000, 110_308, 110_000, 110_200), ['take_profit', 110_308, 1.45]],
    ['both in one bar is the stop', BUY, bar(110_000, 110_308, 109_808, 110_200), ['stop_loss', 109_808, -1.05]],
    [
      'a gap below the stop ends where it opens',
      BUY,
      bar(109_708, 109_750, 109_700, 109_720),
      ['stop_loss', 109_708, -1.55],
    ],
    ['a sell meets its stop at the ask', SELL, bar(110_000, 110_192, 110_000, 110_100), ['stop_loss', 110_200, -1.05]],
    [
      'a sell meets its target at the ask',
      SELL,
      bar(110_000, 110_000, 109_692, 109_700),
      ['take_profit', 109_700, 1.45],
    ],
    ['a sell at one tick above it does not', SELL, bar(110_000, 110_000, 109_693, 109_700), undefined],
    [
      'after 200 bars it ends at the close',
      BUY,
      bar(110_000, 110_100, 110_000, 110_028, 200),
      ['horizon', 110_028, 0.05],
    ],
    ['not after 199', BUY, bar(110_000, 110_100, 110_000, 110_028, 199), undefined],
  ])('%s', (_, trade, next, expected) => {
    const end = shadowEnd(trade, next);
    if (end === undefined) {
      expect(expected).toBeUndefined();
      return;
    }
    const { exitReason, exitPrice, resultR } = end;
    expect([exitReason, exitPrice, Number(resultR.toFixed(9))]).toEqual(expected);
  });
});

describe('models in the shadow', () => {
  const bars = randomBars({
    count: 900,
    seed: 'EURUSD',
    instrument: instrumentOf('EURUSD'),
    startPrice: 110_000,
    change: 100,
  });
  const policy = { ...POLICY, symbols: new Map([['EURUSD', symbolPolicy(POLICY, 'EURUSD')]]) };
  let world: World;

  beforeAll(() => {
    world = new World(policy);
    world.warmUp(bars.slice(0, 400));
    const eager: ShadowOpinion = { ...believes(0.8, 0.1), model: 'eager', reachAtr: 3 };
    const timid: ShadowOpinion = { ...believes(0.3, 0.3), model: 'timid', reachAtr: 3 };
    const failed: ShadowOpinion = { kind: 'neutral', model: 'failed', reason: 'timeout', detail: 'late' };
    for (const next of bars.slice(400)) {
      world.take([next]);
      predict(
        world.state,
        new Map([['EURUSD', { ...believes(0.2, 0.2), shadows: [eager, timid, failed] }]]),
        world.emit,
      );
      world.gate();
      world.monitor();
    }
  });

  test('trade one at a time on paper that is not even paper: no order, no position, no money', () => {
    const opened = world.all('shadow_opened');
    const closed = world.all('shadow_closed');
    expect(opened.length).toBeGreaterThan(5);
    expect(new Set(opened.map(({ trade }) => trade.model))).toEqual(new Set(['eager']));
    expect(opened.length - closed.length).toBe(world.state.markets.get('EURUSD')?.shadowTrades?.length ?? 0);
    for (const [i, { at }] of closed.entries()) expect(opened[i + 1]?.at ?? at).toBeGreaterThanOrEqual(at);
    expect(world.state.orders.size).toBe(0);
    expect(world.all('equity_marked').every(({ equity }) => equity === world.state.account.balance)).toBe(true);
  });

  test('are not in the signal that is decided, and their open trades survive a picture', () => {
    expect(world.all('signal_made').every(({ signal }) => !('shadows' in signal.prediction))).toBe(true);
    const picture = JSON.parse(JSON.stringify(snapshotState(world.state)));
    const open = world.state.markets.get('EURUSD')?.shadowTrades;
    expect(picture.markets[0][1].shadowTrades).toEqual(open);
  });
});

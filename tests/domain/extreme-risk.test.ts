/** Extreme risk halts: the margin level at its floor, the worst case or the value at risk of the open book at its limit. */
import { describe, expect, test } from 'vitest';
import { bookTail, bookValueAtRisk, dailyProfits, stressProfit } from '../../src/domain/book-risk.ts';
import { bookFigures, extremeFloor } from '../../src/domain/limits/extreme-risk.ts';
import type { ExtremeLimits } from '../../src/domain/policy.ts';
import { statusOf } from '../../src/domain/servo.ts';
import { price, quantity } from '../../src/domain/units.ts';
import { NOTHING_EXTREME, policyWith, usd } from './builders.ts';
import { closesIn, holdingWorld, kinds, markedAt, POUNDS, World } from './world.ts';

const WIDE = { maxDrawdown: 9, maxLoss: { day: 9, week: 9, month: 9 } };
const holding = (extreme: Partial<ExtremeLimits>) =>
  holdingWorld(policyWith({ limits: { ...WIDE, extreme: { ...NOTHING_EXTREME, ...extreme } } }));
const DAY = 86_400_000;

describe('each rule halts and closes at its limit, and not a micro above it', () => {
  // 47 steps of EURUSD, bought at 1.10008 with the stop at 1.09808 and 2 ticks of slippage. A tick on a step is 0.01 USD.
  test.each([
    // Margin 47 × 110 008 × 0.01 ÷ 100 = 517.0376 USD; 1.5 times that.
    ['margin level', { marginLevelMin: 1.5 }, 775.5564, 'margin level 150.00 % is at or under its floor of 150.00 %'],
    // 202 ticks × 47 × 0.01 = 94.94 USD; a tenth of 949.40.
    [
      'worst case',
      { worstCaseMax: 0.1 },
      949.4,
      'all stops hit would cost 94.94 USD, 10.00 % of equity; the limit is 10.00 %',
    ],
  ] as const)('%s', (_, extreme, equity, words) => {
    const world = holding(extreme);
    expect(kinds(markedAt(world, equity + 0.000_001))).toEqual(['step_completed']);
    expect(statusOf(world.state.causes)).toBe('running');

    const events = markedAt(world, equity);
    expect(kinds(events)).toEqual(['halted', 'flatten_started', 'reduce_requested', 'step_completed']);
    expect(events[0]).toMatchObject({ by: 'servo', reason: `extreme risk: ${words}` });
    expect(closesIn(events)).toMatchObject([{ quantity: 47, reason: 'extreme_risk' }]);
    expect(statusOf(world.state.causes)).toBe('halted');
    // It stands, and what is closing is not begun again.
    expect(kinds(markedAt(world, equity))).toEqual(['step_completed']);
  });

  test('the margin of what others hold is part of the level: the broker closes by all of it', () => {
    const world = holding({ marginLevelMin: 1.5 });
    const theirs = {
      positionId: 'X',
      symbol: 'XPTUSD',
      side: 'buy',
      quantity: quantity(1),
      entryPrice: price(1),
    } as const;
    world.emit({ kind: 'externals_seen', at: world.now, externals: [{ ...theirs, margin: usd(100) }] });
    // 1.5 × (517.0376 + 100).
    expect(kinds(markedAt(world, 925.5565))).toEqual(['step_completed']);
    expect(kinds(markedAt(world, 925.5564))[0]).toBe('halted');
  });

  test('with all off, nothing is extreme', () => {
    const world = holding({});
    expect(extremeFloor(world.state)).toBeUndefined();
    expect(kinds(markedAt(world, 200))).toEqual(['step_completed']);
  });

  test('a limit that is no number halts', () => {
    const world = holding({ worstCaseMax: Number.NaN, marginLevelMin: 0.5 });
    expect(statusOf(world.state.causes)).toBe('halted');
  });

  test('without a position nothing is at risk', () => {
    const world = new World(policyWith({ limits: { ...WIDE, extreme: { ...NOTHING_EXTREME, marginLevelMin: 100 } } }));
    expect(kinds(markedAt(world, 1))).toEqual(['step_completed']);
  });

  test('a flatten that is under way is halted, and not begun twice', () => {
    const world = holding({ worstCaseMax: 0.1 });
    world.emit({ kind: 'flatten_started', at: world.now, by: 'servo', reason: 'daily_loss' });
    expect(kinds(markedAt(world, 900)).filter((kind) => kind === 'flatten_started')).toEqual([]);
    expect(statusOf(world.state.causes)).toBe('halted');
  });
});

test('the figures of two positions are added, each in its own money', () => {
  const world = holding({});
  world.step();
  world.open({ ...POUNDS, stopDistance: 100 as never });
  // Pounds: bought at 1.25008 with the stop 100 ticks below: risk of 100 USD ÷ (104 ticks × 0.01 + 0.07) = 90 steps.
  const { quantity } = world.position('GBPUSD');
  expect(quantity).toBe(90);
  expect(bookFigures(world.state)).toEqual({
    margin: usd(517.0376) + usd(1_125.072),
    worstCase: usd(94.94) + usd(102 * 90 * 0.01),
  });
});

/** Days that end at these bids of EURUSD while a long of 47 steps stays open. */
function daysOf(world: World, bids: readonly number[]): void {
  for (const bid of bids) world.pass({ EURUSD: bid, GBPUSD: 125_000, USDJPY: 150_000 }, [], DAY);
}

describe('value at risk of the open book', () => {
  test('is what it would have made on each of the last days, at the last close', () => {
    const world = holding({});
    daysOf(world, [110_000, 111_100, 109_989, 112_000]);
    // The last bid has not ended its day. Closes 110 000, 110 000, 111 100 (+1 %), 109 989 (−1 %): on 109 989 at 0.47 USD a tick.
    const profits = dailyProfits(world.state).map((micros) => Math.round(micros / 10_000) / 100);
    expect(profits).toEqual([0, 516.95, -516.95]);
    expect(bookTail(world.state, 0.99)).toEqual({ days: 3, historical: null, ewma: null });
    expect(bookValueAtRisk(world.state, 0.99)).toBeUndefined();
  });

  test('says nothing before its least number of days, then halts', () => {
    const world = holding({ valueAtRiskMax: 0.1 });
    const zigzag = Array.from({ length: 21 }, (_, i) => (i % 2 === 0 ? 110_000 : 110_550));
    daysOf(world, zigzag.slice(0, 19));
    expect(bookTail(world.state, 0.99)).toMatchObject({ days: 18, ewma: null });
    expect(extremeFloor(world.state)).toBeUndefined();
    daysOf(world, zigzag.slice(19));
    const { days, ewma, historical } = bookTail(world.state, 0.99);
    expect([days, historical]).toEqual([20, null]);
    // Half a per cent to and fro on 47 000 euros, after one day at rest; computed independently.
    expect((ewma?.valueAtRisk ?? 0) / 1e6).toBeCloseTo(595.038_279, 6);
    const floor = extremeFloor(world.state);
    expect(floor?.rule).toBe('value_at_risk');
    const events = markedAt(world, Math.floor(floor?.equity ?? 0) / 1e6);
    expect(kinds(events)).toContain('halted');
  });

  test('history speaks from 60 days on, and the graver of the two decides', () => {
    const world = holding({});
    // One crash long ago, calm since: only history remembers it.
    daysOf(world, [110_000, 105_000, 110_000, ...Array.from({ length: 60 }, (_, i) => 110_000 + (i % 2))]);
    const { historical, ewma } = bookTail(world.state, 0.99);
    expect(historical?.valueAtRisk ?? 0).toBeGreaterThan(ewma?.valueAtRisk ?? Number.POSITIVE_INFINITY);
    expect(bookValueAtRisk(world.state, 0.99)).toBe(historical?.valueAtRisk);
  });

  test('only the last 250 days are kept', () => {
    const world = holding({});
    daysOf(
      world,
      Array.from({ length: 260 }, () => 110_000),
    );
    expect(world.state.markets.get('EURUSD')?.dailyCloses).toHaveLength(251);
    expect(world.state.account.dailyEquity).toHaveLength(251);
    expect(dailyProfits(world.state)).toHaveLength(250);
  });
});

describe('stress', () => {
  const calm = { name: '', moves: {}, adverse: 0, spreadFactor: 1 };
  test('by hand: 47 000 euros at 1.10000', () => {
    const { state } = holding({});
    // 1 % of 1.10000 is 1 100 ticks of 0.47 USD.
    expect(stressProfit(state, { ...calm, adverse: 0.01 })).toBeCloseTo(-517e6, 3);
    expect(stressProfit(state, { ...calm, moves: { fx: -0.03 } })).toBeCloseTo(-1_551e6, 3);
    expect(stressProfit(state, { ...calm, moves: { metal: -0.03 } })).toBe(0);
    // A spread of 8 ticks becomes 80.
    expect(stressProfit(state, { ...calm, spreadFactor: 10 })).toBeCloseTo(-72 * 0.47e6, 3);
  });
});

/** What trades cost, in money, through the whole backtest: every figure worked out by hand. */
import { describe, expect, test } from 'vitest';
import type { BacktestFacts } from '../../src/backtest/run-backtest.ts';
import { DECIDED, dollars, HOUR_MS, OPENING, openOf, play } from './hand-scene.ts';

/** What stands on both sides: cash moved by trades alone, and the costs that trades can say themselves. */
function expectAddsUp({ trades, costs, finalBalance, finalEquity, openPositions }: BacktestFacts): void {
  expect(openPositions).toBe(0);
  const sum = (pick: (trade: (typeof trades)[number]) => number) => trades.reduce((all, each) => all + pick(each), 0);
  expect(costs.commission).toBe(sum(({ commission }) => commission));
  expect(costs.swap).toBe(sum(({ swap }) => swap));
  expect(finalBalance).toBe(OPENING + sum(({ profit }) => profit));
  expect(finalEquity).toBe(finalBalance);
}

test('a buy held over Tuesday’s night and Wednesday’s, which counts three, to its target', async () => {
  // Open from Tuesday 13:00; the trading day ends at 22:00 UTC. Row 134 opens on Wednesday at 22:00, row 140 on Thursday at 4:00.
  const facts = await play({ says: { [DECIDED]: 'buy' }, moved: { 140: { high: 330 } } });
  expect(facts.trades).toHaveLength(1);
  // Ask 110,010 and two ticks of slippage; the target does not slip: 298 ticks of a dollar. Four nights of 8.60 dollars.
  expect(facts.trades[0]).toMatchObject({
    side: 'buy',
    quantity: 100,
    entryPrice: 110_012,
    exitPrice: 110_310,
    openedAt: openOf(101),
    closedAt: openOf(141),
    exitReason: 'take_profit',
    commission: dollars(-7),
    swap: dollars(-34.4),
    profit: dollars(298 - 7 - 34.4),
    slippageTicks: 2,
    spreadTicks: 10,
    stopTicks: 202,
    // The low of a quiet bar is 109,980; its high at the end is not seen beyond the target.
    adverseExcursion: dollars(-32),
    favourableExcursion: dollars(298),
  });
  expect(facts.costs).toEqual({
    commission: dollars(-7),
    swap: dollars(-34.4),
    spread: dollars(-10),
    slippage: dollars(-2),
  });
  expectAddsUp(facts);
  // Closes of row 101 to 139.
  expect(facts.barsInPosition).toBe(39);
});

test('a sell that is stopped out after one night pays slippage twice and earns its swap', async () => {
  // Row 110 opens at 22:00. The ask meets the stop of 110,200 where the bid is 110,190.
  const facts = await play({ says: { [DECIDED]: 'sell' }, moved: { 112: { high: 190 } } });
  expect(facts.trades).toHaveLength(1);
  expect(facts.trades[0]).toMatchObject({
    side: 'sell',
    entryPrice: 109_998,
    exitPrice: 110_202,
    exitReason: 'stop_loss',
    swap: dollars(3.9),
    profit: dollars(-204 - 7 + 3.9),
  });
  expect(facts.costs).toEqual({
    commission: dollars(-7),
    swap: dollars(3.9),
    spread: dollars(-10),
    slippage: dollars(-4),
  });
  expectAddsUp(facts);
});

test('one tick less and the sell stands', async () => {
  const facts = await play({ says: { [DECIDED]: 'sell' }, moved: { 112: { high: 189 } } });
  expect(facts.trades).toEqual([]);
  expect(facts.openPositions).toBe(1);
  // At the last close the ask is 110,010: 12 ticks lost, half the commission, and the nights of Tuesday, of Wednesday, which counts three, and of Thursday, which row 158 begins.
  expect(facts.finalBalance).toBe(OPENING + dollars(-3.5 + 5 * 3.9));
  expect(facts.finalEquity).toBe(facts.finalBalance + dollars(-12));
});

describe('slippage that is drawn', () => {
  test('has the mean that was asked for, and the costs are the sum of its draws', async () => {
    const says: Record<number, 'buy'> = {};
    const moved: Record<number, { high: number }> = {};
    // Decided, filled at that very close, and at its target a bar later.
    for (let row = 100; row < 3_000; row += 4) {
      says[row] = 'buy';
      moved[row + 1] = { high: 1_500 };
    }
    const facts = await play({
      says,
      moved,
      rows: 3_000,
      rules: { slippageTicks: 6, maxSlippage: 0.01, latencyMs: 0, stopAtr: 2, targetAtr: 2 },
      slippageDistribution: 'exponential',
    });
    const { trades, costs } = facts;
    const draws = trades.map(({ slippageTicks }) => slippageTicks);
    expect(draws.length).toBeGreaterThan(600);
    const mean = draws.reduce((sum, each) => sum + each, 0) / draws.length;
    // The deviation of an exponential is its mean: four standard errors.
    expect(Math.abs(mean - 6)).toBeLessThan((4 * 6) / Math.sqrt(draws.length));
    const median = draws.toSorted((a, b) => a - b)[draws.length >> 1] ?? 0;
    // ln 2 of the mean, where a fixed one would have it all.
    expect(Math.abs(median - 6 * Math.LN2)).toBeLessThan(1);
    expect(costs.slippage).toBe(
      -trades.reduce((sum, { slippageTicks, quantity }) => sum + slippageTicks * quantity * 10_000, 0),
    );
    expectAddsUp(facts);
  });
});

describe('which bars are decided on', () => {
  const everyRow = Object.fromEntries(Array.from({ length: 160 }, (_, row) => [row, 'buy' as const]));

  test('from the first close time wished for on, and none of the history', async () => {
    const from = openOf(130) + HOUR_MS;
    const facts = await play({ says: everyRow, from });
    expect(facts.bars).toBe(30);
    expect(facts.decisions[0]?.barClosedAt).toBe(from);
    const later = await play({ says: everyRow, from: from + 1 });
    expect(later.bars).toBe(29);
    const warm = await play({ says: everyRow, from: openOf(50) });
    expect(warm.bars).toBe(70);
    expect(warm.decisions[0]?.barClosedAt).toBe(openOf(91));
    expect(warm.trades.every(({ openedAt }) => openedAt >= openOf(91))).toBe(true);
  });

  test.each([
    ['history alone', { warmupBars: 160 }],
    ['a start after the end', { from: openOf(161) }],
  ])('%s leaves nothing to decide', async (_, change) => {
    await expect(play({ says: everyRow, ...change })).rejects.toThrow(
      /EURUSD: all 160 bars close by .* and are history .* earlier --from, .*less history/,
    );
    await expect(play({ says: everyRow, ...change })).rejects.toThrow(RangeError);
  });

  test('the last bar is one of them', async () => {
    const facts = await play({ says: everyRow, warmupBars: 159 });
    expect(facts.bars).toBe(1);
    expect(facts.decisions.map(({ barClosedAt }) => Number(barClosedAt))).toEqual([openOf(160)]);
  });

  test('no opinion, no trade: the money stays', async () => {
    const facts = await play({ says: {} });
    expect(facts).toMatchObject({ trades: [], decisions: [], bars: 70, flatSignals: 70, barsInPosition: 0 });
    expect(facts.finalEquity).toBe(OPENING);
    expect(facts.costs).toEqual({ commission: 0, swap: 0, spread: 0, slippage: 0 });
  });

  test('buy and hold goes from the first close decided on to the last', async () => {
    const facts = await play({ says: {}, moved: { 90: { close: -10 }, 159: { close: 1_100, high: 1_100 } } });
    expect(facts.buyAndHold).toEqual([
      { symbol: 'EURUSD', from: 109_990, to: 111_100, returned: 111_100 / 109_990 - 1 },
    ]);
  });
});

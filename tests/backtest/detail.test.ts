/** A bar that holds both stop and target is decided by what happened inside it, where that is known; by the pessimistic rule elsewhere. */
import { describe, expect, test } from 'vitest';
import { candleDetail, type Detail, tickDetail } from '../../src/backtest/detail.ts';
import { type Candles, candlesOf, emptyColumns } from '../../src/market/candles.ts';
import type { Ticks } from '../../src/market/ticks.ts';
import { DECIDED, dollars, HOUR_MS, type Moved, openOf, play } from './hand-scene.ts';

/** Down to below the stop and up to above the target in one hour. */
const BOTH = 110;
const BOTH_BAR: Moved = { low: -200, high: 320 };
const buy = { says: { [DECIDED]: 'buy' }, moved: { [BOTH]: BOTH_BAR } } as const;

type Prices = readonly [open: number, high: number, low: number, close: number];

/** Half hours of the rows given, in ticks from 110,000. */
function halves(byRow: Readonly<Record<number, readonly (Prices | undefined)[]>>): Candles {
  const rows = Object.entries(byRow).flatMap(([row, pair]) =>
    pair.flatMap((prices, half) =>
      prices === undefined ? [] : [{ openAt: openOf(Number(row)) + half * (HOUR_MS / 2), prices }],
    ),
  );
  const columns = emptyColumns(rows.length);
  for (const [i, { openAt, prices }] of rows.entries()) {
    const [open, high, low, close] = prices.map((ticks) => 110_000 + ticks);
    columns.openAt[i] = openAt;
    columns.open[i] = open ?? 0;
    columns.high[i] = high ?? 0;
    columns.low[i] = low ?? 0;
    columns.close[i] = close ?? 0;
    columns.spread[i] = 10;
  }
  return candlesOf('EURUSD', 'M30', columns, rows.length);
}

const DOWN: Prices = [0, 10, -200, 0];
const UP: Prices = [0, 320, -10, 0];

/** Entered at 110,012: 298 ticks up to the target; 202 down to the stop and two of slippage. */
const WON = dollars(298);
const LOST = dollars(-204);

async function outcome(detail: Detail | undefined, fillRule?: 'optimistic'): Promise<unknown> {
  const facts = await play({ ...buy, ...(detail && { detail }), ...(fillRule && { fillRule }) });
  const [trade] = facts.trades;
  expect(facts.trades).toHaveLength(1);
  expect(trade?.closedAt).toBeGreaterThan(openOf(BOTH));
  expect(trade?.closedAt).toBeLessThanOrEqual(openOf(BOTH + 1));
  const gross = (trade?.profit ?? 0) - (trade?.commission ?? 0) - (trade?.swap ?? 0);
  return { gross, ambiguous: facts.ambiguousBars, closedAt: trade?.closedAt };
}

const AT_CLOSE = openOf(BOTH + 1);
const HALF_WAY = openOf(BOTH) + HOUR_MS / 2;

describe('the band', () => {
  test('without detail the rule decides, and says so', async () => {
    expect(await outcome(undefined)).toEqual({ gross: LOST, ambiguous: 1, closedAt: AT_CLOSE });
    expect(await outcome(undefined, 'optimistic')).toEqual({ gross: WON, ambiguous: 1, closedAt: AT_CLOSE });
  });

  test('each bar that holds both counts once, no other does, and the better reading earns no less', async () => {
    const says: Record<number, 'buy' | 'sell'> = {};
    const moved: Record<number, Moved> = {};
    const wide = { low: -400, high: 400 };
    for (let i = 0; i < 12; i++) {
      const row = 100 + i * 60;
      says[row] = i % 2 === 0 ? 'buy' : 'sell';
      // Every third is stopped, or ends at its target, on a bar that holds one of them alone.
      moved[row + 5] = i % 3 < 2 ? wide : i % 2 === 0 ? { low: -250 } : { low: -350 };
    }
    const scene = { says, moved, rows: 900 };
    const pessimistic = await play(scene);
    const optimistic = await play({ ...scene, fillRule: 'optimistic' });
    expect(pessimistic.trades).toHaveLength(12);
    expect(optimistic.trades.map(({ openedAt }) => openedAt)).toEqual(
      pessimistic.trades.map(({ openedAt }) => openedAt),
    );
    expect([pessimistic.ambiguousBars, optimistic.ambiguousBars]).toEqual([8, 8]);
    const better = optimistic.trades.map(({ profit }, i) => profit - (pessimistic.trades[i]?.profit ?? 0));
    expect(better.filter((gain) => gain > 0)).toHaveLength(8);
    expect(better.filter((gain) => gain === 0)).toHaveLength(4);
    expect(optimistic.finalEquity).toBeGreaterThan(pessimistic.finalEquity);
  });
});

describe('finer candles', () => {
  test.each([
    ['down first', [DOWN, UP], LOST],
    ['up first', [UP, DOWN], WON],
  ])('say the order: %s', async (_, pair, gross) => {
    const detail = candleDetail(halves({ [BOTH]: pair }));
    for (const rule of [undefined, 'optimistic'] as const) {
      expect(await outcome(detail, rule)).toEqual({ gross, ambiguous: 0, closedAt: HALF_WAY });
    }
  });

  test('a finer candle that holds both is decided by the rule', async () => {
    const detail = candleDetail(
      halves({
        [BOTH]: [
          [0, 320, -200, 0],
          [0, 5, -5, 0],
        ],
      }),
    );
    expect(await outcome(detail)).toEqual({ gross: LOST, ambiguous: 1, closedAt: HALF_WAY });
    expect(await outcome(detail, 'optimistic')).toMatchObject({ gross: WON, ambiguous: 1 });
  });

  test.each([
    ['the half with the stop', [undefined, UP]],
    ['the half with the target', [DOWN, undefined]],
    ['everything', []],
  ])('where %s is missing, the bar is decided as without detail', async (_, pair) => {
    const detail = candleDetail(halves({ [BOTH]: pair, 130: [[0, 20, -20, 0]] }));
    expect(await outcome(detail)).toEqual({ gross: LOST, ambiguous: 1, closedAt: AT_CLOSE });
  });

  test('a last quiet part may be missing', async () => {
    const detail = candleDetail(halves({ [BOTH]: [[0, 320, -200, 0]] }));
    expect(await outcome(detail)).toEqual({ gross: LOST, ambiguous: 1, closedAt: HALF_WAY });
  });

  test('that close elsewhere than their bar change no price that is decided on', async () => {
    const rows = Object.fromEntries(
      [99, 100, 101].map((row) => [
        row,
        [
          [0, 20, -20, 3],
          [3, 20, -20, 7],
        ] as Prices[],
      ]),
    );
    const facts = await play({ ...buy, detail: candleDetail(halves(rows)), rules: { latencyMs: 0 } });
    expect(facts.trades[0]).toMatchObject({ entryPrice: 110_012, openedAt: openOf(101) });
  });

  test('through quiet bars a position is held as without them', async () => {
    const moved = { 140: { high: 330 } };
    const quiet: readonly Prices[] = [
      [0, 20, -20, 0],
      [0, 9, -9, 0],
    ];
    const rows = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => 100 + i)
        .filter((row) => row !== 140)
        .map((row) => [row, quiet]),
    );
    const without = await play({ says: buy.says, moved });
    const detailed = await play({ says: buy.says, moved, detail: candleDetail(halves(rows)) });
    expect(detailed.trades).toEqual(without.trades);
    expect(detailed.stateHash).toBe(without.stateHash);
    expect(detailed.curve).toEqual(without.curve);
    expect(detailed.barsInPosition).toBe(without.barsInPosition);
  });
});

/** Ticks from 110,000 at minutes of a row, with the spread. */
function ticksIn(row: number, quotes: readonly (readonly [minute: number, bid: number, spread?: number])[]): Ticks {
  return {
    at: Float64Array.from(quotes, ([minute]) => openOf(row) + minute * 60_000),
    bid: Int32Array.from(quotes, ([, bid]) => 110_000 + bid),
    ask: Int32Array.from(quotes, ([, bid, spread = 10]) => 110_000 + bid + spread),
  };
}

describe('ticks', () => {
  test('the stop fills at the first tick that reaches it, two ticks worse', async () => {
    const detail = tickDetail(
      ticksIn(BOTH, [
        [0, 0],
        [10, -195],
        [11, -200],
        [40, 320],
        [59, 0],
      ]),
    );
    // At 109,805 - 2, from 110,012.
    expect(await outcome(detail)).toEqual({ gross: dollars(-209), ambiguous: 0, closedAt: openOf(BOTH) + 600_000 });
  });

  test('the target fills at the first tick that reaches it', async () => {
    const detail = tickDetail(
      ticksIn(BOTH, [
        [0, 0],
        [10, 309],
        [11, 312],
        [12, 320],
        [40, -200],
        [59, 0],
      ]),
    );
    expect(await outcome(detail)).toEqual({ gross: dollars(300), ambiguous: 0, closedAt: openOf(BOTH) + 660_000 });
  });

  test('of quotes of one moment the last stands; an ask below its bid is no spread', async () => {
    const detail = tickDetail(
      ticksIn(BOTH, [
        [0, 0],
        [10, -100],
        [10, 315, -4],
        [12, 320],
        [40, -200],
        [59, 0],
      ]),
    );
    expect(await outcome(detail)).toMatchObject({ gross: dollars(303), closedAt: openOf(BOTH) + 600_000 });
  });

  test('that miss the low of the bar decide nothing', async () => {
    const detail = tickDetail(
      ticksIn(BOTH, [
        [0, 0],
        [10, -199],
        [11, 320],
        [59, 0],
      ]),
    );
    expect(await outcome(detail)).toEqual({ gross: LOST, ambiguous: 1, closedAt: AT_CLOSE });
  });

  test('a wide spread stops a sell that the bar leaves alone, unless the test has a spread of its own', async () => {
    // Its stop is 110,200; the bid never passes 110,180.
    const scene = { says: { [DECIDED]: 'sell' as const }, moved: { [BOTH]: { high: 180 } } };
    const quotes = ticksIn(BOTH, [
      [0, 0],
      [5, -20],
      [10, 165, 40],
      [20, 180],
      [59, 0],
    ]);
    const wide = await play({ ...scene, detail: tickDetail(quotes) });
    expect(wide.trades[0]).toMatchObject({ exitPrice: 110_207, closedAt: openOf(BOTH) + 600_000 });
    expect((await play({ ...scene, detail: tickDetail(quotes, 10 as never) })).trades).toEqual([]);
    expect((await play(scene)).trades).toEqual([]);
  });
});

/** Several symbols on one account: other currencies, other trading hours, other lengths. The engine and the plain loop must end the same. */
import { describe, expect, test } from 'vitest';
import type { Bar } from '../../src/domain/market.ts';
import type { Mandate, PositionPolicy } from '../../src/domain/policy.ts';
import { price } from '../../src/domain/units.ts';
import { instrumentOf, randomBars } from '../domain/random-bars.ts';
import { removeModelFoldersAfterwards } from '../inference/fixtures.ts';
import { tradesIn } from '../support/world.ts';
import { bothWays, configWith, expectSame, inEngine, leaningModel } from './both-ways.ts';

removeModelFoldersAfterwards();

const WARMUP_BARS = 600;
const HOUR_MS = 3_600_000;
const model = leaningModel({ names: ['rsi', 'trend_20'], weights: [0.04, 0.3], bias: -2 });

const barsOf = (symbol: string, seed: string, count = 1_500, startPrice = 110_000): Bar[] =>
  randomBars({ count, seed, instrument: instrumentOf(symbol), startPrice });

/** Of those that open between these hours of UTC. */
const inHours = (bars: readonly Bar[], from: number, to: number): Bar[] =>
  bars.filter(({ openAt }) => {
    const hour = (openAt % (24 * HOUR_MS)) / HOUR_MS;
    return hour >= from && hour < to;
  });

const EUR = barsOf('EURUSD', 'euro');
const JPY = barsOf('USDJPY', 'yen', 1_500, 150_000);
const GBP = barsOf('GBPUSD', 'pound', 1_500, 127_000);
const CROSS = barsOf('EURGBP', 'cross', 1_500, 86_000);

const BY_DOLLAR_YEN = { USDJPY: { kind: 'divide', symbol: 'USDJPY' } } as const;
const EVERY_RULE: Partial<PositionPolicy> = {
  trailing: { kind: 'chandelier', atrMultiple: 2, startR: 0.4 },
  breakEven: { after: 0.5, unit: 'r' },
  timeStop: { bars: 15, belowR: 0.4 },
  profitLadder: [
    { atR: 0.45, fraction: 0.3 },
    { atR: 0.9, fraction: 0.3 },
  ],
};
const BY_POUND = { EURGBP: { kind: 'multiply', symbol: 'GBPUSD' } } as const;

/** Every so many bars the price opens elsewhere, up and down by turns. */
const withGaps = (bars: readonly Bar[], every: number, ticks: number): Bar[] =>
  bars.map((bar, i) => {
    const shift = Math.floor(i / every) % 2 === 0 ? 0 : ticks;
    const moved = (value: number) => price(value + shift);
    return { ...bar, open: moved(bar.open), high: moved(bar.high), low: moved(bar.low), close: moved(bar.close) };
  });

/** Sizes leave it whole at every stop: only what passes a stop takes it to its buffer. */
const DAILY_MANDATE: Mandate = {
  dailyLoss: 0.01,
  maxLoss: null,
  trailing: null,
  maxLots: null,
  buffer: 0.2,
  timezone: 'Europe/Athens',
  dayStartMinutes: 0,
};

describe('the engine ends where the plain loop ends', () => {
  test('a currency that its own price converts', { timeout: 30_000 }, async () => {
    const config = configWith(model, ['EURUSD', 'USDJPY'], BY_DOLLAR_YEN);
    const both = await bothWays({ config, bars: [...EUR, ...JPY], warmupBars: WARMUP_BARS });
    expectSame(both, 40);
    expect(new Set(both.measured.trades.map(({ symbol }) => symbol)).size).toBe(2);
  });

  test('a cross that another symbol converts, whatever the order of the symbols', { timeout: 30_000 }, async () => {
    const bars = [...CROSS, ...GBP, ...EUR];
    const config = configWith(model, ['EURGBP', 'EURUSD', 'GBPUSD'], BY_POUND);
    const both = await bothWays({ config, bars, warmupBars: WARMUP_BARS });
    expectSame(both, 40);
    const turned = configWith(model, ['GBPUSD', 'EURGBP', 'EURUSD'], BY_POUND);
    const again = await inEngine({
      config: turned,
      bars: [...bars].reverse().toSorted(byTime),
      warmupBars: WARMUP_BARS,
    });
    expect(again.stateHash).toBe(both.measured.stateHash);
    expect(again.trades).toEqual(both.measured.trades);
  });

  test('a mandate that stops when a gap passes the stop of one, closes the other, and forgives at midnight', {
    timeout: 30_000,
  }, async () => {
    const config = configWith(model, ['EURUSD', 'GBPUSD'], {}, (eager) => ({
      ...eager,
      limits: { ...eager.limits, riskPerTrade: 0.005 },
      mandate: DAILY_MANDATE,
    }));
    const bars = [...withGaps(EUR, 50, 3000), ...GBP];
    const both = await bothWays({ config, bars, warmupBars: WARMUP_BARS });
    expectSame(both, 20);
    const stopped = both.plain.events.filter(({ kind }) => kind === 'mandate_stopped');
    expect(new Set(stopped.map(({ at }) => Math.floor(at / (24 * HOUR_MS)))).size).toBeGreaterThan(1);
    expect(tradesIn(both.plain.events).map(({ exitReason }) => exitReason)).toContain('mandate');
  });

  test('other trading hours: nights are charged when its market opens, whoever opened the day', {
    timeout: 30_000,
  }, async () => {
    const far = configWith(model, ['EURUSD', 'XAUUSD']);
    const stops = { ...far.trading.stops, stopAtr: 6, targetAtr: 8 };
    const config = { ...far, trading: { ...far.trading, stops } };
    // The euro opens every day; gold follows two hours later.
    const bars = [
      ...inHours(barsOf('EURUSD', 'hours', 7_000), 12, 18),
      ...inHours(barsOf('XAUUSD', 'gold', 7_000, 210_000), 14, 20),
    ];
    const both = await bothWays({ config, bars, warmupBars: WARMUP_BARS });
    expectSame(both, 8);
    const overnight = tradesIn(both.plain.events).filter(({ symbol, swap }) => symbol === 'XAUUSD' && swap !== 0);
    expect(overnight.length).toBeGreaterThan(0);
    // The account is marked the same at every close time, not at the end alone.
    const marks = new Map(
      both.plain.events.flatMap((event) => (event.kind === 'equity_marked' ? [[Number(event.at), event.equity]] : [])),
    );
    const { at, equity } = both.measured.curve;
    let compared = 0;
    for (const [i, moment] of at.entries()) {
      if (!marks.has(moment)) continue;
      expect(equity[i]).toBe(marks.get(moment));
      compared += 1;
    }
    expect(compared).toBeGreaterThan(200);
  });

  test('every rule for open positions at once, over several positions and currencies', {
    timeout: 30_000,
  }, async () => {
    const far = configWith(
      model,
      ['EURGBP', 'EURUSD', 'GBPUSD', 'USDJPY'],
      { ...BY_POUND, ...BY_DOLLAR_YEN },
      (plain) => ({
        ...plain,
        execution: { ...plain.execution, position: { ...plain.execution.position, ...EVERY_RULE } },
      }),
    );
    const bars = [...CROSS, ...GBP.slice(300), ...inHours(EUR, 6, 20), ...JPY];
    const both = await bothWays({ config: far, bars, warmupBars: WARMUP_BARS });
    expectSame(both, 40);
    const asked = both.plain.events.flatMap((event) =>
      event.kind === 'reduce_requested' ? [event.intent.reason as string] : [],
    );
    // The report tells of parts that were closed what the journal tells.
    const parts = both.plain.events.flatMap((event) =>
      event.kind === 'fill_applied' && event.fill.effect === 'close' && event.trade === undefined ? [event.cash] : [],
    );
    expect(parts.length).toBeGreaterThan(5);
    expect(both.measured.partCloses).toEqual([
      { reason: 'take_profit_ladder', count: parts.length, profit: parts.reduce((sum, cash) => sum + cash, 0) },
    ]);
    for (const reason of ['time_stop', 'take_profit_ladder', 'break_even', 'trailing_stop']) {
      expect(asked.filter((each) => each === reason).length, reason).toBeGreaterThan(5);
    }
  });

  test('symbols that begin later and end earlier', { timeout: 30_000 }, async () => {
    const config = configWith(model, ['EURGBP', 'EURUSD', 'GBPUSD'], BY_POUND);
    const bars = [...CROSS.slice(0, 1_300), ...EUR, ...GBP.slice(700)];
    const both = await bothWays({ config, bars, warmupBars: WARMUP_BARS });
    expectSame(both, 30);
    // What converts the cross has no price before row 700: nothing is traded on a rate from later.
    const from = GBP[700]?.closeAt ?? Number.NaN;
    const cross = both.measured.trades.filter(({ symbol }) => symbol === 'EURGBP');
    expect(cross.length).toBeGreaterThan(3);
    for (const { openedAt } of cross) expect(openedAt).toBeGreaterThanOrEqual(from);
  });
});

const byTime = (a: Bar, b: Bar): number => a.closeAt - b.closeAt;

/** Both feeds by their port: history first, then close time after close time, at a pace, from wherever the servo stopped. */
import { describe, expect, test } from 'vitest';
import type { Bar } from '../../src/domain/market.ts';
import type { BarFeed } from '../../src/domain/ports.ts';
import { CandleFileError } from '../../src/market/candle-file-error.ts';
import { replayFeed } from '../../src/market/replay-feed.ts';
import { SIMULATION_START_AT, simulatorFeed } from '../../src/market/simulator-feed.ts';
import { drain, type HandClock, handClock, instrument, temporaryFile, utc } from './market-support.ts';

const M5 = 300_000;
const START = utc('2026-01-05T00:00:00Z');

interface SimulatedOptions {
  readonly symbols?: readonly string[];
  readonly seed?: number;
  readonly warmupBars?: number;
  readonly barEveryMs?: number;
  readonly barsMax?: number;
  readonly clock?: HandClock;
}

const simulated = ({ symbols = ['EURUSD', 'BTCUSD'], ...options }: SimulatedOptions = {}): BarFeed =>
  simulatorFeed({
    instruments: symbols.map((symbol) => ({ instrument: instrument(symbol), timeframe: 'M5' as const })),
    seed: 7,
    warmupBars: 100,
    barEveryMs: 0,
    clock: handClock(),
    ...options,
  });

const row = (openAt: number, close: string): string =>
  `${new Date(openAt).toISOString()},1.10000,1.20000,1.00000,${close},10`;
const candleFile = (openTimes: readonly number[]): string =>
  temporaryFile(['time,open,high,low,close,volume', ...openTimes.map((at) => row(at, '1.10000'))].join('\n'));
const everyBar = (count: number): number[] => Array.from({ length: count }, (_, i) => START + i * M5);

interface ReplayOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly speed?: number | 'max';
  readonly warmupBars?: number;
  readonly clock?: HandClock;
}

const replayed = ({ files, ...options }: ReplayOptions = {}): BarFeed =>
  replayFeed({
    files: Object.entries(files ?? { EURUSD: candleFile(everyBar(50)) }).map(([symbol, path]) => ({
      instrument: instrument(symbol),
      timeframe: 'M5' as const,
      path,
    })),
    speed: 'max',
    warmupBars: 10,
    defaultSpreadPoints: 12,
    clock: handClock(),
    ...options,
  });

const closeTimes = (bars: readonly Bar[]): number[] => [...new Set(bars.map((bar) => bar.closeAt))];
const ordered = (bars: readonly Bar[]): Bar[] =>
  bars.toSorted((a, b) => a.closeAt - b.closeAt || (a.symbol < b.symbol ? -1 : 1));

describe.each([
  ['simulator', () => simulated({ barsMax: 40 })],
  ['replay', () => replayed()],
])('the %s feed', (_name, open) => {
  test('gives history, then every later close time in order, then ends', () => {
    const feed = open();
    const history = feed.history();
    const due = drain(feed);
    const all = [...history, ...due];
    expect(all).toEqual(ordered(all));
    expect(closeTimes(due)).toHaveLength(40);
    expect(due[0]?.closeAt).toBe((history.at(-1)?.closeAt ?? 0) + M5);
    expect(feed.due(due.at(-1)?.closeAt)).toEqual({ kind: 'ended' });
    feed.close();
  });

  test('asked twice, answers twice the same', () => {
    const feed = open();
    expect(feed.due(undefined)).toEqual(feed.due(undefined));
    const [first] = drain(feed);
    expect(feed.due(first?.closeAt)).toEqual(feed.due(first?.closeAt));
    expect(feed.history()).toEqual(feed.history());
  });

  test('a restarted servo goes on where it stopped, at any bar', () => {
    const whole = drain(open());
    for (const stoppedAt of [0, 1, 17, 38]) {
      const stop = closeTimes(whole)[stoppedAt] as Bar['closeAt'];
      expect(drain(open(), stop)).toEqual(whole.filter((bar) => bar.closeAt > stop));
    }
  });

  test('never gives a bar of its history again, however early it is asked from', () => {
    const feed = open();
    const early = feed.history()[0]?.closeAt;
    expect(feed.due(early)).toEqual(feed.due(undefined));
  });
});

describe('the simulator feed', () => {
  test('says what it is', () => {
    const feed = simulated({ seed: 42, barEveryMs: 2000 });
    expect(feed.description).toBe('SIMULATED market, seed 42, a bar every 2 s');
    expect(feed.simulated).toBe(true);
  });

  test('starts on the same Monday at any time of the wall', () => {
    expect(SIMULATION_START_AT).toBe(START);
    expect(simulated().history()[0]?.openAt).toBe(START);
  });

  test('warms up with 1500 close times and shows a bar each 2 s by default', () => {
    const clock = handClock();
    const instruments = [{ instrument: instrument('EURUSD'), timeframe: 'M5' as const }];
    const feed = simulatorFeed({ instruments, seed: 7, clock });
    expect(feed.history()).toHaveLength(1500);
    const first = feed.due(undefined);
    const firstAt = first.kind === 'bars' ? first.bars[0]?.closeAt : undefined;
    expect(feed.due(firstAt)).toEqual({ kind: 'wait', inMs: 2000 });
  });

  test('a symbol is the same market in any company', () => {
    const alone = drain(simulated({ symbols: ['EURUSD'], barsMax: 50 }));
    const together = drain(simulated({ symbols: ['XAUUSD', 'EURUSD', 'BTCUSD'], barsMax: 50 }));
    expect(together.filter((bar) => bar.symbol === 'EURUSD')).toEqual(alone);
    expect(together.slice(0, 3).map((bar) => bar.symbol)).toEqual(['BTCUSD', 'EURUSD', 'XAUUSD']);
  });

  test('at the weekend only crypto falls due', () => {
    const bars = drain(simulated({ barsMax: 2300 }));
    const onSaturday = bars.filter((bar) => new Date(bar.openAt).getUTCDay() === 6);
    expect(new Set(onSaturday.map((bar) => bar.symbol))).toEqual(new Set(['BTCUSD']));
    expect(bars.some((bar) => bar.symbol === 'EURUSD' && bar.openAt >= utc('2026-01-11T22:00:00Z'))).toBe(true);
  });

  test('has no end of its own', () => {
    expect(drain(simulated({ symbols: ['EURUSD'] }), utc('2026-06-01T00:00:00Z'), 3)).toHaveLength(3);
  });
});

describe('pacing', () => {
  /** Waits as told until a bar is due; returns when that was. */
  function takeNext(
    feed: BarFeed,
    clock: HandClock,
    after: Bar['closeAt'] | undefined,
  ): { at: number; closeAt: Bar['closeAt'] } {
    const due = feed.due(after);
    if (due.kind === 'ended') throw new Error('the feed ended');
    if (due.kind === 'wait') {
      clock.pass(due.inMs);
      return takeNext(feed, clock, after);
    }
    const closeAt = due.bars[0]?.closeAt;
    if (closeAt === undefined) throw new Error('no bar is due');
    return { at: clock.monotonic() - 5000, closeAt };
  }

  function takeMany(feed: BarFeed, clock: HandClock, workMs: readonly number[]): number[] {
    let after: Bar['closeAt'] | undefined;
    return workMs.map((ms) => {
      const { at, closeAt } = takeNext(feed, clock, after);
      after = closeAt;
      clock.pass(ms);
      return at;
    });
  }

  test('the first bar is due when first asked for, the next each an interval later, work included', () => {
    const clock = handClock();
    expect(takeMany(simulated({ barEveryMs: 2000, clock }), clock, [300, 1999, 0, 700])).toEqual([0, 2000, 4000, 6000]);
  });

  test('a pause is not caught up with a flood', () => {
    const clock = handClock();
    const feed = simulated({ barEveryMs: 2000, clock });
    expect(takeMany(feed, clock, [0, 60_000, 0, 0, 0])).toEqual([0, 2000, 62_000, 64_000, 66_000]);
  });

  test('asking early does not move the time', () => {
    const clock = handClock();
    const feed = simulated({ barEveryMs: 2000, clock });
    const { closeAt } = takeNext(feed, clock, undefined);
    clock.pass(500);
    expect(feed.due(closeAt)).toEqual({ kind: 'wait', inMs: 1500 });
    clock.pass(1000);
    expect(feed.due(closeAt)).toEqual({ kind: 'wait', inMs: 500 });
    clock.pass(500);
    expect(feed.due(closeAt).kind).toBe('bars');
    expect(feed.due(closeAt).kind).toBe('bars');
  });

  test('a restarted servo gets its first bar at once', () => {
    const clock = handClock();
    const later = drain(simulated({ barsMax: 20 })).at(-1)?.closeAt;
    expect(takeNext(simulated({ barEveryMs: 2000, clock }), clock, later).at).toBe(0);
  });

  test.each([
    [60, 5000],
    [1, 300_000],
    [0.5, 600_000],
  ])('a replay at %dx shows an M5 bar each %d ms', (speed, everyMs) => {
    const clock = handClock();
    expect(takeMany(replayed({ speed, clock }), clock, [10, 20, 30])).toEqual([0, everyMs, 2 * everyMs]);
  });

  test('hours without candles pass in the time of one bar', () => {
    const clock = handClock();
    const weekend = everyBar(4).map((at, i) => (i < 2 ? at : at + 49 * 3_600_000));
    const feed = replayed({ files: { EURUSD: candleFile(weekend) }, warmupBars: 0, speed: 60, clock });
    expect(takeMany(feed, clock, [0, 0, 0, 0])).toEqual([0, 5000, 10_000, 15_000]);
  });

  test('at full speed nothing waits', () => {
    const clock = handClock();
    drain(replayed({ clock }));
    expect(clock.monotonic()).toBe(5000);
  });
});

describe('the replay feed', () => {
  test('says what it replays, and is not simulated', () => {
    const feed = replayed({ speed: 60 });
    expect(feed.description).toBe('replay of 50 M5 bars of EURUSD from 2026-01-05 00:00 to 2026-01-05 04:10; 60x');
    expect(feed.simulated).toBe(false);
  });

  test('shows every bar of its files, from the first to the last', () => {
    const feed = replayed();
    expect([...feed.history(), ...drain(feed)].map((bar) => bar.openAt)).toEqual(everyBar(50));
  });

  test('merges symbols by close time, each with the bars it has', () => {
    const files = { XAUUSD: candleFile(everyBar(6)), EURUSD: candleFile(everyBar(8).filter((_, i) => i !== 3)) };
    const feed = replayed({ files, warmupBars: 2 });
    expect(feed.history().map((bar) => bar.symbol)).toEqual(['EURUSD', 'XAUUSD', 'EURUSD', 'XAUUSD']);
    const rest = drain(feed).map((bar) => `${(bar.openAt - START) / M5} ${bar.symbol}`);
    expect(rest).toEqual([
      '2 EURUSD',
      '2 XAUUSD',
      '3 XAUUSD',
      '4 EURUSD',
      '4 XAUUSD',
      '5 EURUSD',
      '5 XAUUSD',
      '6 EURUSD',
      '7 EURUSD',
    ]);
  });

  test('finds its place between two bars and beyond the last', () => {
    const feed = replayed();
    const between = utc('2026-01-05T02:02:00Z');
    expect(feed.due(between)).toMatchObject({ kind: 'bars', bars: [{ closeAt: utc('2026-01-05T02:05:00Z') }] });
    expect(feed.due(utc('2026-02-01T00:00:00Z'))).toEqual({ kind: 'ended' });
  });

  test('refuses a file that the history takes whole', () => {
    const path = candleFile(everyBar(10));
    const open = () => replayed({ files: { EURUSD: path }, warmupBars: 10 });
    expect(open).toThrow(CandleFileError);
    expect(open).toThrow(`${path}: the history takes all its 10 bars; give a longer file or less history`);
  });

  test('refuses a file with faults', () => {
    expect(() => replayed({ files: { EURUSD: temporaryFile('') } })).toThrow(CandleFileError);
  });
});

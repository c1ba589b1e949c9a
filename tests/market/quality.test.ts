/** The quality check: one clean market, and each fault put into it by hand. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AssetClass } from '../../src/domain/instrument.ts';
import { TIMEFRAMES, type Timeframe } from '../../src/domain/market.ts';
import { seededRandom } from '../../src/domain/random.ts';
import type { UnixMs } from '../../src/domain/units.ts';
import { localParts, zoneOffsetMs } from '../../src/domain/zone.ts';
import { type Candles, candlesOf, emptyColumns } from '../../src/market/candles.ts';
import { fileClock } from '../../src/market/file-clock.ts';
import { gridOf } from '../../src/market/library/recording.ts';
import { openCandles } from '../../src/market/open-candles.ts';
import { isHoliday } from '../../src/market/quality/holidays.ts';
import { blockingReasons, qualityOf, tickQualityOf } from '../../src/market/quality/quality.ts';
import { replayFeed } from '../../src/market/replay-feed.ts';
import { tradingWeekOf } from '../../src/market/trading-hours.ts';
import { handClock, instrument, temporaryFile, utc } from './market-support.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface World {
  readonly from: string;
  readonly weeks: number;
  readonly timeframe: Timeframe;
  readonly assetClass: AssetClass;
  /** Bars to leave out. */
  readonly without?: (at: number) => boolean;
  /** The clock that a file shows and whose times are taken for UTC. */
  readonly clock?: string;
}

/** A random walk in the market's hours, with a spread and a volume; New Year and the like are traded. */
function market({ from, weeks, timeframe, assetClass, without = () => false, clock = 'UTC' }: World): Candles {
  const period = TIMEFRAMES[timeframe];
  const start = utc(from);
  const count = Math.ceil((weeks * 7 * DAY) / period);
  const columns = emptyColumns(count);
  const random = seededRandom(5);
  const wall = fileClock(clock);
  let [row, close] = [0, 110_000];
  for (let i = 0; i < count; i++) {
    const at = start + i * period;
    const { opensAt, closesAt } = tradingWeekOf(assetClass, at as typeof start);
    if (at < opensAt || at >= closesAt || without(at)) continue;
    const open = close;
    close = Math.round(open + 12 * random.normal());
    columns.openAt[row] = wall.fromUtc(at);
    columns.open[row] = open;
    columns.close[row] = close;
    columns.high[row] = Math.max(open, close) + 3;
    columns.low[row] = Math.min(open, close) - 3;
    columns.spread[row] = 6 + (row % 5);
    columns.volume[row] = 100 + (row % 9);
    row += 1;
  }
  return candlesOf('EURUSD', timeframe, columns, row);
}

const YEAR: World = { from: '2024-01-07T00:00:00Z', weeks: 50, timeframe: 'H1', assetClass: 'fx' };
const FX = { assetClass: 'fx' } as const;
const finding = (candles: Candles, kind: string) => qualityOf(candles, FX).findings.find((each) => each.kind === kind);

test('a clean year is ok in every respect', () => {
  const report = qualityOf(market(YEAR), FX);
  expect(report.findings.map(({ kind, verdict }) => `${kind} ${verdict}`)).toEqual([
    'order ok',
    'candles ok',
    'gaps ok',
    'clock ok',
    'spikes ok',
    'stale ok',
    'spread ok',
    'volume ok',
  ]);
  expect([report.verdict, report.rows, report.gaps]).toEqual(['ok', 50 * 120, []]);
  expect(report.findings[3]?.text).toBe('100.00 % of 49 weeks begin at 17:00 on Sunday in New York');
});

describe('gaps', () => {
  test('of open hours are listed; weekends, a daily break and holidays are not', () => {
    const lost = [utc('2024-06-12T08:00:00Z'), utc('2024-06-13T20:00:00Z')] as const;
    const candles = market({
      ...YEAR,
      without: (at) =>
        (at >= lost[0] && at < lost[1]) || // 36 hours of an open market
        isHoliday(Math.floor((at + zoneOffsetMs('America/New_York', at as UnixMs)) / DAY)) ||
        // Two hours from five in New York on, every day: this source rests.
        [17, 18].includes(localParts('America/New_York', at as UnixMs).hour),
    });
    const report = qualityOf(candles, FX);
    // Of 36 hours, 8:00 to 20:00 the next day, those at 21:00 and 22:00 (five and six in New York) are the source's own rest.
    expect(report.gaps).toEqual([{ from: lost[0], to: lost[1], missingBars: 34 }]);
    expect(report.findings.find(({ kind }) => kind === 'gaps')).toMatchObject({ verdict: 'warn' });
    expect(report.findings.find(({ kind }) => kind === 'gaps')?.text).toMatch(
      /^1 gap within the session, 34 bars \(0\.\d\d %\), the longest 1 d 10 h of open market; \d+ bars at holidays, 0 in quiet moments$/,
    );
  });

  test('that take a quarter of the market block', () => {
    const candles = market({
      ...YEAR,
      without: (at) => new Date(at).getUTCMonth() < 5 && new Date(at).getUTCMonth() > 0,
    });
    expect(finding(candles, 'gaps')).toMatchObject({ verdict: 'block' });
  });

  test('of a quarter of an hour are quiet moments', () => {
    const candles = market({ ...YEAR, weeks: 2, timeframe: 'M5', without: (at) => at % (4 * HOUR) < 900_000 });
    expect(finding(candles, 'gaps')).toMatchObject({ verdict: 'ok' });
    expect(finding(candles, 'gaps')?.text).toMatch(
      /^none within the session; \d+ bars at holidays, 1\d\d in quiet moments$/,
    );
  });
});

describe('the clock', () => {
  test.each([
    ['America/New_York+7h', 'America/New_York+7h', 'block'],
    ['America/New_York+5h', 'America/New_York+5h', 'warn'],
    ['Europe/Athens', 'Europe/Athens', 'block'],
    ['UTC+2', 'UTC+2', 'block'],
    ['UTC+1', 'UTC+1', 'warn'],
  ])('of %s taken for UTC is found', (clock, found, verdict) => {
    const clocked = finding(market({ ...YEAR, clock }), 'clock');
    expect(clocked).toMatchObject({ verdict });
    expect(clocked?.text).toContain(`Import the export again with --clock "${found}"`);
  });

  test('of a market without weeks is not asked', () => {
    const candles = market({ ...YEAR, assetClass: 'crypto' });
    const kinds = qualityOf(candles, { assetClass: 'crypto' }).findings.map(({ kind }) => kind);
    expect(kinds).not.toContain('clock');
    expect(qualityOf(candles, { assetClass: undefined }).verdict).toBe('ok');
  });
});

/** Changes bars of the clean year in place. */
function changed(change: (columns: Candles) => void): Candles {
  const candles = market(YEAR);
  change(candles);
  return candles;
}

describe('bars', () => {
  test('twice or out of order block', () => {
    const twice = changed(({ openAt }) => openAt.set([openAt[5]!], 6));
    expect(finding(twice, 'order')).toEqual({
      kind: 'order',
      verdict: 'block',
      text: 'times that stand twice: 1, that go back: 0; sort and clean the file',
    });
  });

  test('with a close outside their range block', () => {
    const broken = changed(({ close, high }) => close.set([high[9]! + 1], 9));
    expect(finding(broken, 'candles')).toMatchObject({
      verdict: 'block',
      text: 'bars whose open or close lies outside low to high: 1',
    });
  });

  test('that jump and come back are spikes; those that stay away are news', () => {
    const jump = (columns: Candles, at: number, last: number) => {
      for (const name of ['open', 'high', 'low', 'close'] as const) {
        for (let i = at; i <= last; i++) columns[name][i] = columns[name][i]! + 2_000;
      }
    };
    const spike = finding(
      changed((columns) => jump(columns, 1000, 1000)),
      'spikes',
    );
    expect(spike).toMatchObject({ verdict: 'warn' });
    expect(spike?.text).toMatch(/^prices that jump away and come back at once: 1 \(0\.017 % of bars; first 2024-/);
    expect(
      finding(
        changed((columns) => jump(columns, 1000, columns.length - 1)),
        'spikes',
      ),
    ).toMatchObject({ verdict: 'ok' });
    const wick = changed(({ high }) => high.set([high[700]! + 3_000], 700));
    expect(finding(wick, 'spikes')).toMatchObject({ verdict: 'warn' });
    const many = changed((columns) => {
      for (let i = 100; i < 4000; i += 100) jump(columns, i, i);
    });
    expect(finding(many, 'spikes')).toMatchObject({ verdict: 'block' });
  });

  test('that stand still are stale', () => {
    const still = (count: number) =>
      changed((columns) => {
        for (const name of ['open', 'high', 'low', 'close'] as const) columns[name].fill(110_000, 100, 100 + count);
      });
    expect(finding(still(100), 'stale')).toMatchObject({ verdict: 'ok' });
    expect(finding(still(400), 'stale')?.text).toMatch(
      /^6\.67 % of bars in runs of 20 or more at one price; the longest run has 400, from 2024-01-1\dT/,
    );
    expect([finding(still(400), 'stale')?.verdict, finding(still(2_000), 'stale')?.verdict]).toEqual(['warn', 'block']);
  });

  test('without spread or volume say so', () => {
    expect(
      finding(
        changed(({ spread }) => spread.fill(0)),
        'spread',
      ),
    ).toMatchObject({ verdict: 'ok', text: 'none in the data: who uses it gives one' });
    expect(
      finding(
        changed(({ spread }) => spread.fill(0, 0, 1_500)),
        'spread',
      ),
    ).toMatchObject({ verdict: 'warn', text: '0 to 10 ticks, zero on 25.00 % of bars: costs are understated' });
    expect(
      finding(
        changed(({ spread }) => spread.fill(-1, 7, 9)),
        'spread',
      ),
    ).toMatchObject({ verdict: 'block' });
    expect(
      finding(
        changed(({ volume }) => volume.fill(0)),
        'volume',
      ),
    ).toMatchObject({ verdict: 'warn' });
  });
});

test('two hundred bars show no habit: what they lack is a warning', () => {
  const candles = market({
    ...YEAR,
    weeks: 1.5,
    without: (at) => new Date(at).getUTCDay() === 3 || new Date(at).getUTCDay() === 4,
  });
  expect(candles.length).toBeLessThan(200);
  expect(qualityOf(candles, FX).verdict).toBe('warn');
});

test('the same bars but crossed quotes block', () => {
  const at = Float64Array.from({ length: 1000 }, (_, i) => i);
  const bid = new Int32Array(1000).fill(100);
  const ask = new Int32Array(1000).fill(103);
  expect(tickQualityOf('EURUSD', { at, bid, ask }).verdict).toBe('ok');
  ask.fill(99, 0, 5);
  expect(tickQualityOf('EURUSD', { at, bid, ask })).toMatchObject({ verdict: 'warn', rows: 1000 });
  ask.fill(99, 0, 20);
  expect(tickQualityOf('EURUSD', { at, bid, ask }).findings[1]?.text).toBe(
    'ask below bid on 2.00 %, equal to it on 0.00 % of quotes',
  );
  expect(tickQualityOf('EURUSD', { at, bid, ask }).verdict).toBe('block');
});

test('holidays are those of the calendar', () => {
  const days = [
    ['2024-12-25', true],
    ['2024-03-29', true], // Good Friday; Easter was on 31 March
    ['2024-04-01', true],
    ['2023-04-07', true], // Easter on 9 April
    ['2025-04-18', true], // Easter on 20 April
    ['2011-04-22', true], // Easter on 24 April
    ['2024-04-05', false],
    ['2024-01-15', true], // Martin Luther King
    ['2024-11-28', true], // Thanksgiving
    ['2024-11-29', true],
    ['2024-11-21', false],
    ['2024-05-27', true], // Memorial Day
    ['2024-09-02', true], // Labor Day
    ['2024-06-12', false],
  ] as const;
  expect(days.map(([day]) => [day, isHoliday(utc(`${day}T00:00:00Z`) / DAY)])).toEqual(days.map((each) => [...each]));
});

test('a replay refuses candles that are unfit, with the reasons', () => {
  const { openAt, length } = market({ ...YEAR, clock: 'America/New_York+7h' });
  const rows = [...openAt.subarray(0, length)].map((at) => `${new Date(at).toISOString()},1.1,1.2,1.0,1.1,5`);
  const path = temporaryFile(['time,open,high,low,close,volume', ...rows, ''].join('\n'));
  const files = [{ instrument: instrument('EURUSD'), timeframe: 'H1', path }] as const;
  const open = () => replayFeed({ files, speed: 'max', warmupBars: 10, defaultSpreadPoints: 9, clock: handClock() });
  expect(open).toThrow(/candles\.csv: unfit for use: clock: only 0\.00 % of 49 weeks begin at 17:00/);
});

const SHARED = '../shared/data';
const REAL = [
  ['6EH4_M1_cme_2024-01.csv', 'M1', 5, undefined],
  ['BTCPERP_M1_2022-01.csv', 'M1', 1, undefined],
  ['EURUSD_H1_2012-2020.csv', 'H1', 5, 'fx'],
  ['EURUSD_M1_2020-08_10.csv', 'M1', 5, 'fx'],
  ['EURUSD_M5_2019-10_2020-10.csv', 'M5', 5, 'fx'],
  ['SPY_H1_1998-2021.csv', 'H1', 2, undefined],
  ['USDJPY_H1_2012-2022.csv', 'H1', 3, 'fx'],
  ['XAUUSD_H1_oanda_2006-2019.csv', 'H1', 3, 'metal'],
] as const;

describe.skipIf(!existsSync(SHARED))('real files of the shared folder (skipped where it is absent)', () => {
  test.each(REAL)('%s may be used', (name, timeframe, digits, assetClass) => {
    const candles = openCandles({
      path: `${SHARED}/${name}`,
      instrument: gridOf('X', digits),
      timeframe,
      defaultSpreadPoints: 0,
    });
    expect(blockingReasons(qualityOf(candles, { assetClass }))).toEqual([]);
  });

  test('the days New York’s exchange was shut after 11 September 2001 are the longest gap of SPY', () => {
    const candles = openCandles({
      path: `${SHARED}/SPY_H1_1998-2021.csv`,
      instrument: gridOf('SPY', 2),
      timeframe: 'H1',
      defaultSpreadPoints: 0,
    });
    const [longest] = qualityOf(candles, { assetClass: undefined }).gaps;
    expect(longest).toEqual({ from: utc('2001-09-10T20:00:00Z'), to: utc('2001-09-17T13:00:00Z'), missingBars: 28 });
  });
});

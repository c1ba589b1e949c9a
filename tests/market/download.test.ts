/** Downloads against local servers that speak the sources' formats: what arrives, what is retried, and how an interrupted one goes on. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Timeframe } from '../../src/domain/market.ts';
import { ccxtSource } from '../../src/market/download/ccxt-source.ts';
import { type DownloadOrder, type DownloadProgress, download } from '../../src/market/download/download.ts';
import { DownloadError } from '../../src/market/download/download-error.ts';
import { dukascopySource } from '../../src/market/download/dukascopy.ts';
import type { MarketSource } from '../../src/market/download/market-source.ts';
import { optionalPackage } from '../../src/market/download/optional-package.ts';
import { readLibrary } from '../../src/market/library/library.ts';
import { openTicks } from '../../src/market/open-ticks.ts';
import { type ArchiveCandle, serveArchive } from './fake-archive.ts';
import { type ExchangeCandle, serveExchange } from './fake-exchange.ts';
import { instrument, utc } from './market-support.ts';

const QUICK = { attempts: 3, firstPauseMs: 1, timeoutMs: 5_000 };
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** A Tuesday. */
const START = utc('2024-01-02T00:00:00Z');

function libraryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'servo-library-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Minutes 0 to 9 of each day: bid opens at 110,000 + minute, spread 3 to 12. */
const minutes = (days: number): ArchiveCandle[] =>
  Array.from({ length: days * 10 }, (_, i) => {
    const minute = i % 10;
    const open = 110_000 + minute;
    return {
      at: START + Math.floor(i / 10) * DAY + minute * MINUTE,
      bid: [open, open + 20, open - 10, open + 1],
      spread: 3 + minute,
      volume: 100 + minute,
    };
  });

interface Asked {
  readonly source: MarketSource;
  readonly library: string;
  readonly timeframe?: Timeframe | 'ticks';
  readonly symbol?: string;
  readonly days?: number;
}

function order({
  source,
  library,
  timeframe = 'M5',
  symbol = 'EURUSD',
  days = 3,
}: Asked): DownloadOrder & { seen: DownloadProgress[] } {
  const seen: DownloadProgress[] = [];
  const to = START + days * DAY;
  return {
    source,
    library,
    symbol,
    timeframe,
    from: START,
    to,
    now: to + DAY,
    onProgress: (step) => seen.push(step),
    seen,
  };
}

const dukascopy = (url: string, symbol = 'EURUSD') =>
  dukascopySource({ symbol, market: undefined, baseUrl: `${url}/v1`, patience: QUICK });

test('minutes of the archive become M5 candles with the spread of their close', async () => {
  const server = await serveArchive(minutes(3));
  const library = libraryFolder();
  const outcome = await download(order({ source: await dukascopy(server.url), library }));
  expect(outcome.rows).toBe(6);
  expect(server.requests.toSorted()[0]).toBe('/v1/candles/minute/EUR-USD/ASK/2024/1/2');
  expect(server.requests).toHaveLength(6);
  const candles = readLibrary(library, { instrument: instrument('EURUSD'), timeframe: 'M5', defaultSpreadPoints: 0 });
  expect(candles.length).toBe(6);
  // Minutes 5 to 9: opens at minute 5, highest high is minute 9's, lowest low minute 5's, volumes 105 to 109.
  expect(candles.barAt(3)).toEqual({
    symbol: 'EURUSD',
    openAt: START + DAY + 5 * MINUTE,
    closeAt: START + DAY + 10 * MINUTE,
    open: 110_005,
    high: 110_029,
    low: 109_995,
    close: 110_010,
    spread: 12,
    volume: 535,
  });
});

test('a server that fails midway is asked again; when it fails for good the next run goes on, and no row is there twice', async () => {
  const server = await serveArchive(minutes(5));
  const library = libraryFolder();
  const source = await dukascopy(server.url);
  let failures = 0;
  server.faults = (path) =>
    path.endsWith('/2024/1/3') && failures++ < 2 ? 503 : path.endsWith('/2024/1/5') ? 500 : undefined;
  const first = order({ source, library, timeframe: 'M1', days: 5 });
  await expect(download(first)).rejects.toThrow(
    /2024\/1\/5 failed after 3 attempts: the server answered 500\n3 of 5 parts are kept; the same command goes on from there/,
  );
  // Two refusals and an answer for the bid, then one for the ask.
  expect(failures).toBe(4);
  expect(first.seen.map(({ period }) => period)).toEqual(['2024-01-02', '2024-01-03', '2024-01-04']);

  server.faults = () => undefined;
  server.requests.length = 0;
  const second = order({ source, library, timeframe: 'M1', days: 5 });
  const { path, rows, merge } = await download(second);
  expect(server.requests.map((request) => request.slice(-8))).toEqual(['2024/1/5', '2024/1/5', '2024/1/6', '2024/1/6']);
  expect(second.seen.at(-1)).toEqual({ done: 5, total: 5, resumed: 3, period: '2024-01-06', rows: 50 });
  expect([rows, merge?.kind === 'merged' && merge.added]).toEqual([50, 50]);
  expect(existsSync(path)).toBe(true);

  const again = await download(order({ source, library, timeframe: 'M1', days: 5 }));
  expect(again.merge).toMatchObject({ kind: 'merged', added: 0, repeated: 50 });
});

test('what the archive says differently the second time is refused, with the difference', async () => {
  const library = libraryFolder();
  await download(order({ source: await dukascopy((await serveArchive(minutes(1))).url), library, days: 1 }));
  const changed = minutes(1).map((candle, i) =>
    i === 9 ? { ...candle, bid: [110_009, 110_040, 109_999, 110_010] as const } : candle,
  );
  const second = await download(
    order({ source: await dukascopy((await serveArchive(changed)).url), library, days: 1 }),
  );
  expect(second.merge).toEqual({
    kind: 'contradiction',
    count: 1,
    differences: ['2024-01-02 00:05 UTC: high 1.10029 and 1.10040'],
  });
});

test('ticks of the archive become quotes', async () => {
  const ticks = Array.from({ length: 50 }, (_, i) => ({
    at: START + i * 1_700_000,
    bid: 110_000 + i,
    ask: 110_007 + i,
  }));
  const server = await serveArchive([], ticks);
  const library = libraryFolder();
  const { path, rows } = await download(
    order({ source: await dukascopy(server.url), library, timeframe: 'ticks', days: 1 }),
  );
  expect(server.requests).toHaveLength(24);
  // 86,400,000 / 1,700,000 = 50.8: all fifty lie within the day.
  expect(rows).toBe(50);
  const read = openTicks(path, instrument('EURUSD'));
  expect([...read.at]).toEqual(ticks.map(({ at }) => at));
  expect([...read.bid]).toEqual(ticks.map(({ bid }) => bid));
  expect([...read.ask]).toEqual(ticks.map(({ ask }) => ask));
});

test('a market that the archive does not have is refused with those that are near', async () => {
  await expect(dukascopy('http://127.0.0.1:1', 'EURXXX')).rejects.toThrow(
    /Dukascopy has no market eurxxx \(it has eur.*--market/,
  );
});

const exchangeCandles = (count: number): ExchangeCandle[] =>
  Array.from({ length: count }, (_, i) => ({
    at: START + i * MINUTE,
    prices: [`${42_000 + i}.10`, `${42_000 + i}.90`, `${41_999 + i}.05`, `${42_000 + i}.55`],
    volume: `${i}.25`,
  }));

const binance = (url: string) =>
  ccxtSource({ exchange: 'binance', symbol: 'BTCUSD', market: undefined, baseUrl: url, patience: QUICK });

test('candles of an exchange come page by page, without a spread, and those still open are left out', async () => {
  const server = await serveExchange(exchangeCandles(2 * 1440), MINUTE);
  const library = libraryFolder();
  const source = await binance(server.url);
  const asked = {
    ...order({ source, library, timeframe: 'M1', symbol: 'BTCUSD', days: 2 }),
    now: START + DAY + 90 * MINUTE + 30_000,
  };
  const { rows } = await download(asked);
  expect(rows).toBe(1440 + 90);
  const grid = { instrument: instrument('BTCUSD'), timeframe: 'M1', defaultSpreadPoints: 700 } as const;
  const candles = readLibrary(library, grid);
  expect(candles.length).toBe(1530);
  expect(candles.barAt(1500)).toMatchObject({
    openAt: START + 1500 * MINUTE,
    open: 4_350_010,
    high: 4_350_090,
    low: 4_349_905,
    close: 4_350_055,
    spread: 700,
    volume: 1500.25,
  });
  const pages = server.requests.filter((request) => request.includes('klines'));
  expect(
    pages.map((request) => (Number(new URLSearchParams(request.split('?')[1]).get('startTime')) - START) / MINUTE),
  ).toEqual([0, 1000, 1440]);

  // The day that was not over is asked for again, and extends what is there.
  const later = await download({ ...asked, now: START + 2 * DAY });
  expect(later.merge).toMatchObject({ kind: 'merged', added: 1350, repeated: 1530 });
});

test('an exchange that fails is tried again, and an unknown one refused', async () => {
  const server = await serveExchange(exchangeCandles(10), MINUTE);
  let failures = 0;
  server.faults = (path) => (path.includes('exchangeInfo') && failures++ < 2 ? 500 : undefined);
  const source = await binance(server.url);
  expect(failures).toBe(3);
  expect((await source.candles('M1', { name: 'x', from: START, to: START + DAY }, START + DAY)).length).toBe(10);
  const unknown = ccxtSource({
    exchange: 'binanze',
    symbol: 'BTCUSD',
    market: undefined,
    baseUrl: undefined,
    patience: QUICK,
  });
  await expect(unknown).rejects.toThrow(/ccxt has no exchange binanze; it has binance/);
});

test('a package that is not installed is named with the command that installs it', async () => {
  const absent: string = 'no-such-package-of-anyone';
  await expect(optionalPackage(absent, () => import(absent))).rejects.toEqual(
    new DownloadError(`This source needs the package ${absent}, which is not installed: npm install ${absent}`),
  );
});

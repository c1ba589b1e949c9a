/** The library: what is written is read back to the last bit, grows without doubles, refuses contradictions, and knows a damaged file. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { INSTRUMENTS, makeInstrument } from '../../src/domain/instruments.ts';
import { CandleFileError } from '../../src/market/candle-file-error.ts';
import { candlesOf, emptyColumns } from '../../src/market/candles.ts';
import { readForeign } from '../../src/market/import/read-foreign.ts';
import { entryPath, keep, listLibrary, readLibrary } from '../../src/market/library/library.ts';
import type { CandleRecording, TickRecording } from '../../src/market/library/recording.ts';
import { openCandles } from '../../src/market/open-candles.ts';
import { openTicks } from '../../src/market/open-ticks.ts';
import { instrument, temporaryFile, utc } from './market-support.ts';

const START = utc('2024-01-02T00:00:00Z');
const M5 = 300_000;
const GRID = { instrument: instrument('EURUSD'), timeframe: 'M5', defaultSpreadPoints: 9 } as const;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'servo-library-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** Bars `from` to before `to`: open 110,000 + number, in points of 1e-5. */
function bars(from: number, to: number, options: { hasSpread?: boolean; digits?: number } = {}): CandleRecording {
  const { hasSpread = true, digits = 5 } = options;
  const columns = emptyColumns(to - from);
  const scale = 10 ** (digits - 5);
  for (let i = from; i < to; i++) {
    columns.openAt[i - from] = START + i * M5;
    columns.open[i - from] = (110_000 + i) * scale;
    columns.high[i - from] = (110_020 + i) * scale;
    columns.low[i - from] = (109_990 + i) * scale;
    columns.close[i - from] = (110_010 + i) * scale;
    columns.spread[i - from] = (i % 7) * scale;
    columns.volume[i - from] = i + 0.25;
  }
  const sources = [{ name: `bars ${from}`, sha256: null }];
  const about = { symbol: 'EURUSD', timeframe: 'M5', digits, clock: 'UTC', sources } as const;
  return { kind: 'candles', about, hasSpread, candles: candlesOf('EURUSD', 'M5', columns, to - from) };
}

const opens = (library: string): number[] => [...readLibrary(library, GRID).open];
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => 110_000 + from + i);

test('what is kept is read back, and again where it lies', () => {
  const library = folder();
  const path = entryPath(library, 'EURUSD', 'M5');
  expect(keep(path, bars(0, 300))).toMatchObject({ kind: 'merged', added: 300, repeated: 0 });
  for (const candles of [readLibrary(library, GRID), openCandles({ path, ...GRID })]) {
    expect(candles.length).toBe(300);
    expect(candles.barAt(299)).toEqual({
      symbol: 'EURUSD',
      openAt: START + 299 * M5,
      closeAt: START + 300 * M5,
      open: 110_299,
      high: 110_319,
      low: 110_289,
      close: 110_309,
      spread: 5,
      volume: 299.25,
    });
  }
  expect(readdirSync(library)).toEqual(['EURUSD_M5.columns']);
  // A page of header; per bar two doubles and five 32-bit integers.
  expect(statSync(path).size).toBe(4096 + 300 * (2 * 8 + 5 * 4));
  expect(listLibrary(library)[0]?.header).toMatchObject({
    symbol: 'EURUSD',
    rows: 300,
    first: '2024-01-02T00:00:00.000Z',
    last: '2024-01-03T00:55:00.000Z',
  });
});

test('it extends at both ends and inside, and knows what it has already', () => {
  const library = folder();
  const path = entryPath(library, 'EURUSD', 'M5');
  keep(path, bars(100, 200));
  expect(keep(path, bars(150, 250))).toMatchObject({ added: 50, repeated: 50 });
  keep(path, bars(300, 310));
  expect(keep(path, bars(0, 310))).toMatchObject({ added: 150, repeated: 160 });
  expect(opens(library)).toEqual(numbers(0, 310));
  const before = readFileSync(path);
  expect(keep(path, bars(20, 30))).toMatchObject({ added: 0, repeated: 10 });
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(listLibrary(library)[0]?.header.sources.map(({ name }) => name)).toEqual([
    'bars 100',
    'bars 150',
    'bars 300',
    'bars 0',
  ]);
});

test('a contradiction changes nothing and is shown with its numbers', () => {
  const path = entryPath(folder(), 'EURUSD', 'M5');
  keep(path, bars(0, 100));
  const other = bars(50, 150);
  other.candles.close[3] = 110_070;
  other.candles.volume[3] = 7;
  other.candles.spread[4] = 60;
  const before = readFileSync(path);
  expect(keep(path, other)).toEqual({
    kind: 'contradiction',
    count: 2,
    differences: [
      '2024-01-02 04:25 UTC: close 1.10063 and 1.10070, volume 53.25 and 7',
      '2024-01-02 04:30 UTC: spread 0.00005 and 0.00060',
    ],
  });
  expect(keep(path, bars(200, 210, { hasSpread: false }))).toMatchObject({
    kind: 'contradiction',
    differences: ['the library has spreads and the file has none'],
  });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('finer prices refine the file, and a contract’s own tick is what is read', () => {
  const library = folder();
  const path = entryPath(library, 'EURUSD', 'M5');
  keep(path, bars(0, 10));
  keep(path, bars(10, 20, { digits: 6 }));
  expect(listLibrary(library)[0]?.header.digits).toBe(6);
  expect(opens(library)).toEqual(numbers(0, 20));
  const spec = INSTRUMENTS['EURUSD']!;
  const coarse = makeInstrument({ ...spec, digits: 4, tickSize: 0.0001 });
  const candles = openCandles({ path, ...GRID, instrument: coarse });
  // 1.10007 is 11000.7 ticks, and a spread of 6 points 0.6 of one: rounded up.
  expect([candles.open[7], candles.spread[6], candles.spread[7]]).toEqual([11_001, 1, 0]);
});

test('a file and its recording are read the same', () => {
  const rows = Array.from(
    { length: 40 },
    (_, i) => `${new Date(START + i * M5).toISOString()},1.1,1.10${i}9,1.09,1.1000${i % 10},${i}.5,0.0001${i % 10}`,
  );
  const csv = temporaryFile(['time,open,high,low,close,volume,spread', ...rows, ''].join('\n'));
  const { recording } = readForeign({
    path: csv,
    symbol: 'EURUSD',
    timeframe: 'M5',
    clock: undefined,
    kind: undefined,
    digits: undefined,
  });
  const path = join(folder(), 'x.columns');
  keep(path, recording);
  const [text, binary] = [openCandles({ path: csv, ...GRID }), openCandles({ path, ...GRID })];
  for (const name of ['openAt', 'open', 'high', 'low', 'close', 'spread', 'volume'] as const) {
    expect([...binary[name]]).toEqual([...text[name]]);
  }
});

test('ticks of two overlapping files become one run', () => {
  const ticks = (from: number, to: number): TickRecording => {
    const rows = Array.from({ length: to - from }, (_, i) => from + i);
    const columns = {
      // Three quotes a millisecond.
      at: Float64Array.from(rows, (row) => START + Math.floor(row / 3)),
      bid: Int32Array.from(rows, (row) => 110_000 + row),
      ask: Int32Array.from(rows, (row) => 110_008 + row),
    };
    const about = { symbol: 'EURUSD', timeframe: 'ticks', digits: 5, clock: 'UTC', sources: [] } as const;
    return { kind: 'ticks', about, ticks: columns };
  };
  const path = entryPath(folder(), 'EURUSD', 'ticks');
  keep(path, ticks(30, 90));
  expect(keep(path, ticks(0, 60))).toMatchObject({ added: 30, repeated: 30 });
  expect(keep(path, ticks(90, 99))).toMatchObject({ added: 9, repeated: 0 });
  expect([...openTicks(path, GRID.instrument).bid]).toEqual(numbers(0, 99));
  const other = ticks(60, 99);
  other.ticks.ask[0] = 1;
  expect(keep(path, other)).toMatchObject({
    kind: 'contradiction',
    differences: [
      '2024-01-02T00:00:00.020Z bid 1.10060 ask 1.10068 against 2024-01-02T00:00:00.020Z bid 1.10060 ask 0.00001',
    ],
  });
});

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

test.each<[string, (path: string) => void, string]>([
  [
    'a bit that flipped',
    (path) => flipByte(path, 5000),
    'its numbers are not those that were written; import it again',
  ],
  ['a missing end', (path) => truncateSync(path, 5000), 'this is no whole file of the library; import it again'],
  ['a broken header', (path) => flipByte(path, 19), 'this is no whole file of the library; import it again'],
])('a damaged file is refused: %s', (_name, damage, message) => {
  const path = entryPath(folder(), 'EURUSD', 'M5');
  keep(path, bars(0, 100));
  damage(path);
  expect(() => openCandles({ path, ...GRID })).toThrow(new CandleFileError([`${path}: ${message}`]));
});

test('what the library does not have, or has of another market, is said', () => {
  const library = folder();
  const path = entryPath(library, 'EURUSD', 'M5');
  keep(path, bars(0, 5));
  expect(() => readLibrary(library, { ...GRID, timeframe: 'H1' })).toThrow(
    /the library has no H1 candles of EURUSD; see servo data list/,
  );
  expect(() => openCandles({ path, ...GRID, instrument: instrument('GBPUSD') })).toThrow(
    /it holds EURUSD M5, not GBPUSD M5/,
  );
  expect(() => openTicks(path, GRID.instrument)).toThrow(/it holds EURUSD M5, not EURUSD ticks/);
  expect(existsSync(entryPath(library, 'BTC/USD', 'M5'))).toBe(false);
  expect(entryPath('/x', 'BTC/USD', 'M5')).toBe('/x/BTC%2FUSD_M5.columns');
});

test('prices that do not fit say how they would', () => {
  const path = entryPath(folder(), 'EURUSD', 'M5');
  const dear = bars(0, 3);
  dear.candles.high[1] = 300_000;
  keep(path, dear);
  // 3.00000 would be 3,000,000,000 points of nine digits, and a column holds numbers up to 2,147,483,647.
  expect(() => keep(path, bars(10, 12, { digits: 9 }))).toThrow(
    /9 digits are too many for the prices of EURUSD; give fewer by --digits/,
  );
});

/** Candle files: what is read from good ones, and what is said about each way of being bad. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Timeframe } from '../../src/domain/market.ts';
import { readCandleFile } from '../../src/market/candle-file.ts';
import { CandleFileError } from '../../src/market/candle-file-error.ts';
import type { Candles } from '../../src/market/candles.ts';
import { instrument, temporaryFile, utc } from './market-support.ts';

const EURUSD = instrument('EURUSD');
const HEADER = 'time,open,high,low,close,volume';
const FIRST = '2026-01-05T00:00:00Z,1.10000,1.10020,1.09990,1.10010,100';
const SECOND = '2026-01-05T00:05:00Z,1.10010,1.10030,1.10000,1.10020,120';

const read = (path: string, timeframe: Timeframe = 'M5'): Candles =>
  readCandleFile({ path, instrument: EURUSD, timeframe, defaultSpreadPoints: 12 });

function faultsOf(path: string, timeframe?: Timeframe): readonly string[] {
  try {
    read(path, timeframe);
  } catch (error) {
    if (error instanceof CandleFileError) return error.faults.map((fault) => fault.replace(path, 'FILE'));
    throw error;
  }
  throw new Error('the file was read without a complaint');
}

const csv = (...rows: readonly string[]): string => [HEADER, ...rows, ''].join('\n');
const withSpread = (spread: string): string => [`${HEADER},spread`, `${FIRST},${spread}`].join('\n');

describe('a sound file', () => {
  test('becomes bars in ticks, with the default spread', () => {
    const candles = read(temporaryFile(csv(FIRST, SECOND)));
    expect(candles.length).toBe(2);
    expect(candles.barAt(1)).toEqual({
      symbol: 'EURUSD',
      openAt: utc('2026-01-05T00:05:00Z'),
      closeAt: utc('2026-01-05T00:10:00Z'),
      open: 110_010,
      high: 110_030,
      low: 110_000,
      close: 110_020,
      spread: 12,
      volume: 120,
    });
    expect(() => candles.barAt(2)).toThrow(RangeError);
  });

  test.each([
    ['the spread column', withSpread('0.00007')],
    [
      'columns in another order',
      `volume,spread,close,low,high,open,time\n100,0.00007,1.1001,1.0999,1.1002,1.1,2026-01-05T00:00Z`,
    ],
    [
      'capitals, blanks and Windows line ends',
      `Time, Open, High, Low, Close, Volume, Spread\r\n${FIRST}, 0.00007\r\n\r\n`,
    ],
    ['a byte order mark', `\uFEFF${withSpread('0.00007')}`],
    ['an offset of zero', withSpread('7e-5').replace('Z,', '+00:00,')],
  ])('is read with %s', (_name, text) => {
    const bar = read(temporaryFile(text)).barAt(0);
    expect(bar).toMatchObject({ openAt: utc('2026-01-05T00:00:00Z'), open: 110_000, close: 110_010, spread: 7 });
  });

  test('may have gaps of whole bars', () => {
    const later = SECOND.replace('T00:05', 'T03:40');
    expect(read(temporaryFile(csv(FIRST, later))).length).toBe(2);
  });

  test('is read whole: 20,000 rows, each the row it was', () => {
    const start = utc('2026-01-05T00:00:00Z');
    const rows = Array.from({ length: 20_000 }, (_, i) => {
      const base = 1.1 + (i % 997) / 100_000;
      const prices = [base, base + 0.0002, base - 0.0001, base + 0.0001].map((value) => value.toFixed(5));
      return `${new Date(start + i * 300_000).toISOString()},${prices.join(',')},${i}`;
    });
    const candles = read(temporaryFile(csv(...rows)));
    expect(candles.length).toBe(20_000);
    for (const i of [0, 1, 9_000, 19_999]) {
      expect(candles.barAt(i)).toMatchObject({ openAt: start + i * 300_000, open: 110_000 + (i % 997), volume: i });
    }
  });
});

const everyHour = Array.from({ length: 12 }, (_, i) => FIRST.replace('T00', `T${String(i).padStart(2, '0')}`));

describe('a file with a fault is refused', () => {
  test.each<[string, string, string]>([
    ['no candles', `${HEADER}\n`, 'FILE: the file has a header and no candles; export it again'],
    [
      'a missing column',
      'time,open,high,low,volume\n',
      `FILE:1: the header has no column close; it must be ${HEADER}[,spread]`,
    ],
    [
      'no header',
      `${FIRST}\n`,
      `FILE:1: the header has no column time, open, high, low, close, volume; it must be ${HEADER}[,spread]`,
    ],
    [
      'an unknown column',
      `${HEADER},spred\n`,
      `FILE:1: the header has an unknown column "spred"; it must be ${HEADER}[,spread]`,
    ],
    [
      'a column twice',
      `${HEADER},close\n`,
      `FILE:1: the header has the column close twice; it must be ${HEADER}[,spread]`,
    ],
    [
      'semicolons',
      `${HEADER.replaceAll(',', ';')}\n`,
      `FILE:1: the columns are separated by ";"; separate them by commas: ${HEADER}[,spread]; an export of MetaTrader goes through servo data import`,
    ],
    [
      'tabs',
      '<DATE>\t<TIME>\t<OPEN>\n',
      `FILE:1: the columns are separated by "\\t"; separate them by commas: ${HEADER}[,spread]; an export of MetaTrader goes through servo data import`,
    ],
    [
      'a short row',
      csv(FIRST, '2026-01-05T00:05:00Z,1.1'),
      'FILE:3: 2 columns where the header has 6; separate columns by commas and use a decimal point',
    ],
    [
      'decimal commas',
      csv('2026-01-05T00:00:00Z,1,1,1,1,1,1,1,1,5'),
      'FILE:2: 10 columns where the header has 6; separate columns by commas and use a decimal point',
    ],
    [
      'words for a time',
      csv(FIRST.replace(/^[^,]+/, 'yesterday')),
      'FILE:2: time is "yesterday", not a time in UTC; write it like 2019-10-11T18:05:00Z',
    ],
    [
      'a time without a zone',
      csv(FIRST.replace('Z,', ',')),
      'FILE:2: time is "2026-01-05T00:00:00", not a time in UTC; write it like 2019-10-11T18:05:00Z',
    ],
    [
      'a time of another zone',
      csv(FIRST.replace('Z,', '+02:00,')),
      'FILE:2: time is "2026-01-05T00:00:00+02:00", not a time in UTC; write it like 2019-10-11T18:05:00Z',
    ],
    [
      '30 February',
      csv(FIRST.replace('01-05', '02-30')),
      'FILE:2: time is "2026-02-30T00:00:00Z", not a time in UTC; write it like 2019-10-11T18:05:00Z',
    ],
    [
      'hour 25',
      csv(FIRST.replace('T00', 'T25')),
      'FILE:2: time is "2026-01-05T25:00:00Z", not a time in UTC; write it like 2019-10-11T18:05:00Z',
    ],
    ['NaN', csv(FIRST.replace('1.10010', 'NaN')), 'FILE:2: close is "NaN", not a number; write it like 1.10457'],
    [
      'infinity',
      csv(FIRST.replace('1.10020', 'Infinity')),
      'FILE:2: high is "Infinity", not a number; write it like 1.10457',
    ],
    [
      'a number beyond all numbers',
      csv(FIRST.replace('1.10020', '1e999')),
      'FILE:2: high is "1e999", not a number; write it like 1.10457',
    ],
    ['an empty cell', csv(FIRST.replace('1.10000', '')), 'FILE:2: open is "", not a number; write it like 1.10457'],
    [
      'quotes',
      csv(FIRST.replace('1.10000', '"1.1"')),
      'FILE:2: open is "\\"1.1\\"", not a number; write it like 1.10457',
    ],
    ['hexadecimal', csv(FIRST.replace('1.10000', '0x1')), 'FILE:2: open is "0x1", not a number; write it like 1.10457'],
    [
      'a long cell',
      csv(FIRST.replace('1.10000', 'x'.repeat(60))),
      `FILE:2: open is "${'x'.repeat(40)}…", not a number; write it like 1.10457`,
    ],
    ['a negative price', csv(FIRST.replace('1.09990', '-1.0999')), 'FILE:2: low is -1.0999; a price is above zero'],
    ['a price of zero', csv(FIRST.replace('1.10000', '0')), 'FILE:2: open is 0; a price is above zero'],
    [
      'a price below a tick',
      csv(FIRST.replace('1.10000', '0.000001')),
      'FILE:2: open is 0.000001, no price of EURUSD, whose tick is 0.00001; check the symbol',
    ],
    [
      'a price beyond reason',
      csv(FIRST.replace('1.10000', '21474.83648')),
      'FILE:2: open is 21474.83648, no price of EURUSD, whose tick is 0.00001; check the symbol, or give fewer digits',
    ],
    [
      'high below low',
      csv(FIRST.replace('1.10020', '1.09980')),
      'FILE:2: high 1.09980 is below low 1.09990; are the columns swapped?',
    ],
    [
      'an open out of range',
      csv(FIRST.replace('1.10000', '1.10021')),
      'FILE:2: open 1.10021 lies outside low 1.09990 to high 1.10020; correct or remove the line',
    ],
    [
      'a close out of range',
      csv(FIRST.replace('1.10010', '1.09989')),
      'FILE:2: close 1.09989 lies outside low 1.09990 to high 1.10020; correct or remove the line',
    ],
    [
      'a negative volume',
      csv(FIRST.replace(/100$/, '-1')),
      'FILE:2: volume is -1; it is 0 where the source has none, never below',
    ],
    ['a negative spread', withSpread('-0.00001'), 'FILE:2: spread is -0.00001; an ask is never below its bid'],
    [
      'a spread in points',
      withSpread('12'),
      'FILE:2: spread is 12, over a tenth of the price; give it in units of price, not in points',
    ],
    ['no spread in its column', withSpread(''), 'FILE:2: spread is "", not a number; write it like 1.10457'],
    [
      'a time twice',
      csv(FIRST, FIRST),
      'FILE:3: time 2026-01-05T00:00:00Z is on line 2 already; remove one of the two',
    ],
    [
      'times out of order',
      csv(SECOND, FIRST),
      'FILE:3: time 2026-01-05T00:00:00Z is before that of line 2; sort the file by time',
    ],
    [
      'a time off the grid',
      csv(FIRST.replace('00:00Z', '03:00Z')),
      'FILE:2: no M5 candle opens at 2026-01-05T00:03:00Z; check timeframe and time zone',
    ],
    [
      'a longer timeframe',
      csv(...everyHour),
      'FILE: no two candles are nearer than 60 minutes, so they are not M5; give the timeframe H1',
    ],
  ])('for %s', (_name, text, message) => {
    expect(faultsOf(temporaryFile(text))).toEqual([message]);
  });

  test.each<[string, string | Uint8Array, string]>([
    ['is empty', '', 'FILE: the file is empty; download or export it again'],
    [
      'is an archive',
      Uint8Array.of(0x50, 0x4b, 3, 4, 0, 1),
      'FILE: this is no text: byte 4 is zero; unpack it or export it as CSV',
    ],
    ['is UTF-16', Buffer.from(`\uFEFF${csv(FIRST)}`, 'utf16le'), 'FILE: the text is UTF-16; save it as UTF-8'],
    ['is Latin-1', Buffer.from(`${HEADER}\n# août`, 'latin1'), 'FILE: the text is not UTF-8; save it as UTF-8'],
  ])('that %s', (_name, content, message) => {
    expect(faultsOf(temporaryFile(content))).toEqual([message]);
  });

  test('that is not there, or is a folder', () => {
    const folder = dirname(temporaryFile(''));
    expect(faultsOf(join(folder, 'none.csv'))).toEqual(['FILE: there is no such file; check the path']);
    mkdirSync(join(folder, 'sub'));
    expect(faultsOf(join(folder, 'sub'))).toEqual(['FILE: this is a folder; give the path of a CSV file in it']);
  });

  test.skipIf(process.getuid?.() === 0)('that may not be read', () => {
    const path = temporaryFile(csv(FIRST));
    chmodSync(path, 0);
    expect(faultsOf(path)).toEqual(['FILE: the file may not be read; give this user the right to read it']);
  });

  test('with its first ten faults, each in its place, in one message', () => {
    const rows = Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? 'broken' : FIRST.replace('1.10000', 'x')));
    const path = temporaryFile(csv(...rows));
    const faults = faultsOf(path);
    expect(faults.map((fault) => fault.split(':')[1])).toEqual(['2', '3', '4', '5', '6', '7', '8', '9', '10', '11']);
    expect(() => read(path)).toThrow(faults.join('\n').replaceAll('FILE', path));
  });
});

test('whatever the bytes, a file is read or refused, never worse', () => {
  const path = temporaryFile('');
  const cell = fc.oneof(
    fc.constantFrom('1.1', '2026-01-05T00:00:00Z', 'NaN', '-1', '', '1e400', '"', '0'),
    fc.string(),
  );
  const line = fc.array(cell, { maxLength: 8 }).map((cells) => cells.join(','));
  const text = fc.array(fc.oneof(line, fc.constantFrom(HEADER, FIRST, SECOND)), { maxLength: 6 });
  const content = fc.oneof(
    text.map((lines) => Buffer.from([HEADER, ...lines].join('\n'))),
    // Sound files too, so that both outcomes are seen whatever the seed.
    fc.subarray([FIRST, SECOND], { minLength: 1 }).map((rows) => Buffer.from([HEADER, ...rows].join('\n'))),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  const outcomes = { read: 0, refused: 0 };
  fc.assert(
    fc.property(content, (bytes) => {
      writeFileSync(path, bytes);
      try {
        expect(read(path).length).toBeGreaterThan(0);
        outcomes.read += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(CandleFileError);
        outcomes.refused += 1;
      }
    }),
    { numRuns: 300 },
  );
  expect(outcomes.read).toBeGreaterThan(5);
  expect(outcomes.refused).toBeGreaterThan(50);
});

const SHARED = '../shared/data';

test.skipIf(!existsSync(SHARED))('the real candles of the shared folder are sound (skipped where it is absent)', () => {
  expect(read(`${SHARED}/EURUSD_M5_2019-10_2020-10.csv`).length).toBe(75_520);
  expect(faultsOf(`${SHARED}/EURUSD_H1_2012-2020.csv`)).toHaveLength(1);
});

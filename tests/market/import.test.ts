/** Files of other programs: MetaTrader's exports of every form, plain CSV, ticks; and what is said of those that are doubtful. */
import { expect, test } from 'vitest';
import type { Timeframe } from '../../src/domain/market.ts';
import { CandleFileError } from '../../src/market/candle-file-error.ts';
import { fileClock } from '../../src/market/file-clock.ts';
import { type ForeignFile, readForeign } from '../../src/market/import/read-foreign.ts';
import type { CandleRecording, TickRecording } from '../../src/market/library/recording.ts';
import { openTicks } from '../../src/market/open-ticks.ts';
import { instrument, temporaryFile, utc } from './market-support.ts';

const BROKER = 'America/New_York+7h';

function imported(
  content: string | Uint8Array,
  options: Partial<Omit<ForeignFile, 'clock'>> & { clock?: string } = {},
) {
  const { clock, ...rest } = options;
  const file: ForeignFile = {
    path: temporaryFile(content),
    symbol: 'EURUSD',
    timeframe: 'H1',
    kind: undefined,
    digits: undefined,
    ...rest,
    clock: clock === undefined ? undefined : fileClock(clock),
  };
  return readForeign(file).recording;
}

const candlesOf = (...args: Parameters<typeof imported>) => imported(...args) as CandleRecording;

const MT5 = [
  '<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>',
  '2024.03.08\t23:00:00\t1.09380\t1.09400\t1.09350\t1.09390\t1200\t0\t9',
  '2024.03.11\t00:00:00\t1.09390\t1.09410\t1.09370\t1.09400\t300\t0\t14',
  '',
].join('\r\n');

/** Friday 23:00 in winter is 21:00 UTC; Monday 00:00 after America's change is Sunday 21:00 UTC. */
const TIMES = [utc('2024-03-08T21:00:00Z'), utc('2024-03-10T21:00:00Z')];

test.each<[string, string | Uint8Array]>([
  ['with its header, by tabs', MT5],
  ['in UTF-16 with its mark', Buffer.from(`\uFEFF${MT5}`, 'utf16le')],
  ['in UTF-16 of the other end', Buffer.from(`\uFEFF${MT5}`, 'utf16le').swap16()],
  ['by commas', MT5.replaceAll('\t', ',')],
  ['without its header', MT5.slice(MT5.indexOf('\n') + 1)],
  [
    'without header by commas',
    MT5.slice(MT5.indexOf('\n') + 1)
      .replaceAll('\t', ',')
      .replaceAll(':00:00', ':00'),
  ],
])('an export of MetaTrader %s', (_name, content) => {
  const { candles, hasSpread, about } = candlesOf(content, { clock: BROKER });
  expect([...candles.openAt]).toEqual(TIMES);
  expect(candles.barAt(1)).toMatchObject({
    open: 109_390,
    high: 109_410,
    low: 109_370,
    close: 109_400,
    spread: 14,
    volume: 300,
  });
  expect([hasSpread, about.digits, about.clock, about.sources[0]?.sha256?.length]).toEqual([true, 5, BROKER, 64]);
});

test.each<[string, string, Partial<Omit<ForeignFile, 'clock'>> & { clock?: string }]>([
  ['date and time in two cells', 'date,time,open,high,low,close\n2024.01.02,05:00,1.1,1.3,1.0,1.2\n', { clock: 'UTC' }],
  ['MetaTrader 4', '2024.01.02,05:00,1.1,1.3,1.0,1.2,77\n', { clock: 'UTC' }],
  ['one cell with a blank', '2024-01-02 05:00;1.1;1.3;1.0;1.2\n', { clock: 'UTC' }],
  ['a Z', 'Timestamp,Open,High,Low,Close\n2024-01-02T05:00:00Z,1.1,1.3,1.0,1.2\n', {}],
  ['seconds since 1970', 'timestamp,open,high,low,close\n1704171600,1.1,1.3,1.0,1.2\n', {}],
  ['milliseconds since 1970', 'time,open,high,low,close,ignored\n1704171600000,1.1,1.3,1.0,1.2,x y\n', {}],
  ['another clock', '2024.01.02 07:00,1.1,1.3,1.0,1.2\n', { clock: 'UTC+2' }],
  [
    'a Z that its clock overrules',
    'time,open,high,low,close\n2024-01-02T07:00:00Z,1.1,1.3,1.0,1.2\n',
    { clock: BROKER },
  ],
])('plain rows with %s', (_name, text, options) => {
  const { candles, hasSpread } = candlesOf(text, options);
  expect(candles.length).toBe(1);
  expect(candles.barAt(0)).toMatchObject({
    openAt: utc('2024-01-02T05:00:00Z'),
    open: 11,
    high: 13,
    low: 10,
    close: 12,
  });
  expect(hasSpread).toBe(false);
});

test('days have no time of day, and begin at the midnight of their clock', () => {
  const text =
    '<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n2024.07.02\t1.10000\t1.3\t1.0\t1.2\t5\t0\t2\n';
  const { candles } = candlesOf(text, { clock: BROKER, timeframe: 'D1' });
  expect(candles.openAt[0]).toBe(utc('2024-07-01T21:00:00Z'));
});

test('the hour that comes twice stands twice in the library, an hour apart', () => {
  const row = (time: string) => `2024.11.03,${time},1.1,1.3,1.0,1.2,5`;
  const { candles } = candlesOf(`${['00:00', '01:00', '01:00', '02:00'].map(row).join('\n')}\n`, {
    clock: 'America/New_York',
  });
  expect([...candles.openAt].map((at) => new Date(at).getUTCHours())).toEqual([4, 5, 6, 7]);
});

test('prices are as fine as the finest of the file, or as asked', () => {
  const text = '2024.01.02,05:00,1.1,1.3,1.0,1.25\n2024.01.02,06:00,1.1,1.3,1.0,1.2345\n';
  expect(candlesOf(text, { clock: 'UTC' }).about.digits).toBe(4);
  const coarse = candlesOf(text, { clock: 'UTC', digits: 2 });
  expect([coarse.about.digits, coarse.candles.close[1]]).toEqual([2, 123]);
});

test('points of a spread are the file’s own, however coarse its prices are kept', () => {
  // 14 points of 1e-5 are 1.4 of 1e-4: rounded up, because a spread is never understated.
  expect([...candlesOf(MT5, { clock: BROKER, digits: 4 }).candles.spread]).toEqual([1, 2]);
});

test('ticks of MetaTrader keep what is not said anew', () => {
  const text = [
    '<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>',
    '2024.07.01\t00:05:00.125\t1.07100\t1.07112\t\t\t6',
    '2024.07.01\t00:05:01.500\t\t1.07115\t\t\t4',
    '2024.07.01\t00:05:01.500\t1.07104\t\t\t\t2',
    '',
  ].join('\r\n');
  const { ticks, about } = imported(text, { clock: BROKER, timeframe: undefined }) as TickRecording;
  const first = utc('2024-06-30T21:05:00.125Z');
  expect([...ticks.at]).toEqual([first, first + 1_375, first + 1_375]);
  expect([...ticks.bid]).toEqual([107_100, 107_100, 107_104]);
  expect([...ticks.ask]).toEqual([107_112, 107_115, 107_115]);
  expect(about.timeframe).toBe('ticks');
});

test('plain ticks are read where they lie', () => {
  const path = temporaryFile(
    'time,bid,ask\n2024-07-01T00:00:00.500Z,1.07100,1.07112\n2024-07-01T00:00:01.000Z,1.071,1.0711\n',
  );
  const { at, bid, ask } = openTicks(path, instrument('EURUSD'));
  expect([[...at], [...bid], [...ask]]).toEqual([
    [utc('2024-07-01T00:00:00.5Z'), utc('2024-07-01T00:00:01Z')],
    [107_100, 107_100],
    [107_112, 107_110],
  ]);
});

const refusal = (content: string, options: Parameters<typeof imported>[1] = {}): string => {
  try {
    imported(content, options);
  } catch (error) {
    if (error instanceof CandleFileError) return error.message.replaceAll(/\S*candles\.csv/g, 'FILE');
    throw error;
  }
  throw new Error('the file was taken');
};

test.each<[string, string, Parameters<typeof imported>[1], string | RegExp]>([
  ['no clock', MT5, {}, /^FILE: its times do not say their clock; give --clock "America\/New_York\+7h"/],
  [
    'another kind',
    MT5,
    { clock: BROKER, kind: 'ticks' },
    'FILE: the file holds candles, not ticks; give --kind candles',
  ],
  [
    'no timeframe',
    MT5,
    { clock: BROKER, timeframe: undefined },
    'FILE: the file holds candles; give their --timeframe',
  ],
  [
    'a wrong timeframe',
    MT5,
    { clock: BROKER, timeframe: 'H4' as Timeframe },
    /^FILE:2: no H4 candle opens at 2024.03.08 23:00:00; check/,
  ],
  [
    'a header of nothing known',
    'a,b,c\n1,2,3\n',
    {},
    /^FILE:1: the header has no time, open, high, low, close; known are/,
  ],
  [
    'a row upside down',
    MT5.replace('1.09350', '1.09500'),
    { clock: BROKER },
    /^FILE:2: high 1.09400 is below low 1.09500/,
  ],
  [
    'a letter',
    MT5.replace('1200', 'x'),
    { clock: BROKER },
    'FILE:2: volume is "x", not a number; write it like 1.10457',
  ],
  [
    'a missing cell',
    MT5.replace('\t14', ''),
    { clock: BROKER },
    /^FILE:3: 8 columns where the header has 9; separate columns by tabs/,
  ],
  [
    'a skipped hour',
    '2024.03.10,02:00,1.1,1.3,1.0,1.2\n',
    { clock: 'America/New_York' },
    'FILE:1: the clock of America/New_York never shows 2024.03.10 02:00; the file has another clock',
  ],
  [
    'an hour twice where no clock went back',
    '2024.06.10,02:00,1.1,1.3,1.0,1.2\n2024.06.10,02:00,1.1,1.3,1.0,1.2\n',
    { clock: BROKER },
    'FILE:2: time 2024.06.10 02:00 is on line 1 already; remove one of the two',
  ],
  [
    'ticks that go back',
    'time,bid,ask\n2024-01-02T00:00:01.000Z,1.1,1.2\n2024-01-02T00:00:00.000Z,1.1,1.2\n',
    {},
    'FILE:3: time 2024-01-02 00:00:00.000 is before that of the row above; sort the file by time',
  ],
  [
    'ticks without a price',
    'time,bid,ask\n2024-01-02T00:00:01.000Z,,1.2\n',
    {},
    /^FILE:2: bid or ask is not a price above zero/,
  ],
  [
    'ticks with words',
    'time,bid,ask\n2024-01-02T00:00:01.000Z,abc,1.2\n',
    {},
    'FILE:2: bid is "abc", not a price; write it like 1.10457',
  ],
])('refused: %s', (_name, content, options, message) => {
  const words = refusal(content, options);
  if (typeof message === 'string') expect(words).toBe(message);
  else expect(words).toMatch(message);
});

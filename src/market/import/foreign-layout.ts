/** Finds out how a file of other programs is written: MetaTrader's exports, with or without a header, and plain CSV. */
import { CandleFileError } from '../candle-file-error.ts';
import type { CellName, RowLayout } from '../row-layout.ts';

export interface ForeignLayout {
  readonly kind: 'candles' | 'ticks';
  readonly layout: RowLayout;
  /** Where the first row begins, in bytes. */
  readonly start: number;
  /** Of the last digit that the file's prices have, which only all of it shows. */
  readonly spreadInPoints: boolean;
  readonly format: string;
}

const SEPARATORS = ['\t', ';', ','] as const;
/** Names of columns as the world writes them, without brackets and blanks. */
const NAMES: Readonly<Record<string, CellName>> = {
  date: 'date',
  time: 'time',
  datetime: 'time',
  timestamp: 'time',
  'open time': 'time',
  gmttime: 'time',
  open: 'open',
  high: 'high',
  low: 'low',
  close: 'close',
  tickvol: 'volume',
  tickvolume: 'volume',
  volume: 'volume',
  spread: 'spread',
  bid: 'bid',
  ask: 'ask',
};
const PRICES: readonly CellName[] = ['open', 'high', 'low', 'close'];
const DATE = /^\d{4}([-./])\d\d\1\d\d$/;
const DATE_TIME = /^\d{4}([-./])\d\d\1\d\d[T ]\d\d:\d\d/;
const CLOCK = /^\d\d:\d\d/;

/** Throws a `CandleFileError` on a file of no known kind. */
export function detectLayout(path: string, bytes: Buffer): ForeignLayout {
  const first = lineAt(bytes, 0);
  const separator = SEPARATORS.find((mark) => first.text.includes(mark)) ?? ',';
  const head = first.text.split(separator).map((cell) => cell.trim());
  const hasHeader = !/^\d/.test(head[0] ?? '');
  const row = hasHeader ? lineAt(bytes, first.next) : first;
  const cells = row.text.split(separator).map((cell) => cell.trim());
  const isMetaTrader = head[0]?.startsWith('<') === true;
  const names = hasHeader ? namedCells(head, cells) : guessedCells(cells);
  const missing = missingCells(names);
  if (missing.length > 0) {
    throw new CandleFileError([
      `${path}:1: ${hasHeader ? 'the header has' : 'there is no header and the first row shows'} no ${missing.join(', ')}; ` +
        'known are MetaTrader’s exports (<DATE> <TIME> <OPEN> … or <BID> <ASK>), rows of date,time,open,high,low,close,volume, ' +
        'and CSV with a header of time,open,high,low,close,volume[,spread] or time,bid,ask',
    ]);
  }
  const layout: RowLayout = {
    separator,
    cells: names,
    firstLine: hasHeader ? 2 : 1,
    ...timeForm(names, cells),
    spreadDigits: 0,
  };
  return {
    kind: names.includes('bid') ? 'ticks' : 'candles',
    layout,
    start: hasHeader ? first.next : 0,
    spreadInPoints: isMetaTrader || !hasHeader,
    format: isMetaTrader ? 'MetaTrader export' : hasHeader ? 'CSV with a header' : 'CSV without a header',
  };
}

function namedCells(head: readonly string[], row: readonly string[]): CellName[] {
  const hasTickVolume = head.some((name) => /^<?tick_?vol/i.test(name));
  const names = head.map((name, place): CellName => {
    const known = NAMES[name.toLowerCase().replaceAll(/[<>_]/g, '')] ?? 'skip';
    return known === 'time' || known === 'date' ? timeCell(row[place] ?? '') : known;
  });
  // <VOL> counts contracts where there are any, and is 0 elsewhere.
  const realVolume = head.findIndex((name) => /^<?vol>?$/i.test(name));
  if (!hasTickVolume && realVolume >= 0) names[realVolume] = 'volume';
  return oncePerName(names);
}

/** MetaTrader's order: date, time where it is apart, four prices, ticks, volume, spread. */
function guessedCells(row: readonly string[]): CellName[] {
  const times = row.filter((cell) => DATE.test(cell) || DATE_TIME.test(cell) || CLOCK.test(cell)).map(timeCell);
  const rest: readonly CellName[] = ['open', 'high', 'low', 'close', 'volume', 'skip', 'spread'];
  return row.map((_, place) => times[place] ?? rest[place - times.length] ?? 'skip');
}

function timeCell(cell: string): CellName {
  if (DATE.test(cell)) return 'date';
  if (CLOCK.test(cell)) return 'clock';
  if (/^\d{9,10}$/.test(cell)) return 'epochSeconds';
  return /^\d{12,13}$/.test(cell) ? 'epochMs' : 'time';
}

/** The first of a name holds the value, others are passed over. */
const oncePerName = (names: readonly CellName[]): CellName[] =>
  names.map((name, place) => (names.indexOf(name) === place ? name : 'skip'));

function missingCells(names: readonly CellName[]): CellName[] {
  const timed = names.some((name) => ['time', 'date', 'epochSeconds', 'epochMs'].includes(name));
  const wanted: readonly CellName[] = names.includes('bid') ? ['bid', 'ask'] : PRICES;
  return [...(timed ? [] : (['time'] as const)), ...wanted.filter((name) => !names.includes(name))];
}

function timeForm(names: readonly CellName[], row: readonly string[]): Pick<RowLayout, 'clockLength' | 'zulu'> {
  const place = names.findIndex((name) => name === 'time' || name === 'clock');
  const clock = (row[place] ?? '').replace(/^\d{4}.\d\d.\d\d[T ]/, '');
  return { clockLength: clock.replace(/Z$/, '').length, zulu: clock.endsWith('Z') };
}

function lineAt(bytes: Buffer, from: number): { readonly text: string; readonly next: number } {
  const end = bytes.indexOf(0x0a, from);
  const stop = end < 0 ? bytes.length : end;
  return { text: bytes.toString('utf8', from, stop).trimEnd(), next: Math.min(stop + 1, bytes.length) };
}

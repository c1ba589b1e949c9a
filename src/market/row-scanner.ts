/** Columns of numbers straight from the bytes of a file: for plain rows alone, and certain at once which ones are not. */
import { CELL, type RowLayout } from './row-layout.ts';

const ZERO = 0x30;
const NINE = 0x39;
const POINT = 0x2e;
const DASH = 0x2d;
const SLASH = 0x2f;
const COLON = 0x3a;
const BLANK = 0x20;
const TIMES_FROM = CELL.time;
const NUMBERS_FROM = CELL.epochSeconds;
const T = 0x54;
const Z = 0x5a;
const { time: TIME, date: DATE, clock: CLOCK } = CELL;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const DATE_LENGTH = 10;
const BYTES_MIN_OF_ROW = 16;
/** So many digits fit a double exactly, and so do these powers: the quotient of the two is the decimal as the engine reads it. */
const DIGITS_MAX = 15;
const POWERS_OF_TEN = Float64Array.from({ length: DIGITS_MAX + 1 }, (_, power) => 10 ** power);

interface ScanOptions {
  readonly bytes: Uint8Array;
  /** Of the first row. */
  readonly start: number;
  readonly layout: RowLayout;
}

/** By `CELL`; those the layout does not name are empty, times are the file's wall clock in ms, an empty cell is NaN. */
export type ScanColumns = readonly Float64Array[];

interface ScannedRows {
  readonly count: number;
  readonly columns: ScanColumns;
}

/** The whole file at once; `undefined` when anything in it is not plainly what the layout says. */
export function scanRows(options: ScanOptions): ScannedRows | undefined {
  const { bytes, start, layout } = options;
  const capacity = Math.ceil((bytes.length - start) / BYTES_MIN_OF_ROW);
  const columns = scanColumns(layout, capacity);
  const block = scanBlock(options, columns, capacity);
  return block && { count: block.count, columns: columns.map((column) => column.subarray(0, block.count)) };
}

interface ScannedBlock {
  readonly count: number;
  /** Where the row after them begins; the end of the file after the last. */
  readonly next: number;
}

/** At most `rowsMax` rows from `start` on. One loop with local variables: that is what makes it fast. */
export function scanBlock(
  { bytes, start, layout }: ScanOptions,
  columns: ScanColumns,
  rowsMax: number,
): ScannedBlock | undefined {
  const codes = Uint8Array.from(layout.cells, (name) => CELL[name]);
  const targets = layout.cells.map((name) => columns[targetOf(CELL[name])] ?? new Float64Array(0));
  const separator = layout.separator.charCodeAt(0);
  const { clockLength, zulu } = layout;
  const length = bytes.length;
  const last = codes.length - 1;
  let at = start;
  let row = 0;
  let dateKey = -1;
  let dateMs = 0;
  for (;;) {
    while (bytes[at] === LINE_FEED || bytes[at] === CARRIAGE_RETURN) at += 1;
    if (at >= length || row === rowsMax) break;
    for (let column = 0; column <= last; column++) {
      const code = codes[column] as number;
      const target = targets[column] as Float64Array;
      if (code >= NUMBERS_FROM) {
        const from = at;
        let byte = bytes[at] as number;
        let digits = 0;
        while (byte >= ZERO && byte <= NINE) {
          digits = digits * 10 + (byte - ZERO);
          byte = bytes[++at] as number;
        }
        let decimals = 0;
        if (byte === POINT) {
          const pointAt = at;
          byte = bytes[++at] as number;
          while (byte >= ZERO && byte <= NINE) {
            digits = digits * 10 + (byte - ZERO);
            byte = bytes[++at] as number;
          }
          decimals = at - pointAt - 1;
          if (at - from === 1) return undefined;
        }
        if (at - from > DIGITS_MAX) return undefined;
        target[row] = at === from ? Number.NaN : decimals === 0 ? digits : digits / (POWERS_OF_TEN[decimals] as number);
      } else if (code >= TIMES_FROM) {
        let ms = dateMs;
        if (code !== CLOCK) {
          const key = dateKeyAt(bytes, at);
          if (key !== dateKey) ms = dateMs = dateMsOf(key);
          dateKey = key;
          at += DATE_LENGTH;
          if (code === TIME) {
            if (bytes[at] !== T && bytes[at] !== BLANK) return undefined;
            at += 1;
          }
        }
        if (code !== DATE) {
          ms += timeOfDayMs(bytes, at, clockLength);
          at += clockLength;
          if (zulu && bytes[at++] !== Z) return undefined;
        }
        if (!(ms >= 0)) return undefined;
        target[row] = ms;
      } else while (at < length && bytes[at] !== separator && bytes[at] !== LINE_FEED) at += 1;
      if (column < last && bytes[at++] !== separator) return undefined;
    }
    if (at < length && bytes[at] !== LINE_FEED && bytes[at] !== CARRIAGE_RETURN) return undefined;
    row += 1;
  }
  return { count: row, next: at };
}

/** All that tells the time goes to one column. */
const targetOf = (code: number): number => (code <= CELL.epochMs && code !== CELL.skip ? CELL.time : code);

export function scanColumns({ cells }: RowLayout, capacity: number): ScanColumns {
  const wanted = new Set(cells.map((name) => targetOf(CELL[name])));
  wanted.delete(CELL.skip);
  return Object.values(CELL).map((code) => new Float64Array(wanted.has(code) ? capacity : 0));
}

/** `20200102` of `2020-01-02`, `2020.01.02` or `2020/01/02`; NaN for anything else. */
function dateKeyAt(bytes: Uint8Array, at: number): number {
  const mark = bytes[at + 4];
  if ((mark !== DASH && mark !== POINT && mark !== SLASH) || bytes[at + 7] !== mark) return Number.NaN;
  const year = twoDigits(bytes, at) * 100 + twoDigits(bytes, at + 2);
  return (year * 100 + twoDigits(bytes, at + 5)) * 100 + twoDigits(bytes, at + 8);
}

/** NaN where there is no such day: the engine takes 30 February for 2 March. */
function dateMsOf(key: number): number {
  const [year, month, day] = [Math.floor(key / 10_000), Math.floor(key / 100) % 100, key % 100];
  const dateMs = Date.UTC(year, month - 1, day);
  const sound = year >= 1970 && month >= 1 && month <= 12 && new Date(dateMs).getUTCDate() === day;
  return sound ? dateMs : Number.NaN;
}

function timeOfDayMs(bytes: Uint8Array, at: number, length: number): number {
  const hour = twoDigits(bytes, at);
  const minute = twoDigits(bytes, at + 3);
  if (bytes[at + 2] !== COLON || !(hour < 24) || !(minute < 60)) return Number.NaN;
  const minutesMs = (hour * 60 + minute) * 60_000;
  if (length < 8) return minutesMs;
  const second = twoDigits(bytes, at + 6);
  if (bytes[at + 5] !== COLON || !(second < 60)) return Number.NaN;
  if (length < 12) return minutesMs + second * 1000;
  const hundredth = twoDigits(bytes, at + 9);
  const thousandth = (bytes[at + 11] as number) - ZERO;
  if (bytes[at + 8] !== POINT || !(thousandth >= 0 && thousandth <= 9)) return Number.NaN;
  return minutesMs + second * 1000 + hundredth * 10 + thousandth;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - ZERO;
  const ones = (bytes[at + 1] as number) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

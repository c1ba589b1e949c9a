/** A plain candle file into columns, byte by byte and unchecked: what reading costs when nobody doubts the file. */
import { readFileSync } from 'node:fs';
import type { TightColumns } from './tight-loop.ts';

const COMMA = 44;
const POINT = 46;
const NEWLINE = 10;
const ZERO = 48;
/** `YYYY-MM-DDTHH:MM:SSZ,` */
const TIME_BYTES = 21;
/** A row has at least a time and five numbers of a digit. */
const SHORTEST_ROW_BYTES = 31;

/** Rows `time,open,high,low,close,volume` with `digits` after each price's point; every spread is the given one. */
export function readTightly(
  path: string,
  digits: number,
  spreadTicks: number,
): TightColumns & { readonly rows: number } {
  const bytes = readFileSync(path);
  const most = Math.floor(bytes.length / SHORTEST_ROW_BYTES);
  const column = (): Int32Array => new Int32Array(most);
  const openAt = new Float64Array(most);
  const [open, high, low, close] = [column(), column(), column(), column()];
  const prices = [open, high, low, close];
  let rows = 0;
  let at = bytes.indexOf(NEWLINE) + 1;
  while (at + SHORTEST_ROW_BYTES <= bytes.length) {
    openAt[rows] = timeAt(bytes, at);
    at += TIME_BYTES;
    for (const column of prices) {
      let ticks = 0;
      let decimals = -1;
      for (let byte = bytes[at++]; byte !== COMMA; byte = bytes[at++]) {
        if (byte === POINT) decimals = 0;
        else {
          ticks = ticks * 10 + (byte as number) - ZERO;
          if (decimals >= 0) decimals++;
        }
      }
      for (let i = Math.max(decimals, 0); i < digits; i++) ticks *= 10;
      column[rows] = ticks;
    }
    while (at < bytes.length && bytes[at++] !== NEWLINE);
    rows++;
  }
  return { rows, openAt, open, high, low, close, spread: column().fill(spreadTicks) };
}

let lastDate = -1;
let lastMidnight = 0;

function timeAt(bytes: Buffer, at: number): number {
  const two = (offset: number): number =>
    ((bytes[at + offset] as number) - ZERO) * 10 + (bytes[at + offset + 1] as number) - ZERO;
  const date = (two(0) * 100 + two(2)) * 10_000 + two(5) * 100 + two(8);
  if (date !== lastDate) {
    lastDate = date;
    lastMidnight = Date.UTC(two(0) * 100 + two(2), two(5) - 1, two(8));
  }
  return lastMidnight + (two(11) * 3_600 + two(14) * 60 + two(17)) * 1_000;
}

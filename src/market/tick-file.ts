/** Quotes from CSV: bid and ask by time, an empty cell is the price of the row before. */
import { type Instrument, ticksFromDistance } from '../domain/instrument.ts';
import { CandleFileError, FaultList } from './candle-file-error.ts';
import type { RowSource } from './candle-scan.ts';
import { textOf } from './data-bytes.ts';
import { CELL, placeOf, type RowLayout } from './row-layout.ts';
import { scanRows } from './row-scanner.ts';
import type { Ticks } from './ticks.ts';
import { readWallTime } from './wall-time.ts';

const PRICE = /^\d+(?:\.\d+)?$/;

/** Throws a `CandleFileError` with the first faults in words. */
export function readTickRows(path: string, source: RowSource, instrument: Instrument): Ticks {
  const scanned = scanRows(source);
  const columns = scanned === undefined ? readSlowly(path, source) : scanned.columns;
  const [at, bid, ask] = [columns[CELL.time], columns[CELL.bid], columns[CELL.ask]];
  if (at === undefined || bid === undefined || ask === undefined || at.length === 0) {
    throw new CandleFileError([`${path}: the file has no rows; export it again`]);
  }
  const faults = new FaultList(path);
  const lineOf = (row: number) => source.layout.firstLine + row;
  let last = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < at.length && !faults.isFull; row++) {
    const wall = at[row] as number;
    const time = source.clock.toUtc(wall, last);
    if (Number.isNaN(time))
      faults.addAt(lineOf(row), `the clock of ${source.clock.name} never shows ${shownTime(wall)}`);
    else if (time < last)
      faults.addAt(lineOf(row), `time ${shownTime(wall)} is before that of the row above; sort the file by time`);
    at[row] = time;
    last = Math.max(last, time);
  }
  const ticks = { at, bid: toTicks(bid, instrument), ask: toTicks(ask, instrument) };
  checkPrices(ticks, faults, lineOf);
  faults.throwIfAny();
  return ticks;
}

/** In place as numbers of the file, carried forward; 0 before the first, which the check finds. */
function toTicks(prices: Float64Array, instrument: Instrument): Int32Array {
  let known = 0;
  return Int32Array.from(prices, (price) => {
    if (!Number.isNaN(price)) known = Math.round(ticksFromDistance(instrument, price));
    return known;
  });
}

function checkPrices({ bid, ask }: Ticks, faults: FaultList, lineOf: (row: number) => number): void {
  for (let row = 0; row < bid.length && !faults.isFull; row++) {
    if (!((bid[row] as number) >= 1 && (ask[row] as number) >= 1)) {
      faults.addAt(
        lineOf(row),
        'bid or ask is not a price above zero, and no row before has one; correct or remove the line',
      );
    }
  }
}

/** Line by line, for files with blank lines or cells of another form. */
function readSlowly(path: string, { bytes, layout }: RowSource): Float64Array[] {
  const faults = new FaultList(path);
  const lines = textOf(path, bytes)
    .split('\n')
    .slice(layout.firstLine - 1);
  const rows: [number, number, number][] = [];
  lines.forEach((line, index) => {
    if (line.trim() === '' || faults.isFull) return;
    const cells = line.trimEnd().split(layout.separator);
    const time = readWallTime(layout, cells);
    const line1 = layout.firstLine + index;
    if (time.kind === 'fault') faults.addAt(line1, time.message);
    else
      rows.push([
        time.wallMs,
        priceOf(layout, cells, 'bid', line1, faults),
        priceOf(layout, cells, 'ask', line1, faults),
      ]);
  });
  faults.throwIfAny();
  const columns = Object.values(CELL).map(() => new Float64Array(0));
  [CELL.time, CELL.bid, CELL.ask].forEach((code, place) => {
    columns[code] = Float64Array.from(rows, (row) => row[place] ?? Number.NaN);
  });
  return columns;
}

function priceOf(
  layout: RowLayout,
  cells: readonly string[],
  name: 'bid' | 'ask',
  line: number,
  faults: FaultList,
): number {
  const cell = (cells[placeOf(layout, name)] ?? '').trim();
  if (cell === '') return Number.NaN;
  if (PRICE.test(cell)) return Number(cell);
  faults.addAt(line, `${name} is ${JSON.stringify(cell)}, not a price; write it like 1.10457`);
  return Number.NaN;
}

const shownTime = (wallMs: number): string => new Date(wallMs).toISOString().slice(0, 23).replace('T', ' ');

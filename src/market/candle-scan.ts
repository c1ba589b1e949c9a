/** Candles from the bytes of a plain file, checked as they are converted; the precise words on what is wrong are `CandleRows`'. */
import { type Instrument, ticksFromDistance } from '../domain/instrument.ts';
import { ticksFromPoints } from '../domain/instruments.ts';
import { type Timeframe, timeframeMs } from '../domain/market.ts';
import { SPREAD_MAX_OF_PRICE, spansTimeframe } from './candle-rows.ts';
import { type CandleColumns, type Candles, candlesOf, emptyColumns, TICKS_MAX } from './candles.ts';
import type { FileClock } from './file-clock.ts';
import { CELL, placeOf, type RowLayout } from './row-layout.ts';
import { type ScanColumns, scanBlock, scanColumns } from './row-scanner.ts';

export interface RowSource {
  readonly bytes: Uint8Array;
  /** Where the first row begins. */
  readonly start: number;
  readonly layout: RowLayout;
  readonly clock: FileClock;
}

export interface CandleGrid {
  readonly instrument: Instrument;
  readonly timeframe: Timeframe;
  /** Stands in where the file has no spread column. */
  readonly defaultSpreadPoints: number;
}

/** They stay in the processor's cache from the digits to the ticks. */
const BLOCK_ROWS = 2_048;
/** What the file is likely to hold beside what its first rows foretell. */
const ROOM = 1.05;

/** `undefined` when anything in the file is odd or wrong. */
export function scanCandles(source: RowSource, grid: CandleGrid): Candles | undefined {
  const { bytes, layout } = source;
  const scanned = scanColumns(layout, BLOCK_ROWS);
  const writer = new CandleWriter(source, grid, scanned);
  for (let start = source.start; start < bytes.length; ) {
    const block = scanBlock({ bytes, start, layout }, scanned, BLOCK_ROWS);
    if (block === undefined) return undefined;
    const bytesOfRow = (block.next - start) / Math.max(1, block.count);
    writer.makeRoom(block.count, Math.ceil((ROOM * (bytes.length - start)) / bytesOfRow));
    if (!writer.take(block.count)) return undefined;
    start = block.next;
  }
  return writer.end();
}

/** Turns scanned rows into candles; what is not sound ends the way. */
class CandleWriter {
  readonly #clock: FileClock;
  readonly #layout: RowLayout;
  readonly #grid: CandleGrid;
  readonly #periodMs: number;
  readonly #scanned: ScanColumns;
  #columns: CandleColumns = emptyColumns(0);
  #capacity = 0;
  #count = 0;
  #last = Number.NEGATIVE_INFINITY;
  #smallestStep = Number.POSITIVE_INFINITY;

  constructor({ clock, layout }: RowSource, grid: CandleGrid, scanned: ScanColumns) {
    this.#clock = clock;
    this.#layout = layout;
    this.#grid = grid;
    this.#periodMs = timeframeMs(grid.timeframe);
    this.#scanned = scanned;
  }

  /** For `rows` more at the least, and for `likely` ones if there is none yet. */
  makeRoom(rows: number, likely: number): void {
    if (this.#count + rows <= this.#capacity) return;
    this.#capacity = this.#count + Math.max(rows, likely);
    const grown = emptyColumns(this.#capacity);
    for (const name of Object.keys(grown) as (keyof CandleColumns)[]) grown[name].set(this.#columns[name]);
    this.#columns = grown;
  }

  /** The first rows of what was scanned; false when one of them is not sound. */
  take(rows: number): boolean {
    if (!this.#takeTimes(rows) || !this.#takePrices(rows) || !this.#takeSpreads(rows)) return false;
    const { volume } = this.#columns;
    const given = this.#scanned[CELL.volume] as Float64Array;
    const hasVolume = placeOf(this.#layout, 'volume') >= 0;
    for (let i = 0; hasVolume && i < rows; i++) {
      const value = given[i] as number;
      if (!(value >= 0)) return false;
      volume[this.#count + i] = value;
    }
    this.#count += rows;
    return true;
  }

  end(): Candles | undefined {
    const { instrument, timeframe } = this.#grid;
    const sound = this.#count > 0 && spansTimeframe(this.#count, this.#smallestStep, this.#periodMs);
    if (!sound) return undefined;
    const { openAt, open, high, low, close, spread, volume } = this.#columns;
    const columns: CandleColumns = {
      openAt: openAt.subarray(0, this.#count),
      open: open.subarray(0, this.#count),
      high: high.subarray(0, this.#count),
      low: low.subarray(0, this.#count),
      close: close.subarray(0, this.#count),
      spread: spread.subarray(0, this.#count),
      volume: volume.subarray(0, this.#count),
    };
    return candlesOf(instrument.symbol, timeframe, columns, this.#count);
  }

  /** False on a time that the clock has not, that goes back, or that no candle of the timeframe opens at. */
  #takeTimes(rows: number): boolean {
    const { openAt } = this.#columns;
    const periodMs = this.#periodMs;
    const given = this.#scanned[CELL.time] as Float64Array;
    for (let i = 0; i < rows; i++) {
      const wall = given[i] as number;
      const at = this.#clock.toUtc(wall, this.#last);
      if (Math.floor(wall / periodMs) * periodMs !== wall || !(at > this.#last)) return false;
      if (at - this.#last < this.#smallestStep) this.#smallestStep = at - this.#last;
      openAt[this.#count + i] = at;
      this.#last = at;
    }
    return true;
  }

  /** A NaN fails every comparison, so an empty cell is not sound. */
  #takePrices(rows: number): boolean {
    const { num, den } = this.#grid.instrument.tickSize;
    const { open, high, low, close } = this.#columns;
    const [opens, highs, lows, closes] = [CELL.open, CELL.high, CELL.low, CELL.close].map(
      (cell) => this.#scanned[cell],
    ) as [Float64Array, Float64Array, Float64Array, Float64Array];
    for (let i = 0, row = this.#count; i < rows; i++, row++) {
      const first = Math.round(((opens[i] as number) * den) / num);
      const top = Math.round(((highs[i] as number) * den) / num);
      const bottom = Math.round(((lows[i] as number) * den) / num);
      const last = Math.round(((closes[i] as number) * den) / num);
      if (!(bottom >= 1 && bottom <= first && bottom <= last && top >= first && top >= last && top <= TICKS_MAX)) {
        return false;
      }
      open[row] = first;
      high[row] = top;
      low[row] = bottom;
      close[row] = last;
    }
    return true;
  }

  #takeSpreads(rows: number): boolean {
    const { instrument, defaultSpreadPoints } = this.#grid;
    const { spread, close } = this.#columns;
    if (placeOf(this.#layout, 'spread') < 0) {
      spread.fill(ticksFromPoints(instrument, defaultSpreadPoints), this.#count, this.#count + rows);
      return true;
    }
    const given = this.#scanned[CELL.spread] as Float64Array;
    const unit = 10 ** this.#layout.spreadDigits;
    for (let i = 0, row = this.#count; i < rows; i++, row++) {
      const ticks = Math.max(0, Math.ceil(ticksFromDistance(instrument, (given[i] as number) / unit) - 1e-6));
      if (!(ticks <= (close[row] as number) * SPREAD_MAX_OF_PRICE)) return false;
      spread[row] = ticks;
    }
    return true;
  }
}

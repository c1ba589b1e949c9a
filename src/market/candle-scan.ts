/** Candles from the bytes of a plain file, checked as they are converted; the precise words on what is wrong are `CandleRows`'. */
import { type Instrument, ticksFromDistance } from '../domain/instrument.ts';
import { ticksFromPoints } from '../domain/instruments.ts';
import { type Timeframe, timeframeMs } from '../domain/market.ts';
import { SPREAD_MAX_OF_PRICE, spansTimeframe } from './candle-rows.ts';
import { type CandleColumns, type Candles, candlesOf, TICKS_MAX } from './candles.ts';
import type { FileClock } from './file-clock.ts';
import { CELL, placeOf, type RowLayout } from './row-layout.ts';
import { scanRows } from './row-scanner.ts';

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

/** `undefined` when anything in the file is odd or wrong. */
export function scanCandles(source: RowSource, grid: CandleGrid): Candles | undefined {
  const scanned = scanRows(source);
  if (scanned === undefined || scanned.count === 0) return undefined;
  const { count, columns } = scanned;
  const column = (name: keyof typeof CELL): Float64Array => columns[CELL[name]] ?? new Float64Array(0);
  const { instrument, timeframe, defaultSpreadPoints } = grid;
  const volume = placeOf(source.layout, 'volume') < 0 ? new Float64Array(count) : column('volume');
  const hasSpread = placeOf(source.layout, 'spread') >= 0;
  const columnsInTicks = {
    openAt: column('time'),
    open: toTicks(column('open'), instrument),
    high: toTicks(column('high'), instrument),
    low: toTicks(column('low'), instrument),
    close: toTicks(column('close'), instrument),
    spread: hasSpread
      ? spreadToTicks(column('spread'), instrument, source.layout)
      : new Int32Array(count).fill(ticksFromPoints(instrument, defaultSpreadPoints)),
    volume,
  };
  const sound =
    timesToUtc(columnsInTicks.openAt, source.clock, timeframeMs(timeframe)) &&
    rangesAreSound(columnsInTicks) &&
    (!hasSpread || spreadsAreSound(columnsInTicks));
  return sound ? candlesOf(instrument.symbol, timeframe, columnsInTicks, count) : undefined;
}

/** Where a number is no price that a column can hold, 0 stands for it: that is no price either. */
function toTicks(prices: Float64Array, { tickSize: { num, den } }: Instrument): Int32Array {
  const ticks = new Int32Array(prices.length);
  for (let i = 0; i < prices.length; i++) {
    const rounded = Math.round(((prices[i] as number) * den) / num);
    if (rounded <= TICKS_MAX) ticks[i] = rounded;
  }
  return ticks;
}

/** A spread that is none is one no price allows. */
function spreadToTicks(spread: Float64Array, instrument: Instrument, { spreadDigits }: RowLayout): Int32Array {
  const unit = 10 ** spreadDigits;
  const ticks = new Int32Array(spread.length).fill(TICKS_MAX);
  for (let i = 0; i < spread.length; i++) {
    const rounded = Math.ceil(ticksFromDistance(instrument, (spread[i] as number) / unit) - 1e-6);
    if (rounded <= TICKS_MAX) ticks[i] = Math.max(0, rounded);
  }
  return ticks;
}

/** In place; false on a time that the clock has not, that goes back, or that no candle of the timeframe opens at. */
function timesToUtc(times: Float64Array, clock: FileClock, periodMs: number): boolean {
  let last = Number.NEGATIVE_INFINITY;
  let smallestStep = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times.length; i++) {
    const wall = times[i] as number;
    const at = clock.toUtc(wall, last);
    if (Math.floor(wall / periodMs) * periodMs !== wall || !(at > last)) return false;
    if (at - last < smallestStep) smallestStep = at - last;
    times[i] = at;
    last = at;
  }
  return spansTimeframe(times.length, smallestStep, periodMs);
}

/** A NaN fails every comparison, so an empty cell of volume is not sound. */
function rangesAreSound({ open, high, low, close, volume }: CandleColumns): boolean {
  for (let i = 0; i < open.length; i++) {
    const top = high[i] as number;
    const bottom = low[i] as number;
    const first = open[i] as number;
    const last = close[i] as number;
    if (!(bottom >= 1 && bottom <= first && bottom <= last && top >= first && top >= last)) return false;
    if (!((volume[i] as number) >= 0)) return false;
  }
  return true;
}

function spreadsAreSound({ spread, close }: CandleColumns): boolean {
  for (let i = 0; i < spread.length; i++) {
    if (!((spread[i] as number) <= (close[i] as number) * SPREAD_MAX_OF_PRICE)) return false;
  }
  return true;
}

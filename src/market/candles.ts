/** A run of candles of one instrument held as columns: 36 bytes a bar, and tens of thousands of bars without as many objects. */
import { type Bar, type Timeframe, timeframeMs } from '../domain/market.ts';
import type { Price, UnixMs } from '../domain/units.ts';

/** A larger number of ticks is no price: it would not fit its column, which would keep another number in silence. */
export const TICKS_MAX = 2 ** 31 - 1;

/** Prices and spreads in ticks, times in Unix ms; `length` rows of each are filled. */
export interface CandleColumns {
  readonly openAt: Float64Array;
  readonly open: Int32Array;
  readonly high: Int32Array;
  readonly low: Int32Array;
  readonly close: Int32Array;
  readonly spread: Int32Array;
  readonly volume: Float64Array;
}

export interface Candles extends CandleColumns {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly length: number;
  /** Throws a RangeError beyond the last. */
  barAt(index: number): Bar;
}

export const emptyColumns = (capacity: number): CandleColumns => ({
  openAt: new Float64Array(capacity),
  open: new Int32Array(capacity),
  high: new Int32Array(capacity),
  low: new Int32Array(capacity),
  close: new Int32Array(capacity),
  spread: new Int32Array(capacity),
  volume: new Float64Array(capacity),
});

/** Undefined where one of them is no number of ticks that a column can hold. */
export function ticksColumn(values: ArrayLike<number>): Int32Array | undefined {
  const column = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const ticks = values[i] as number;
    if (!(Math.abs(ticks) <= TICKS_MAX)) return undefined;
    column[i] = ticks;
  }
  return column;
}

/** The columns hold checked integers, so a bar is a view of them and is not checked again. */
export function candlesOf(symbol: string, timeframe: Timeframe, columns: CandleColumns, length: number): Candles {
  const periodMs = timeframeMs(timeframe);
  const barAt = (index: number): Bar => {
    if (!(index >= 0 && index < length)) throw new RangeError(`${symbol}: no candle ${index} of ${length}`);
    const openAt = columns.openAt[index] as UnixMs;
    return {
      symbol,
      openAt,
      closeAt: (openAt + periodMs) as UnixMs,
      open: columns.open[index] as Price,
      high: columns.high[index] as Price,
      low: columns.low[index] as Price,
      close: columns.close[index] as Price,
      spread: columns.spread[index] as Price,
      volume: columns.volume[index] ?? 0,
    };
  };
  // The columns may be longer candles, whose own length does not count.
  return { ...columns, symbol, timeframe, length, barAt };
}

/** The place of the first candle that closes after `after`; `length` when there is none. */
export function indexClosingAfter(candles: Candles, after: UnixMs): number {
  const openAfter = after - timeframeMs(candles.timeframe);
  let low = 0;
  let high = candles.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((candles.openAt[middle] ?? 0) > openAfter) high = middle;
    else low = middle + 1;
  }
  return low;
}

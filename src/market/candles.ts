/** A run of candles of one instrument held as columns: tens of thousands of bars without as many objects. */
import { type Bar, type Timeframe, timeframeMs } from '../domain/market.ts';
import type { Price, UnixMs } from '../domain/units.ts';

/** Prices and spreads in ticks, times in Unix ms; `length` rows of each are filled. */
export interface CandleColumns {
  readonly openAt: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly spread: Float64Array;
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
  open: new Float64Array(capacity),
  high: new Float64Array(capacity),
  low: new Float64Array(capacity),
  close: new Float64Array(capacity),
  spread: new Float64Array(capacity),
  volume: new Float64Array(capacity),
});

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

/** How far the barriers stand: a multiple of the volatility known at the close of each bar, in ticks. */
import { Atr } from '../../domain/indicators/atr.ts';
import type { PriceColumns, Prices } from './labels.ts';

/** `multiple` × ATR(period); NaN until the ATR is full. */
export function atrDistance(columns: PriceColumns, periodBars: number, multiple: number): Float64Array {
  const atr = new Atr(periodBars);
  return Float64Array.from(columns.close, (close, row) => {
    atr.push(columns.high[row] ?? Number.NaN, columns.low[row] ?? Number.NaN, close);
    return atr.ready ? multiple * atr.value : Number.NaN;
  });
}

/**
 * `multiple` × σ × √horizon × close, where σ² is the exponentially weighted mean of squared log-returns: the deviation of
 * a walk without drift after `horizonBars`. NaN until `spanBars` returns were seen.
 */
export function ewmaDistance(close: Prices, spanBars: number, horizonBars: number, multiple: number): Float64Array {
  const keep = 1 - 2 / (spanBars + 1);
  let squares = 0;
  let weight = 0;
  return Float64Array.from(close, (price, row) => {
    if (row === 0) return Number.NaN;
    squares = keep * squares + Math.log(price / (close[row - 1] ?? Number.NaN)) ** 2;
    weight = keep * weight + 1;
    return row < spanBars ? Number.NaN : multiple * Math.sqrt((squares / weight) * horizonBars) * price;
  });
}

export const scaled = (distance: Float64Array, multiple: number): Float64Array =>
  distance.map((value) => value * multiple);

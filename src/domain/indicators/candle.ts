/** A bar's shape in ticks, and the patterns of candlestick charts as signs: +1 bullish, −1 bearish, 0 not there. */

export class Candle {
  open = 0;
  high = 0;
  low = 0;
  close = 0;

  set(open: number, high: number, low: number, close: number): void {
    this.open = open;
    this.high = high;
    this.low = low;
    this.close = close;
  }

  copy(from: Candle): void {
    this.set(from.open, from.high, from.low, from.close);
  }
}

const body = (candle: Candle): number => candle.close - candle.open;
const upperShadow = (candle: Candle): number => candle.high - Math.max(candle.open, candle.close);
const lowerShadow = (candle: Candle): number => Math.min(candle.open, candle.close) - candle.low;

/** The body turns round and covers the whole body before it. */
export function engulfing(latest: Candle, previous: Candle): number {
  const side = Math.sign(body(latest));
  const turns = side * Math.sign(body(previous)) === -1;
  const covers = side * (latest.close - previous.open) >= 0 && side * (previous.close - latest.open) >= 0;
  const larger = Math.abs(body(latest)) > Math.abs(body(previous));
  return turns && covers && larger ? side : 0;
}

/** 1 where the body is at most a tenth of the mean shadow; it has no side. A bar without range is no doji. */
export function doji(candle: Candle): number {
  const shadow = (upperShadow(candle) + lowerShadow(candle)) / 2;
  return shadow > 0 && Math.abs(body(candle)) <= 0.1 * shadow ? 1 : 0;
}

/** One shadow is more than twice the body and more than twice the other shadow: below a hammer, above a shooting star. */
export function hammer(candle: Candle): number {
  const upper = upperShadow(candle);
  const lower = lowerShadow(candle);
  const size = Math.abs(body(candle));
  if (lower > 2 * size && lower > 2 * upper) return 1;
  return upper > 2 * size && upper > 2 * lower ? -1 : 0;
}

/**
 * Morning (+1) and evening star (−1): a body of half an ATR or more, a pause of at most 0.3 of it, and a turn that closes
 * beyond its middle. Markets that trade round the clock do not gap, so no gap is asked for.
 */
export function star(latest: Candle, pause: Candle, first: Candle, atr: number): number {
  const size = Math.abs(body(first));
  const side = -Math.sign(body(first));
  const turns = side * body(latest) > 0 && side * (latest.close - (first.open + first.close) / 2) > 0;
  return size > 0 && size >= atr / 2 && Math.abs(body(pause)) <= 0.3 * size && turns ? side : 0;
}

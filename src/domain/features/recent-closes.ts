/** The closes of a market's latest bars, and what two markets' closes say of each other. */

/** Looked back at from the last bar, which is 0. */
export interface RecentCloses {
  readonly count: number;
  /** In ticks. */
  closeAgo(back: number): number;
  /** The moment that bar closed. */
  closedAgo(back: number): number;
}

/** As many closes as can be asked for: a day of five-minute bars, so that every hour of the day has its share. */
export const CLOSES_KEPT = 289;
/** A figure from fewer returns is none. */
export const RETURNS_MIN = 60;

/**
 * Pearson's, of the log returns between closes that both markets have, over the latest `bars` of them. Undefined where
 * there are too few, or where one has not moved.
 */
export function correlationOf(one: RecentCloses, other: RecentCloses, bars: number): number | undefined {
  let [i, j, samples] = [0, 0, 0];
  let [x, y, xx, yy, xy] = [0, 0, 0, 0, 0];
  let [laterOne, laterOther] = [Number.NaN, Number.NaN];
  while (i < one.count && j < other.count && samples < bars) {
    const [at, otherAt] = [one.closedAgo(i), other.closedAgo(j)];
    if (at > otherAt) i++;
    else if (at < otherAt) j++;
    else {
      const [close, otherClose] = [one.closeAgo(i++), other.closeAgo(j++)];
      if (laterOne > 0) {
        const [a, b] = [Math.log(laterOne / close), Math.log(laterOther / otherClose)];
        [x, y, xx, yy, xy] = [x + a, y + b, xx + a * a, yy + b * b, xy + a * b];
        samples++;
      }
      [laterOne, laterOther] = [close, otherClose];
    }
  }
  if (samples < RETURNS_MIN) return undefined;
  const variances = (xx - (x * x) / samples) * (yy - (y * y) / samples);
  const correlation = (xy - (x * y) / samples) / Math.sqrt(variances);
  return Number.isFinite(correlation) ? Math.max(-1, Math.min(1, correlation)) : undefined;
}

/** Standard deviation (n − 1) of the log return of one bar, over the latest `bars`. Undefined where there are too few, or none moved. */
export function volatilityOf(closes: RecentCloses, bars: number): number | undefined {
  const samples = Math.min(bars, closes.count - 1);
  if (!(samples >= RETURNS_MIN)) return undefined;
  let [sum, squares] = [0, 0];
  for (let back = 0; back < samples; back++) {
    const change = Math.log(closes.closeAgo(back) / closes.closeAgo(back + 1));
    sum += change;
    squares += change * change;
  }
  const deviation = Math.sqrt((squares - (sum * sum) / samples) / (samples - 1));
  return deviation > 0 ? deviation : undefined;
}

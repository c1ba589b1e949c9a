/** Indicators written the slow and obvious way, over the whole series each time: the twins that the streaming ones must equal. */

type Series = readonly number[];
interface OracleBar {
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

const sum = (values: Series): number => values.reduce((all, each) => all + each, 0);
export const mean = (values: Series): number => sum(values) / values.length;
export const deviation = (values: Series): number => Math.sqrt(mean(values.map((each) => (each - mean(values)) ** 2)));
export const differences = (values: Series): number[] => values.slice(1).map((each, i) => each - values[i]!);

/** Every value from the first full window on. */
function smoothed(values: Series, period: number, weight: number): number[] {
  const result = [mean(values.slice(0, period))];
  for (const value of values.slice(period)) result.push(result.at(-1)! * (1 - weight) + value * weight);
  return result;
}

const emaSeries = (values: Series, period: number): number[] => smoothed(values, period, 2 / (period + 1));
export const wilderSeries = (values: Series, period: number): number[] => smoothed(values, period, 1 / period);
export const ema = (values: Series, period: number): number => emaSeries(values, period).at(-1)!;

export function rsi(closes: Series, period: number): number {
  const changes = differences(closes);
  const gain = wilderSeries(
    changes.map((each) => (each > 0 ? each : 0)),
    period,
  ).at(-1)!;
  const loss = wilderSeries(
    changes.map((each) => (each < 0 ? -each : 0)),
    period,
  ).at(-1)!;
  return gain + loss === 0 ? 50 : 100 - 100 / (1 + gain / loss);
}

export function trueRanges(bars: readonly OracleBar[]): number[] {
  return bars.slice(1).map((bar, i) => {
    const before = bars[i]!.close;
    return Math.max(bar.high - bar.low, Math.abs(bar.high - before), Math.abs(bar.low - before));
  });
}

export const atr = (bars: readonly OracleBar[], period: number): number =>
  wilderSeries(trueRanges(bars), period).at(-1)!;

interface DirectionalMovement {
  readonly plusDi: number;
  readonly minusDi: number;
  readonly adx: number;
}

export function directionalMovement(bars: readonly OracleBar[], period: number): DirectionalMovement {
  const ups: number[] = [];
  const downs: number[] = [];
  for (let i = 1; i < bars.length; i++) {
    const rise = bars[i]!.high - bars[i - 1]!.high;
    const fall = bars[i - 1]!.low - bars[i]!.low;
    ups.push(rise > fall && rise > 0 ? rise : 0);
    downs.push(fall > rise && fall > 0 ? fall : 0);
  }
  const up = wilderSums(ups, period);
  const down = wilderSums(downs, period);
  const range = wilderSums(trueRanges(bars), period);
  const index = up.map((each, i) =>
    each + down[i]! === 0 ? 0 : (100 * Math.abs(each - down[i]!)) / (each + down[i]!),
  );
  return {
    plusDi: (100 * up.at(-1)!) / range.at(-1)!,
    minusDi: (100 * down.at(-1)!) / range.at(-1)!,
    adx: wilderSeries(index, period).at(-1)!,
  };
}

/** From the `period`-th value on; the first `period − 1` are added up whole. */
function wilderSums(values: Series, period: number): number[] {
  let total = sum(values.slice(0, period - 1));
  return values.slice(period - 1).map((value) => {
    total = total - total / period + value;
    return total;
  });
}

interface MacdValues {
  readonly macd: number;
  readonly signal: number;
  readonly histogram: number;
}

export function macd(closes: Series, fast: number, slow: number, signalPeriod: number): MacdValues {
  const slowLine = emaSeries(closes, slow);
  const fastLine = emaSeries(closes.slice(slow - fast), fast);
  const line = slowLine.map((each, i) => fastLine[i]! - each);
  const signal = ema(line, signalPeriod);
  return { macd: line.at(-1)!, signal, histogram: line.at(-1)! - signal };
}

/** Of the least-squares line: covariance of place and value over the variance of place. */
export function slope(values: Series): number {
  const places = values.map((_, i) => i);
  const middle = mean(places);
  const level = mean(values);
  return (
    sum(values.map((each, i) => (i - middle) * (each - level))) / sum(places.map((place) => (place - middle) ** 2))
  );
}

export function autocorrelation(values: Series): number {
  const level = mean(values);
  const products = values.slice(1).map((each, i) => (each - level) * (values[i]! - level));
  return sum(products) / sum(values.map((each) => (each - level) ** 2));
}

/** Net change over the way gone. */
export function efficiency(values: Series): number {
  const way = sum(differences(values).map(Math.abs));
  return way === 0 ? 0 : (values.at(-1)! - values[0]!) / way;
}

export const rootMeanSquare = (values: Series): number => Math.sqrt(mean(values.map((each) => each ** 2)));

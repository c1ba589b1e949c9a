/** All that the features are made of: indicators and windows over closed bars, brought forward by one bar at a time, in ticks. */
import type { AssetClass } from '../instrument.ts';
import type { Bar } from '../market.ts';
import { Adx } from './adx.ts';
import { Atr } from './atr.ts';
import { Candle } from './candle.ts';
import { LinearSlope } from './linear-slope.ts';
import { Macd } from './macd.ts';
import { Ring } from './ring.ts';
import { RollingSum } from './rolling-sum.ts';
import { Rsi } from './rsi.ts';
import { SessionClock } from './session-clock.ts';
import { CALMEST_VARIANCE, SquaredChanges } from './squared-changes.ts';

/** The window of most features, in bars. */
export const WINDOW = 20;
/** What "long" means for volume and range, in bars. */
const LONG_WINDOW = 100;
/** Volatility now, and the level it is measured against: a day of five-minute bars, so the day's own cycle cancels out. */
const RECENT_WINDOW = 48;
const BASE_WINDOW = 288;
/** The day so far looks back at most this many bars, so that no feature remembers more than the warm-up. */
const DAY_BARS_MAX = BASE_WINDOW;

export class Measures {
  readonly clock: SessionClock;
  readonly candle = new Candle();
  readonly previous = new Candle();
  readonly earlier = new Candle();
  readonly closes = new Ring(BASE_WINDOW + 2);
  readonly highs = new Ring(WINDOW);
  readonly lows = new Ring(WINDOW);
  readonly returns = new Ring(WINDOW);
  readonly volumes = new Ring(LONG_WINDOW);
  readonly turnovers = new Ring(WINDOW);
  readonly rsi = new Rsi(14);
  readonly rsis = new Ring(5);
  readonly macd = new Macd(12, 26, 9);
  readonly adx = new Adx(14);
  readonly atr = new Atr(14);
  readonly atrs = new Ring(WINDOW);
  readonly trend20 = new LinearSlope(20);
  readonly trend50 = new LinearSlope(50);
  readonly trend100 = new LinearSlope(100);
  readonly recent = new SquaredChanges(RECENT_WINDOW);
  readonly base = new SquaredChanges(BASE_WINDOW);
  private readonly ranges = new Ring(LONG_WINDOW + 1);
  private readonly rangeSum = new RollingSum(LONG_WINDOW);
  private day = Number.MIN_SAFE_INTEGER;
  private dayBars = 0;
  private dayOpen = 0;

  /** The latest log return; mean and deviation of the latest `WINDOW`; deviation of closes around their mean, in ticks. */
  logReturn = 0;
  meanReturn = 0;
  volatility = 0;
  closeDeviation = 0;
  /** ln(recent volatility / its level over the base window). */
  logVolatilityRatio = 0;
  volume = 0;
  meanVolume = 0;

  constructor(assetClass: AssetClass) {
    this.clock = new SessionClock(assetClass);
  }

  push(bar: Bar): void {
    this.clock.update(bar.openAt, bar.closeAt);
    this.earlier.set(this.previous);
    this.previous.set(this.candle);
    this.candle.set(bar);
    this.pushPrices(bar);
    this.pushRanges(bar);
    this.pushVolume(bar);
    this.pushDay(bar);
  }

  private pushPrices({ high, low, close }: Bar): void {
    this.closes.push(close);
    this.highs.push(high);
    this.lows.push(low);
    this.trend20.update(this.closes);
    this.trend50.update(this.closes);
    this.trend100.update(this.closes);
    this.recent.update(this.closes);
    this.base.update(this.closes);
    this.logVolatilityRatio = Math.log(this.recent.variance / this.base.variance) / 2;
    this.rsi.push(close);
    this.rsis.push(this.rsi.value);
    this.macd.push(close);
    this.logReturn = this.closes.count > 1 ? Math.log(close / this.closes.ago(1)) : 0;
    this.returns.push(this.logReturn);
    this.meanReturn = this.returns.mean(WINDOW);
    this.volatility = this.returns.deviation(WINDOW, this.meanReturn);
    this.closeDeviation = this.closes.deviation(WINDOW, this.sma20);
  }

  private pushRanges({ high, low, close }: Bar): void {
    this.adx.push(high, low, close);
    this.atr.push(high, low, close);
    this.atrs.push(this.atr.value);
    this.ranges.push(this.atr.trueRange);
    this.rangeSum.update(this.ranges);
  }

  private pushVolume({ high, low, close, volume }: Bar): void {
    this.volume = volume;
    this.volumes.push(volume);
    this.turnovers.push(((high + low + close) / 3) * volume);
    this.meanVolume = this.volumes.mean(WINDOW);
  }

  private pushDay(bar: Bar): void {
    if (this.clock.day !== this.day) {
      this.day = this.clock.day;
      this.dayBars = 0;
      this.dayOpen = bar.open;
    }
    this.dayBars++;
  }

  get sma20(): number {
    return this.trend20.sum.mean;
  }

  get sma50(): number {
    return this.trend50.sum.mean;
  }

  /** ATR(14), at least one tick: a market calmer than its grid of prices has no measurable range. */
  get atrUnit(): number {
    return Math.max(this.atr.value, 1);
  }

  get meanAtr(): number {
    return Math.max(this.atrs.mean(WINDOW), 1);
  }

  get longRange(): number {
    return Math.max(this.rangeSum.mean, 1);
  }

  /** Deviation of returns, at least that of the grid of prices. */
  get volatilityUnit(): number {
    return Math.max(this.volatility, Math.sqrt(CALMEST_VARIANCE) / this.candle.close);
  }

  get longMeanVolume(): number {
    return this.volumes.mean(LONG_WINDOW);
  }

  /** Deviation of volume, at least what rounding leaves of a constant one; 0 where there is no volume. */
  get volumeUnit(): number {
    return Math.max(this.volumes.deviation(WINDOW, this.meanVolume), 1e-9 * this.meanVolume);
  }

  /** Volume-weighted mean of the typical price; 0 where there is no volume. */
  get vwap(): number {
    return this.meanVolume > 0 ? this.turnovers.mean(WINDOW) / this.meanVolume : 0;
  }

  /** Change of the close against the trading day's open, as a fraction. */
  get dayReturn(): number {
    const from = this.dayBars > DAY_BARS_MAX ? this.closes.ago(DAY_BARS_MAX) : this.dayOpen;
    return this.candle.close / from - 1;
  }

  /** Change over `bars`, as a fraction. */
  momentum(bars: number): number {
    return this.candle.close / this.closes.ago(bars) - 1;
  }

  /** Net change over `bars` divided by the way gone, in [−1, 1]: Kaufman's efficiency ratio with its sign. */
  efficiency(bars: number): number {
    let way = 0;
    for (let back = 0; back < bars; back++) way += Math.abs(this.closes.ago(back) - this.closes.ago(back + 1));
    return way > 0 ? (this.candle.close - this.closes.ago(bars)) / way : 0;
  }

  /** Lag-one autocorrelation of the window's returns, in [−1, 1]. */
  get autocorrelation(): number {
    let products = 0;
    for (let back = 0; back < WINDOW - 1; back++) {
      products += (this.returns.ago(back) - this.meanReturn) * (this.returns.ago(back + 1) - this.meanReturn);
    }
    return products / (WINDOW * this.volatilityUnit ** 2);
  }

  /** Net move over the recent window in deviations of a walk without drift: a t-statistic of the trend. */
  get trendStatistic(): number {
    const move = this.candle.close - this.closes.ago(RECENT_WINDOW);
    return move / Math.sqrt(RECENT_WINDOW * this.recent.variance);
  }

  get bars(): number {
    return this.closes.count;
  }

  /** Every window is full. */
  get isFull(): boolean {
    return this.bars > BASE_WINDOW;
  }
}

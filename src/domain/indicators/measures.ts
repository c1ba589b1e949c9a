/** All that the features are made of: indicators and windows over closed bars, brought forward by one bar at a time, in ticks. */
import type { AssetClass } from '../instrument.ts';
import type { UnixMs } from '../units.ts';
import { Adx } from './adx.ts';
import { Atr } from './atr.ts';
import { Candle } from './candle.ts';
import { DayChange } from './day-change.ts';
import { Extremes } from './extremes.ts';
import { LinearSlope } from './linear-slope.ts';
import { Macd } from './macd.ts';
import { Ring } from './ring.ts';
import { RollingSum } from './rolling-sum.ts';
import { Rsi } from './rsi.ts';
import { SessionClock } from './session-clock.ts';
import { CALMEST_VARIANCE, SquaredChanges } from './squared-changes.ts';

/** The window of most features, in bars. */
const WINDOW = 20;
/** What "long" means for volume and range, in bars: five windows, so that a long mean is that of five means. */
const LONG_WINDOW = 5 * WINDOW;
/** Volatility now, and the level it is measured against: a day of five-minute bars, so the day's own cycle cancels out. */
const RECENT_WINDOW = 48;
const BASE_WINDOW = 288;
const CALMEST_DEVIATION = Math.sqrt(CALMEST_VARIANCE);

/**
 * Sums of whole ticks roll on and stay exact. Whatever is no whole number is summed afresh over its window at each bar, so
 * that nothing drifts and no value depends on when the first bar came.
 */
export class Measures {
  readonly clock: SessionClock;
  readonly candle = new Candle();
  readonly previous = new Candle();
  readonly earlier = new Candle();
  readonly closes = new Ring(BASE_WINDOW + 1);
  readonly extremes = new Extremes(WINDOW);
  private readonly returns = new Ring(WINDOW);
  private readonly volumes = new Ring(WINDOW);
  private readonly turnovers = new Ring(WINDOW);
  /** Of volume, over the window that ended at each bar. */
  private readonly volumeMeans = new Ring(LONG_WINDOW);
  readonly rsi = new Rsi(14);
  readonly rsis = new Ring(5);
  readonly macd = new Macd(12, 26, 9);
  readonly adx = new Adx(14);
  readonly atr = new Atr(14);
  private readonly atrs = new Ring(WINDOW);
  readonly trend20 = new LinearSlope(20);
  readonly trend50 = new LinearSlope(50);
  readonly trend100 = new LinearSlope(100);
  readonly recent = new SquaredChanges(RECENT_WINDOW);
  readonly base = new SquaredChanges(BASE_WINDOW);
  /** The way of each bar's close from the one before, in whole ticks. */
  private readonly changes = new Ring(BASE_WINDOW + 1);
  private readonly way5 = new RollingSum(5);
  private readonly way10 = new RollingSum(10);
  private readonly way20 = new RollingSum(20);
  private readonly ranges = new Ring(LONG_WINDOW + 1);
  private readonly rangeSum = new RollingSum(LONG_WINDOW);
  private readonly day = new DayChange(BASE_WINDOW);

  /** The latest log return; mean and deviation of the latest `WINDOW`; deviation of closes around their mean, in ticks. */
  logReturn = 0;
  volatility = 0;
  closeDeviation = 0;
  /** Sum of products of neighbouring returns, each less the mean. */
  private returnProducts = 0;
  /** ln(recent volatility / its level over the base window). */
  logVolatilityRatio = 0;
  volume = 0;
  meanVolume = 0;
  private volumeDeviation = 0;
  private meanTurnover = 0;
  /** ATR(14), at least one tick: a market calmer than its grid of prices has no measurable range. */
  atrUnit = 1;
  meanAtr = 1;

  constructor(assetClass: AssetClass) {
    this.clock = new SessionClock(assetClass);
  }

  push(openAt: UnixMs, closeAt: UnixMs, open: number, high: number, low: number, close: number, volume: number): void {
    this.clock.update(openAt, closeAt);
    this.earlier.copy(this.previous);
    this.previous.copy(this.candle);
    this.candle.set(open, high, low, close);
    this.pushClose(close);
    this.pushRange(high, low, close);
    this.day.push(this.clock.day, open);
    this.volume = volume;
    this.volumes.push(volume);
    this.turnovers.push(((high + low + close) / 3) * volume);
    this.sweepDeviations(this.sweepMeans());
  }

  private pushClose(close: number): void {
    const before = this.closes.ago(0);
    const first = this.closes.count === 0;
    this.closes.push(close);
    this.trend20.update(this.closes);
    this.trend50.update(this.closes);
    this.trend100.update(this.closes);
    this.changes.push(first ? 0 : Math.abs(close - before));
    this.recent.update(this.changes);
    this.base.update(this.changes);
    this.way5.update(this.changes);
    this.way10.update(this.changes);
    this.way20.update(this.changes);
    this.rsi.push(close);
    this.rsis.push(this.rsi.value);
    this.macd.push(close);
    this.logReturn = first ? 0 : Math.log(close / before);
    this.returns.push(this.logReturn);
    this.logVolatilityRatio = Math.log(this.recent.variance / this.base.variance) / 2;
  }

  private pushRange(high: number, low: number, close: number): void {
    this.extremes.push(high, low);
    this.adx.push(high, low, close);
    this.atr.push(high, low, close);
    this.atrs.push(this.atr.value);
    this.ranges.push(this.atr.trueRange);
    this.rangeSum.update(this.ranges);
    this.atrUnit = Math.max(this.atr.value, 1);
  }

  /** One walk through the window for all of its means: the sums do not wait for one another. Gives the mean return. */
  private sweepMeans(): number {
    const { returns, volumes, turnovers, atrs } = this;
    let returnSum = 0;
    let volumeSum = 0;
    let turnoverSum = 0;
    let atrSum = 0;
    for (let back = 0; back < WINDOW; back++) {
      returnSum += returns.ago(back);
      volumeSum += volumes.ago(back);
      turnoverSum += turnovers.ago(back);
      atrSum += atrs.ago(back);
    }
    this.meanVolume = volumeSum / WINDOW;
    this.meanTurnover = turnoverSum / WINDOW;
    this.meanAtr = Math.max(atrSum / WINDOW, 1);
    this.volumeMeans.push(this.meanVolume);
    return returnSum / WINDOW;
  }

  /** And one for all that is measured around them. */
  private sweepDeviations(meanReturn: number): void {
    const { returns, volumes, closes, meanVolume, sma20 } = this;
    let later = 0;
    let products = 0;
    let returnSquares = 0;
    let volumeSquares = 0;
    let closeSquares = 0;
    for (let back = 0; back < WINDOW; back++) {
      const fromReturn = returns.ago(back) - meanReturn;
      const fromVolume = volumes.ago(back) - meanVolume;
      const fromClose = closes.ago(back) - sma20;
      products += later * fromReturn;
      later = fromReturn;
      returnSquares += fromReturn * fromReturn;
      volumeSquares += fromVolume * fromVolume;
      closeSquares += fromClose * fromClose;
    }
    this.returnProducts = products;
    this.volatility = Math.sqrt(returnSquares / WINDOW);
    this.volumeDeviation = Math.sqrt(volumeSquares / WINDOW);
    this.closeDeviation = Math.sqrt(closeSquares / WINDOW);
  }

  get sma20(): number {
    return this.trend20.mean;
  }

  get sma50(): number {
    return this.trend50.mean;
  }

  get longRange(): number {
    return Math.max(this.rangeSum.mean, 1);
  }

  /** Deviation of returns, at least that of the grid of prices. */
  get volatilityUnit(): number {
    return Math.max(this.volatility, CALMEST_DEVIATION / this.candle.close);
  }

  get longMeanVolume(): number {
    const means = this.volumeMeans;
    const five =
      means.ago(0) + means.ago(WINDOW) + means.ago(2 * WINDOW) + means.ago(3 * WINDOW) + means.ago(4 * WINDOW);
    return five / 5;
  }

  /** Deviation of volume, at least what rounding leaves of a constant one; 0 where there is no volume. */
  get volumeUnit(): number {
    return Math.max(this.volumeDeviation, 1e-9 * this.meanVolume);
  }

  /** Volume-weighted mean of the typical price; 0 where there is no volume. */
  get vwap(): number {
    return this.meanVolume > 0 ? this.meanTurnover / this.meanVolume : 0;
  }

  /** Change of the close against the trading day's open, as a fraction. */
  get dayReturn(): number {
    return this.candle.close / this.day.openOf(this.closes) - 1;
  }

  /** Change over `bars`, as a fraction. */
  momentum(bars: number): number {
    return this.candle.close / this.closes.ago(bars) - 1;
  }

  /** Net change over the bars of a sum of absolute changes divided by it, in [−1, 1]: Kaufman's efficiency ratio with its sign. */
  private efficiency({ period, value }: RollingSum): number {
    return value > 0 ? (this.candle.close - this.closes.ago(period)) / value : 0;
  }

  get efficiency5(): number {
    return this.efficiency(this.way5);
  }

  get efficiency10(): number {
    return this.efficiency(this.way10);
  }

  get efficiency20(): number {
    return this.efficiency(this.way20);
  }

  /** Lag-one autocorrelation of the window's returns, in [−1, 1]. */
  get autocorrelation(): number {
    const unit = this.volatilityUnit;
    return this.returnProducts / (WINDOW * unit * unit);
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

/** The feature pack v1: 56 scale-free numbers about the bars closed so far. docs/FEATURES-V1.md says where each comes from. */

import { Atr } from './indicators/atr.ts';
import { doji, engulfing, hammer, star } from './indicators/candle.ts';
import { Measures, WINDOW } from './indicators/measures.ts';
import { restoreInto, type Snapshot, snapshotOf } from './indicators/snapshot.ts';
import type { AssetClass, Instrument } from './instrument.ts';
import type { Bar } from './market.ts';
import { type Regime, RegimeDetector, type RegimeSnapshot } from './regime.ts';

type Feature = (m: Measures) => number;

/** 1 above the line, −1 below the other, 0 between. */
const signal = (value: number, above: number, below: number): number => (value > above ? 1 : value < below ? -1 : 0);
/** `neutral` where there is nothing to divide by: no volume in the source, a price that stood still. */
const ratio = (part: number, whole: number, neutral: number): number => (whole > 0 ? part / whole : neutral);

/** Levels of ln(recent volatility / its usual level) that part real markets into five about equal shares. */
const ACTIVITY_LEVELS = [-0.35, -0.15, 0, 0.2] as const;

const FEATURES = {
  body_atr: (m) => (m.candle.close - m.candle.open) / m.atrUnit,
  high_20_distance: (m) => (m.highs.highest(WINDOW) - m.candle.close) / m.atrUnit,
  low_20_distance: (m) => (m.candle.close - m.lows.lowest(WINDOW)) / m.atrUnit,
  sma_50_distance: (m) => (m.candle.close - m.sma50) / m.atrUnit,
  volume_zscore: (m) => ratio(m.volume - m.meanVolume, m.volumeUnit, 0),
  return_zscore: (m) => m.logReturn / m.volatilityUnit,
  log_returns: (m) => m.logReturn,
  volatility: (m) => m.volatility,
  volume_ma_ratio: (m) => (m.meanVolume > 0 ? m.meanVolume / m.longMeanVolume : 1),
  volume_variation: (m) => ratio(m.volumeUnit, m.meanVolume, 0),
  range_atr: (m) => (m.candle.high - m.candle.low) / m.atrUnit,
  price_range_pct: (m) => (m.candle.high - m.candle.low) / m.candle.close,
  trend: (m) => Math.sign(m.candle.close - m.sma20),

  rsi: (m) => m.rsi.value,
  rsi_ma: (m) => m.rsis.mean(5),
  rsi_signal: (m) => -signal(m.rsi.value, 70, 30),
  macd: (m) => m.macd.value / m.atrUnit,
  macd_signal: (m) => Math.sign(m.macd.histogram),
  macd_hist: (m) => m.macd.histogram / m.atrUnit,
  bb_upper_distance: (m) => (m.sma20 + 2 * m.closeDeviation - m.candle.close) / m.atrUnit,
  return_autocorrelation: (m) => m.autocorrelation,
  bb_lower_distance: (m) => (m.candle.close - m.sma20 + 2 * m.closeDeviation) / m.atrUnit,
  bb_width: (m) => (4 * m.closeDeviation) / m.sma20,
  bb_position: (m) => 0.5 + ratio(m.candle.close - m.sma20, 4 * m.closeDeviation, 0),
  atr_pct: (m) => m.atr.value / m.candle.close,
  atr_long_ratio: (m) => m.atrUnit / m.longRange,
  atr_ratio: (m) => m.atrUnit / m.meanAtr,
  adx: (m) => m.adx.value,
  adx_signal: (m) => (m.adx.value > 25 ? 1 : 0),
  di_balance: (m) => m.adx.balance,
  vwap_ratio: (m) => ratio(m.candle.close, m.vwap, 1),
  momentum_5: (m) => m.momentum(5),
  momentum_10: (m) => m.momentum(10),
  momentum_20: (m) => m.momentum(20),
  efficiency_5: (m) => m.efficiency(5),
  efficiency_10: (m) => m.efficiency(10),
  efficiency_20: (m) => m.efficiency(20),

  engulfing: (m) => engulfing(m.candle, m.previous),
  doji: (m) => doji(m.candle),
  hammer: (m) => hammer(m.candle),
  star: (m) => star(m.candle, m.previous, m.earlier, m.atr.value),
  volume_ratio: (m) => ratio(m.volume, m.meanVolume, 1),
  volume_trend: (m) => signal(ratio(m.volume, m.meanVolume, 1), 1.5, 0.5),

  in_eu_session: (m) => m.clock.inEu,
  in_us_session: (m) => m.clock.inUs,
  in_asia_session: (m) => m.clock.inAsia,
  in_overlap_session: (m) => m.clock.inOverlap,
  daily_direction: (m) => m.dayReturn,
  daily_direction_signal: (m) => signal(m.dayReturn, 0.001, -0.001),
  market_regime: (m) => ACTIVITY_LEVELS.filter((level) => m.logVolatilityRatio > level).length,
  day_of_week: (m) => m.clock.weekday,
  day_time_sin: (m) => Math.sin(2 * Math.PI * m.clock.dayFraction),
  day_time_cos: (m) => Math.cos(2 * Math.PI * m.clock.dayFraction),
  trend_20: (m) => (m.trend20.value * 20) / m.atrUnit,
  trend_50: (m) => (m.trend50.value * 50) / m.atrUnit,
  trend_100: (m) => (m.trend100.value * 100) / m.atrUnit,
} satisfies Record<string, Feature>;

const NAMES = Object.keys(FEATURES);
const COMPUTE: readonly Feature[] = Object.values(FEATURES);

/** Bars after which every window is full and a later start changes no feature by more than a millionth of its spread. */
const WARMUP_BARS = 400;

export const FEATURE_PACK: { readonly name: 'v1'; readonly names: readonly string[]; readonly warmupBars: number } = {
  name: 'v1',
  names: NAMES,
  warmupBars: WARMUP_BARS,
};

interface FeatureOptions {
  /** Of the ATR that stops are measured in, 1 to 100; the features have their own. */
  readonly atrPeriod?: number;
}

const ATR_PERIOD = 14;
const ATR_PERIOD_MAX = 100;

/** All that an engine remembers, as JSON. The first four fields say whose memory it is. */
export interface FeatureSnapshot {
  readonly pack: 'v1';
  readonly symbol: string;
  readonly timeframeMs: number;
  readonly atrPeriod: number;
  readonly memory: Snapshot;
  readonly regime: RegimeSnapshot;
}

/** All of an engine that changes, but for the regime. */
class Memory {
  readonly measures: Measures;
  readonly stopAtr: Atr;
  readonly values = new Float64Array(NAMES.length);
  closedAt = Number.MIN_SAFE_INTEGER;

  constructor(assetClass: AssetClass, atrPeriod: number) {
    this.measures = new Measures(assetClass);
    this.stopAtr = new Atr(atrPeriod);
  }
}

/** The features of one instrument and timeframe, brought forward by one closed bar at a time: a batch is a loop over `push`. */
export class FeatureEngine {
  readonly #instrument: Instrument;
  readonly #timeframeMs: number;
  readonly #atrPeriod: number;
  readonly #memory: Memory;
  #regime = new RegimeDetector();

  constructor(instrument: Instrument, timeframeMs: number, options: FeatureOptions = {}) {
    this.#instrument = instrument;
    this.#timeframeMs = timeframeMs;
    this.#atrPeriod = options.atrPeriod ?? ATR_PERIOD;
    if (!Number.isInteger(this.#atrPeriod) || this.#atrPeriod < 1 || this.#atrPeriod > ATR_PERIOD_MAX) {
      throw new RangeError(
        `the ATR's period must be a whole number of bars, 1 to ${ATR_PERIOD_MAX}, was ${this.#atrPeriod}`,
      );
    }
    this.#memory = new Memory(instrument.assetClass, this.#atrPeriod);
  }

  /** One closed bar, later than the one before. Throws on a bar of another symbol or timeframe: it would poison all that follow. */
  push(bar: Bar): void {
    this.#check(bar);
    const { measures, stopAtr, values } = this.#memory;
    this.#memory.closedAt = bar.closeAt;
    measures.push(bar);
    stopAtr.push(bar.high, bar.low, bar.close);
    if (!measures.isFull) return;
    this.#regime.push(measures);
    // Adding 0 turns −0, which JSON does not know, into 0.
    for (let i = 0; i < COMPUTE.length; i++) values[i] = (COMPUTE[i] as Feature)(measures) + 0;
  }

  #check(bar: Bar): void {
    const { symbol } = this.#instrument;
    const fault =
      bar.symbol !== symbol
        ? `it is of ${bar.symbol}`
        : bar.closeAt - bar.openAt !== this.#timeframeMs
          ? `it lasts ${bar.closeAt - bar.openAt} ms, not ${this.#timeframeMs}`
          : bar.closeAt <= this.#memory.closedAt
            ? `it closes at ${bar.closeAt}, not after ${this.#memory.closedAt}`
            : undefined;
    if (fault !== undefined) throw new Error(`features of ${symbol} cannot take this bar: ${fault}`);
  }

  /** The warm-up is over and every value is finite. */
  get ready(): boolean {
    return this.#memory.measures.bars >= WARMUP_BARS && this.#memory.values.every(Number.isFinite);
  }

  /** The values at the latest bar, in the order of `FEATURE_PACK.names`; zeros while windows fill. */
  values(): Float64Array {
    return this.#memory.values.slice();
  }

  /** The stops' ATR in ticks, not rounded. */
  get atrTicks(): number {
    return this.#memory.stopAtr.value;
  }

  get regime(): Regime {
    return this.#regime.regime;
  }

  get regimeConfidence(): number {
    return this.#regime.confidence;
  }

  snapshot(): FeatureSnapshot {
    return { ...this.#identity(), memory: snapshotOf(this.#memory), regime: this.#regime.snapshot() };
  }

  #identity(): Pick<FeatureSnapshot, 'pack' | 'symbol' | 'timeframeMs' | 'atrPeriod'> {
    return {
      pack: FEATURE_PACK.name,
      symbol: this.#instrument.symbol,
      timeframeMs: this.#timeframeMs,
      atrPeriod: this.#atrPeriod,
    };
  }

  /** Continues bit for bit. Throws on a snapshot of another pack, symbol, timeframe or ATR period: warm up anew instead. */
  static restore(
    instrument: Instrument,
    timeframeMs: number,
    snapshot: FeatureSnapshot,
    options: FeatureOptions = {},
  ): FeatureEngine {
    const engine = new FeatureEngine(instrument, timeframeMs, options);
    const wanted = engine.#identity();
    for (const field of ['pack', 'symbol', 'timeframeMs', 'atrPeriod'] as const) {
      if (snapshot[field] !== wanted[field]) {
        throw new Error(`the feature snapshot is of ${field} ${snapshot[field]}, not ${wanted[field]}: warm up anew`);
      }
    }
    restoreInto(engine.#memory, snapshot.memory);
    engine.#regime = RegimeDetector.restore(snapshot.regime);
    return engine;
  }
}

/** The feature pack v1: 56 scale-free numbers about the bars closed so far. docs/FEATURES-V1.md says where each comes from. */
import { doji, engulfing, hammer, star } from '../indicators/candle.ts';
import type { Measures } from '../indicators/measures.ts';

/** Each name with its place among the values. */
const AT = {
  body_atr: 0,
  high_20_distance: 1,
  low_20_distance: 2,
  sma_50_distance: 3,
  volume_zscore: 4,
  return_zscore: 5,
  log_returns: 6,
  volatility: 7,
  volume_ma_ratio: 8,
  volume_variation: 9,
  range_atr: 10,
  price_range_pct: 11,
  trend: 12,
  rsi: 13,
  rsi_ma: 14,
  rsi_signal: 15,
  macd: 16,
  macd_signal: 17,
  macd_hist: 18,
  bb_upper_distance: 19,
  return_autocorrelation: 20,
  bb_lower_distance: 21,
  bb_width: 22,
  bb_position: 23,
  atr_pct: 24,
  atr_long_ratio: 25,
  atr_ratio: 26,
  adx: 27,
  adx_signal: 28,
  di_balance: 29,
  vwap_ratio: 30,
  momentum_5: 31,
  momentum_10: 32,
  momentum_20: 33,
  efficiency_5: 34,
  efficiency_10: 35,
  efficiency_20: 36,
  engulfing: 37,
  doji: 38,
  hammer: 39,
  star: 40,
  volume_ratio: 41,
  volume_trend: 42,
  in_eu_session: 43,
  in_us_session: 44,
  in_asia_session: 45,
  in_overlap_session: 46,
  daily_direction: 47,
  daily_direction_signal: 48,
  market_regime: 49,
  day_of_week: 50,
  day_time_sin: 51,
  day_time_cos: 52,
  trend_20: 53,
  trend_50: 54,
  trend_100: 55,
} as const;

export const FEATURE_PACK: { readonly name: 'v1'; readonly names: readonly string[]; readonly warmupBars: number } = {
  name: 'v1',
  names: Object.keys(AT),
  /** Bars after which every window is full and a later start changes no feature by more than a millionth of its spread. */
  warmupBars: 400,
};

/** 1 above the line, −1 below the other, 0 between. */
const signal = (value: number, above: number, below: number): number => (value > above ? 1 : value < below ? -1 : 0);
/** `neutral` where there is nothing to divide by: no volume in the source, a price that stood still. */
const ratio = (part: number, whole: number, neutral: number): number => (whole > 0 ? part / whole : neutral);

/** The values at the latest bar, written where the table says. Every window of the measures is full. Tells whether all are finite. */
export function writePack(m: Measures, values: Float64Array): boolean {
  writePriceAndVolume(m, values);
  writeIndicators(m, values);
  writeShapesAndTime(m, values);
  let zero = 0;
  for (let i = 0; i < values.length; i++) {
    // Adding 0 turns −0, which JSON does not know, into 0.
    const value = (values[i] as number) + 0;
    values[i] = value;
    zero += value * 0;
  }
  return zero === 0;
}

function writePriceAndVolume(m: Measures, values: Float64Array): void {
  const { open, high, low, close } = m.candle;
  const { atrUnit, volume, meanVolume, volumeUnit } = m;
  values[AT.body_atr] = (close - open) / atrUnit;
  values[AT.high_20_distance] = (m.extremes.highest - close) / atrUnit;
  values[AT.low_20_distance] = (close - m.extremes.lowest) / atrUnit;
  values[AT.sma_50_distance] = (close - m.sma50) / atrUnit;
  values[AT.log_returns] = m.logReturn;
  values[AT.return_zscore] = m.logReturn / m.volatilityUnit;
  values[AT.volatility] = m.volatility;
  values[AT.range_atr] = (high - low) / atrUnit;
  values[AT.price_range_pct] = (high - low) / close;
  values[AT.trend] = Math.sign(close - m.sma20);
  values[AT.return_autocorrelation] = m.autocorrelation;
  values[AT.momentum_5] = m.momentum(5);
  values[AT.momentum_10] = m.momentum(10);
  values[AT.momentum_20] = m.momentum(20);
  values[AT.efficiency_5] = m.efficiency5;
  values[AT.efficiency_10] = m.efficiency10;
  values[AT.efficiency_20] = m.efficiency20;
  values[AT.trend_20] = (m.trend20.value * 20) / atrUnit;
  values[AT.trend_50] = (m.trend50.value * 50) / atrUnit;
  values[AT.trend_100] = (m.trend100.value * 100) / atrUnit;

  const volumeRatio = ratio(volume, meanVolume, 1);
  values[AT.volume_zscore] = ratio(volume - meanVolume, volumeUnit, 0);
  values[AT.volume_ma_ratio] = meanVolume > 0 ? meanVolume / m.longMeanVolume : 1;
  values[AT.volume_variation] = ratio(volumeUnit, meanVolume, 0);
  values[AT.vwap_ratio] = ratio(close, m.vwap, 1);
  values[AT.volume_ratio] = volumeRatio;
  values[AT.volume_trend] = signal(volumeRatio, 1.5, 0.5);
}

function writeIndicators(m: Measures, values: Float64Array): void {
  const { close } = m.candle;
  const { atrUnit, sma20 } = m;
  const rsi = m.rsi.value;
  values[AT.rsi] = rsi;
  values[AT.rsi_ma] = m.rsis.mean(5);
  values[AT.rsi_signal] = -signal(rsi, 70, 30);

  const { histogram } = m.macd;
  values[AT.macd] = m.macd.value / atrUnit;
  values[AT.macd_signal] = Math.sign(histogram);
  values[AT.macd_hist] = histogram / atrUnit;

  const halfWidth = 2 * m.closeDeviation;
  values[AT.bb_upper_distance] = (sma20 + halfWidth - close) / atrUnit;
  values[AT.bb_lower_distance] = (close - sma20 + halfWidth) / atrUnit;
  values[AT.bb_width] = (2 * halfWidth) / sma20;
  values[AT.bb_position] = 0.5 + ratio(close - sma20, 2 * halfWidth, 0);

  values[AT.atr_pct] = m.atr.value / close;
  values[AT.atr_long_ratio] = atrUnit / m.longRange;
  values[AT.atr_ratio] = atrUnit / m.meanAtr;
  values[AT.adx] = m.adx.value;
  values[AT.adx_signal] = m.adx.value > 25 ? 1 : 0;
  values[AT.di_balance] = m.adx.balance;
}

function writeShapesAndTime(m: Measures, values: Float64Array): void {
  values[AT.engulfing] = engulfing(m.candle, m.previous);
  values[AT.doji] = doji(m.candle);
  values[AT.hammer] = hammer(m.candle);
  values[AT.star] = star(m.candle, m.previous, m.earlier, m.atr.value);

  const { clock, dayReturn } = m;
  values[AT.in_eu_session] = clock.inEu;
  values[AT.in_us_session] = clock.inUs;
  values[AT.in_asia_session] = clock.inAsia;
  values[AT.in_overlap_session] = clock.inOverlap;
  values[AT.daily_direction] = dayReturn;
  values[AT.daily_direction_signal] = signal(dayReturn, 0.001, -0.001);
  values[AT.day_of_week] = clock.weekday;
  values[AT.day_time_sin] = clock.daySine;
  values[AT.day_time_cos] = clock.dayCosine;
  values[AT.market_regime] = activityLevel(m.logVolatilityRatio);
}

/** Levels of ln(recent volatility / its usual level) that part real markets into five about equal shares, 0 to 4. */
function activityLevel(logVolatilityRatio: number): number {
  if (logVolatilityRatio > 0) return logVolatilityRatio > 0.2 ? 4 : 3;
  if (logVolatilityRatio > -0.15) return 2;
  return logVolatilityRatio > -0.35 ? 1 : 0;
}

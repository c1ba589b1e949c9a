/** The feature pack written from docs/FEATURES-V1.md, one feature a line, over all bars so far: slow, and free of any state. */
import type { Bar } from '../../src/domain/market.ts';
import * as slow from './indicators.ts';

const last = <T>(values: readonly T[], count: number): T[] => values.slice(-count);
const sideOf = (value: number, above: number, below: number): number => (value > above ? 1 : value < below ? -1 : 0);

const CLOCK = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const CLOCKS: Record<string, Intl.DateTimeFormat> = Object.fromEntries(
  ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo'].map((zone) => [
    zone,
    new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...CLOCK }),
  ]),
);
const NEW_YORK_DATE = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' });

/** Local weekday (0 = Sunday) and hours since midnight, as the platform's own formatter says. */
function localClock(zone: string, at: number): { weekday: number; hours: number } {
  const parts = Object.fromEntries(CLOCKS[zone]!.formatToParts(at).map(({ type, value }) => [type, value]));
  const weekday = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(parts['weekday'] ?? '');
  return { weekday, hours: Number(parts['hour']) + Number(parts['minute']) / 60 };
}

function inSession(zone: string, at: number, from: number, to: number): number {
  const { weekday, hours } = localClock(zone, at);
  return weekday >= 1 && weekday <= 5 && hours >= from && hours < to ? 1 : 0;
}

/** Of a currency: the New York date, from 17:00 on the next one. */
const tradingDay = (at: number): string => NEW_YORK_DATE.format(at + 7 * 3_600_000);

function candles(bars: readonly Bar[], atr: number): Record<string, number> {
  const [first, pause, now] = last(bars, 3).map((bar) => ({
    ...bar,
    body: bar.close - bar.open,
    size: Math.abs(bar.close - bar.open),
    upper: bar.high - Math.max(bar.open, bar.close),
    lower: Math.min(bar.open, bar.close) - bar.low,
  }));
  if (first === undefined || pause === undefined || now === undefined) throw new Error('three bars are needed');
  const bullishEngulfing =
    pause.body < 0 && now.body > 0 && now.close >= pause.open && now.open <= pause.close && now.size > pause.size;
  const bearishEngulfing =
    pause.body > 0 && now.body < 0 && now.close <= pause.open && now.open >= pause.close && now.size > pause.size;
  const starShape = first.size > 0 && first.size >= 0.5 * atr && pause.size <= 0.3 * first.size;
  const middle = (first.open + first.close) / 2;
  const shadow = (now.upper + now.lower) / 2;
  return {
    engulfing: bullishEngulfing ? 1 : bearishEngulfing ? -1 : 0,
    doji: shadow > 0 && now.size <= 0.1 * shadow ? 1 : 0,
    hammer:
      now.lower > 2 * now.size && now.lower > 2 * now.upper
        ? 1
        : now.upper > 2 * now.size && now.upper > 2 * now.lower
          ? -1
          : 0,
    star:
      starShape && first.body < 0 && now.body > 0 && now.close > middle
        ? 1
        : starShape && first.body > 0 && now.body < 0 && now.close < middle
          ? -1
          : 0,
  };
}

function calendar(bars: readonly Bar[]): Record<string, number> {
  const now = bars.at(-1)!;
  const dayStart = bars.findIndex((bar) => tradingDay(bar.openAt) === tradingDay(now.openAt));
  const dayReturn = now.close / bars[dayStart]!.open - 1;
  const hoursOfDay = (localClock('America/New_York', now.closeAt).hours + 7) % 24;
  return {
    in_eu_session: inSession('Europe/Berlin', now.closeAt, 8, 17),
    in_us_session: inSession('America/New_York', now.closeAt, 8, 17),
    in_asia_session: inSession('Asia/Tokyo', now.closeAt, 8, 17),
    in_overlap_session: inSession('America/New_York', now.closeAt, 8.5, 10.5),
    daily_direction: dayReturn,
    daily_direction_signal: sideOf(dayReturn, 0.001, -0.001),
    day_of_week: new Date(`${tradingDay(now.openAt)}T00:00:00Z`).getUTCDay(),
    day_time_sin: Math.sin((hoursOfDay / 24) * 2 * Math.PI),
    day_time_cos: Math.cos((hoursOfDay / 24) * 2 * Math.PI),
  };
}

function volumes(bars: readonly Bar[]): Record<string, number> {
  const all = bars.map((bar) => bar.volume);
  const now = all.at(-1)!;
  const mean20 = slow.mean(last(all, 20));
  if (mean20 === 0) {
    return {
      volume_zscore: 0,
      volume_ma_ratio: 1,
      volume_variation: 0,
      vwap_ratio: 1,
      volume_ratio: 1,
      volume_trend: 0,
    };
  }
  const traded = last(bars, 20).map((bar) => ((bar.high + bar.low + bar.close) / 3) * bar.volume);
  const vwap = slow.mean(traded) / mean20;
  const deviation = slow.deviation(last(all, 20));
  return {
    volume_zscore: (now - mean20) / deviation,
    volume_ma_ratio: mean20 / slow.mean(last(all, 100)),
    volume_variation: deviation / mean20,
    vwap_ratio: bars.at(-1)!.close / vwap,
    volume_ratio: now / mean20,
    volume_trend: sideOf(now / mean20, 1.5, 0.5),
  };
}

function oscillators(bars: readonly Bar[], atr: number): Record<string, number> {
  const closes = bars.map((bar) => bar.close);
  const rsi = slow.rsi(closes, 14);
  const lagged = [4, 3, 2, 1, 0].map((back) => slow.rsi(closes.slice(0, closes.length - back), 14));
  const macd = slow.macd(closes, 12, 26, 9);
  const { adx, plusDi, minusDi } = slow.directionalMovement(bars, 14);
  return {
    rsi,
    rsi_ma: slow.mean(lagged),
    rsi_signal: rsi > 70 ? -1 : rsi < 30 ? 1 : 0,
    macd: macd.macd / atr,
    macd_signal: Math.sign(macd.histogram),
    macd_hist: macd.histogram / atr,
    adx,
    adx_signal: adx > 25 ? 1 : 0,
    di_balance: (plusDi - minusDi) / (plusDi + minusDi),
  };
}

function prices(bars: readonly Bar[], atr: number): Record<string, number> {
  const closes = bars.map((bar) => bar.close);
  const now = bars.at(-1)!;
  const returns = slow.differences(closes.map(Math.log));
  const volatility = slow.deviation(last(returns, 20));
  const [sma, sigma] = [slow.mean(last(closes, 20)), slow.deviation(last(closes, 20))];
  const changes = slow.differences(closes);
  const activity = Math.log(slow.rootMeanSquare(last(changes, 48)) / slow.rootMeanSquare(last(changes, 288)));
  const trend = (bars_: number) => (slow.slope(last(closes, bars_)) * bars_) / atr;
  const momentum = (back: number) => now.close / closes.at(-1 - back)! - 1;
  return {
    body_atr: (now.close - now.open) / atr,
    high_20_distance: (Math.max(...last(bars, 20).map((bar) => bar.high)) - now.close) / atr,
    low_20_distance: (now.close - Math.min(...last(bars, 20).map((bar) => bar.low))) / atr,
    sma_50_distance: (now.close - slow.mean(last(closes, 50))) / atr,
    return_zscore: returns.at(-1)! / volatility,
    log_returns: returns.at(-1)!,
    volatility,
    range_atr: (now.high - now.low) / atr,
    price_range_pct: (now.high - now.low) / now.close,
    trend: Math.sign(now.close - sma),
    bb_upper_distance: (sma + 2 * sigma - now.close) / atr,
    bb_lower_distance: (now.close - (sma - 2 * sigma)) / atr,
    bb_width: (4 * sigma) / sma,
    bb_position: (now.close - (sma - 2 * sigma)) / (4 * sigma),
    return_autocorrelation: slow.autocorrelation(last(returns, 20)),
    atr_pct: atr / now.close,
    atr_long_ratio: atr / slow.mean(last(slow.trueRanges(bars), 100)),
    atr_ratio: atr / slow.mean(last(slow.wilderSeries(slow.trueRanges(bars), 14), 20)),
    momentum_5: momentum(5),
    momentum_10: momentum(10),
    momentum_20: momentum(20),
    efficiency_5: slow.efficiency(last(closes, 6)),
    efficiency_10: slow.efficiency(last(closes, 11)),
    efficiency_20: slow.efficiency(last(closes, 21)),
    market_regime: [-0.35, -0.15, 0, 0.2].filter((level) => activity > level).length,
    trend_20: trend(20),
    trend_50: trend(50),
    trend_100: trend(100),
  };
}

/** The 56 features by name at the last of the bars: a currency's, at least 400 of them, none of them a dead market's. */
export function featuresByHand(bars: readonly Bar[]): Record<string, number> {
  const atr = slow.atr(bars, 14);
  return {
    ...prices(bars, atr),
    ...oscillators(bars, atr),
    ...volumes(bars),
    ...candles(bars, atr),
    ...calendar(bars),
  };
}

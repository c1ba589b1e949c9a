/** Streaming indicators equal TA-Lib's own values over real candles; skipped where the reference files are not at hand. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { Adx } from '../../src/domain/indicators/adx.ts';
import { Aroon } from '../../src/domain/indicators/aroon.ts';
import { Atr } from '../../src/domain/indicators/atr.ts';
import { Cci } from '../../src/domain/indicators/cci.ts';
import { Ema } from '../../src/domain/indicators/ema.ts';
import { Kama } from '../../src/domain/indicators/kama.ts';
import { LinearSlope } from '../../src/domain/indicators/linear-slope.ts';
import { Macd } from '../../src/domain/indicators/macd.ts';
import { MoneyFlowIndex, OnBalanceVolume } from '../../src/domain/indicators/money-flow.ts';
import { ParabolicSar } from '../../src/domain/indicators/parabolic-sar.ts';
import { Ring } from '../../src/domain/indicators/ring.ts';
import { RollingSum } from '../../src/domain/indicators/rolling-sum.ts';
import { Rsi } from '../../src/domain/indicators/rsi.ts';
import { Stochastic } from '../../src/domain/indicators/stochastic.ts';
import { UltimateOscillator } from '../../src/domain/indicators/ultimate-oscillator.ts';

interface Golden {
  readonly indicators: Record<
    string,
    { readonly begIndex: number; readonly count: number; readonly outputs: Record<string, readonly number[]> }
  >;
}

const shared = process.env['SERVO_SHARED_DIR'] ?? fileURLToPath(new URL('../../../shared', import.meta.url));
const goldenFile = `${shared}/golden/talib_golden.json`;
const candlesFile = `${shared}/data/EURUSD_M5_2019-10_2020-10.csv`;
const missing = [goldenFile, candlesFile].filter((file) => !existsSync(file));
const title = "TA-Lib's values over 3,000 bars of EURUSD";

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `${title} (skipped: no reference files; SERVO_SHARED_DIR names their folder)` : title,
  () => {
    let golden: Golden;
    let lines: Record<string, number[]>;
    const seen = new Set<string>();
    beforeAll(() => {
      golden = JSON.parse(readFileSync(goldenFile, 'utf8'));
      lines = overEurusd();
    });

    test.each([
      ['SMA', 'outReal'],
      ['EMA', 'outReal'],
      ['WMA', 'outReal'],
      ['RSI', 'outReal'],
      ['MACD', 'outMACD'],
      ['MACD', 'outMACDSignal'],
      ['MACD', 'outMACDHist'],
      ['BBANDS', 'outRealUpperBand'],
      ['BBANDS', 'outRealMiddleBand'],
      ['BBANDS', 'outRealLowerBand'],
      ['ATR', 'outReal'],
      ['NATR', 'outReal'],
      ['ADX', 'outReal'],
      ['PLUS_DI', 'outReal'],
      ['MINUS_DI', 'outReal'],
      ['STOCH', 'outSlowK'],
      ['STOCH', 'outSlowD'],
      ['CCI', 'outReal'],
      ['WILLR', 'outReal'],
      ['ROC', 'outReal'],
      ['OBV', 'outReal'],
      ['MFI', 'outReal'],
      ['AROON', 'outAroonUp'],
      ['AROON', 'outAroonDown'],
      ['AROONOSC', 'outReal'],
      ['SAR', 'outReal'],
      ['KAMA', 'outReal'],
      ['CMO', 'outReal'],
      ['STDDEV', 'outReal'],
      ['LINEARREG_SLOPE', 'outReal'],
      ['ULTOSC', 'outReal'],
    ])('%s %s', (indicator, output) => {
      seen.add(indicator);
      const { begIndex, count, outputs } = golden.indicators[indicator]!;
      const values = outputs[output]!;
      // Sampled: the first 60, each 25th, the last 20.
      const sampled = Array.from({ length: count }, (_, i) => i).filter(
        (i) => i < 60 || i % 25 === 0 || i >= count - 20,
      );
      expect(values.length).toBe(sampled.length);
      const ours = lines[`${indicator} ${output}`]!;
      // Around zero a relative error says nothing: what crosses zero is measured by a tenth of its largest value.
      const crossesZero = values.some((value) => value < 0) && values.some((value) => value > 0);
      const floor = crossesZero ? Math.max(...values.map(Math.abs)) / 10 : 0;
      sampled.forEach((i, at) => {
        const expected = values[at]!;
        const error = Math.abs((ours[begIndex + i] ?? Number.NaN) - expected);
        const tolerance = 1e-5 * Math.max(Math.abs(expected), floor);
        expect(error, `at bar ${begIndex + i}: ${expected}`).toBeLessThanOrEqual(tolerance);
      });
    });

    test('all 25 of them', () => expect([...seen].sort()).toEqual(Object.keys(golden.indicators).sort()));
  },
);

/** Every indicator at every bar, in prices, by TA-Lib's names. */
function overEurusd(): Record<string, number[]> {
  const lines: Record<string, number[]> = {};
  const rows = readFileSync(candlesFile, 'utf8').split('\n').slice(1, 3001);
  const ring = new Ring(26);
  const weighted = new LinearSlope(20);
  const [stochastic, cci, mfi, obv] = [
    new Stochastic(14),
    new Cci(20),
    new MoneyFlowIndex(14),
    new OnBalanceVolume(20),
  ];
  const [aroon, sar, kama, ultimate] = [new Aroon(14), new ParabolicSar(), new Kama(30), new UltimateOscillator(7)];
  const [sma, slope] = [new RollingSum(20), new LinearSlope(24)];
  const [ema, rsi, macd, atr, adx] = [new Ema(20), new Rsi(14), new Macd(12, 26, 9), new Atr(14), new Adx(14)];
  for (const row of rows) {
    const fields = row.split(',').map(Number);
    const [high = 0, low = 0, close = 0] = fields.slice(2, 5).map((price) => Math.round(price * 1e5));
    const volume = fields[5] ?? 0;
    ring.push(close);
    sma.update(ring);
    slope.update(ring);
    weighted.update(ring);
    stochastic.push(high, low, close);
    cci.push(high, low, close);
    obv.push(close, volume);
    aroon.push(high, low);
    sar.push(high, low);
    kama.push(close);
    ultimate.push(high, low, close);
    ema.push(close);
    rsi.push(close);
    macd.push(close);
    atr.push(high, low, close);
    // Ticks that tie, as +DM = −DM and two typical prices, differ in the last bit as decimals: only with TA-Lib's own input are the ties the same.
    adx.push(high / 1e5, low / 1e5, close / 1e5);
    mfi.push(high / 1e5, low / 1e5, close / 1e5, volume);
    const deviation = ring.deviation(20, sma.mean);
    const now: Record<string, number> = {
      'SMA outReal': sma.mean / 1e5,
      'EMA outReal': ema.value / 1e5,
      'RSI outReal': rsi.value,
      'MACD outMACD': macd.value / 1e5,
      'MACD outMACDSignal': macd.signal / 1e5,
      'MACD outMACDHist': macd.histogram / 1e5,
      'BBANDS outRealUpperBand': (sma.mean + 2 * deviation) / 1e5,
      'BBANDS outRealMiddleBand': sma.mean / 1e5,
      'BBANDS outRealLowerBand': (sma.mean - 2 * deviation) / 1e5,
      'ATR outReal': atr.value / 1e5,
      'NATR outReal': (100 * atr.value) / close,
      'ADX outReal': adx.value,
      'PLUS_DI outReal': adx.plusDi,
      'MINUS_DI outReal': adx.minusDi,
      'ROC outReal': 100 * (close / ring.ago(10) - 1),
      'WMA outReal': weighted.weightedMean / 1e5,
      'STOCH outSlowK': stochastic.slowK,
      'STOCH outSlowD': stochastic.slowD,
      'CCI outReal': cci.value,
      'WILLR outReal': stochastic.williamsR,
      'OBV outReal': obv.level,
      'MFI outReal': mfi.value,
      'AROON outAroonUp': aroon.up,
      'AROON outAroonDown': aroon.down,
      'AROONOSC outReal': aroon.oscillator,
      'SAR outReal': sar.value / 1e5,
      'KAMA outReal': kama.value / 1e5,
      'CMO outReal': rsi.momentum,
      'ULTOSC outReal': ultimate.value,
      'STDDEV outReal': deviation / 1e5,
      'LINEARREG_SLOPE outReal': slope.value / 1e5,
    };
    for (const [name, value] of Object.entries(now)) {
      lines[name] ??= [];
      lines[name].push(value);
    }
  }
  return lines;
}

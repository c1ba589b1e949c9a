/** The fit of the regimes finds what was drawn, gives the same names to the same markets refit after refit, and looks at nothing else. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { NAMED_REGIMES } from '../../src/domain/regime.ts';
import { RegimeFilter } from '../../src/domain/regime-filter.ts';
import type { RegimeModel } from '../../src/domain/regime-model.ts';
import { regimeModelSchema } from '../../src/inference/regime-schema.ts';
import { readCandleFile } from '../../src/market/candle-file.ts';
import { describeRegimes } from '../../src/training/regimes/describe-regimes.ts';
import { fitRegimes } from '../../src/training/regimes/fit-regimes.ts';
import { type RegimeSeries, regimeSeriesOf } from '../../src/training/regimes/regime-series.ts';
import { EURUSD } from '../domain/random-bars.ts';
import { REGIME_MODEL, randomInputs } from '../domain/regime-builders.ts';
import { simulateRegimes } from './simulated-regimes.ts';

const part = ({ logVolatilityRatio, trendStatistic }: RegimeSeries, from: number, to?: number): RegimeSeries => ({
  logVolatilityRatio: logVolatilityRatio.slice(from, to),
  trendStatistic: trendStatistic.slice(from, to),
});

/** The regime of each bar that has one. */
function namesOf(model: RegimeModel, { logVolatilityRatio, trendStatistic }: RegimeSeries): string[] {
  const filter = new RegimeFilter(model);
  return [...logVolatilityRatio].map((value, bar) => {
    filter.push({ logVolatilityRatio: value, trendStatistic: trendStatistic[bar]! });
    return filter.regime;
  });
}

const agreement = (a: readonly string[], b: readonly string[]): number =>
  a.filter((name, bar) => name === b[bar]).length / a.length;

/** Bars that say something each, as no window overlaps. */
const INDEPENDENT = { temper: 1, barWeight: 1 };

describe('a market that was drawn', () => {
  const transition = NAMED_REGIMES.map((_, from) => NAMED_REGIMES.map((__, to) => (from === to ? 0.96 : 0.01)));
  const truth = { shapes: REGIME_MODEL.shapes, transition };
  const { series, states } = simulateRegimes(truth, 40_000, 'recovery');
  let model: RegimeModel;
  beforeAll(() => {
    model = fitRegimes(series, INDEPENDENT).model;
  });

  test.each(NAMED_REGIMES)('%s is found where it was', (name) => {
    const place = NAMED_REGIMES.indexOf(name);
    const { mean, covariance } = model.shapes[name];
    const drawn = truth.shapes[name];
    for (const [i, value] of mean.entries()) expect(value).toBeCloseTo(drawn.mean[i]!, 1);
    for (const [i, value] of covariance.entries()) expect(Math.abs(value - drawn.covariance[i]!)).toBeLessThan(0.03);
    expect(model.transition[place]?.[place]).toBeCloseTo(0.96, 2);
    expect(model.prior[place]).toBeCloseTo(0.2, 1);
  });

  test('is named bar by bar nearly as it was drawn', () => {
    const filter = new RegimeFilter({ ...model, dwellBars: 1, margin: 0 });
    let right = 0;
    for (const [bar, state] of states.entries()) {
      filter.push({ logVolatilityRatio: series.logVolatilityRatio[bar]!, trendStatistic: series.trendStatistic[bar]! });
      if (filter.regime === NAMED_REGIMES[state]) right++;
    }
    expect(right / states.length).toBeGreaterThan(0.85);
  });

  test('fitted again is the same to the last digit, and is what a passport takes', () => {
    expect(fitRegimes(part(series, 0), INDEPENDENT).model).toEqual(model);
    expect(regimeModelSchema.parse(JSON.parse(JSON.stringify(model)))).toEqual(model);
  });

  test('fitted to other bars of it gives the same bars the same names', () => {
    const drawn = simulateRegimes(truth, 20_000, 'judged');
    const names = namesOf(model, drawn.series);
    for (const from of [0, 10_000, 20_000]) {
      const shifted = fitRegimes(part(series, from, from + 20_000), INDEPENDENT).model;
      expect(agreement(namesOf(shifted, drawn.series), names)).toBeGreaterThan(0.97);
    }
  });
});

describe('the names', () => {
  /** Overlapping windows, as real ones: each input is nearly the one before. */
  const inputs = randomInputs(30_000, 'names');
  const series: RegimeSeries = {
    logVolatilityRatio: Float64Array.from(inputs, (input) => input.logVolatilityRatio),
    trendStatistic: Float64Array.from(inputs, (input) => input.trendStatistic),
  };

  /** Blocks of 500 bars drawn with replacement. */
  function resampled(seed: number): RegimeSeries {
    const random = seededRandom(seed);
    const starts = Array.from({ length: 60 }, () => Math.floor(random.next() * 29_500));
    const column = (values: Float64Array) =>
      Float64Array.from(starts.flatMap((start) => [...values.slice(start, start + 500)]));
    return { logVolatilityRatio: column(series.logVolatilityRatio), trendStatistic: column(series.trendStatistic) };
  }

  test('stay where they are over shifted windows and resampled data', () => {
    const names = namesOf(fitRegimes(series).model, series);
    const refits = [
      part(series, 0, 15_000),
      part(series, 7500, 22_500),
      part(series, 15_000),
      resampled(1),
      resampled(2),
    ];
    for (const refit of refits) {
      const { model } = fitRegimes(refit);
      expect(agreement(namesOf(model, series), names)).toBeGreaterThan(0.9);
      expect(model.shapes.trend_up.mean[1]).toBeGreaterThan(0.8);
      expect(model.shapes.trend_down.mean[1]).toBeLessThan(-0.8);
      expect(model.shapes.quiet.mean[0]).toBeLessThan(model.shapes.range.mean[0]);
      expect(model.shapes.range.mean[0]).toBeLessThan(model.shapes.volatile.mean[0]);
    }
  });

  test('hold where the bars alone would move a state past its neighbour: the prior is strengthened until they do', () => {
    // What is called range lies at 0.33, nearer to where volatile belongs (0.5) than to where range does (0.1).
    const between = { mean: [0.33, 0], covariance: [0.004, 0, 0.3] } as const;
    const beyond = { mean: [0.65, 0], covariance: [0.004, 0, 0.3] } as const;
    const shapes = { ...REGIME_MODEL.shapes, range: between, volatile: beyond };
    const { model, priorStrength } = fitRegimes(
      simulateRegimes({ ...REGIME_MODEL, shapes }, 20_000, 'moved').series,
      INDEPENDENT,
    );
    expect(priorStrength).toBeGreaterThan(1);
    expect(model.shapes.range.mean[0]).toBeLessThan(0.3);
    expect(model.shapes.volatile.mean[0]).toBeGreaterThan(0.4);
  });
});

describe('what is looked at', () => {
  const { series } = simulateRegimes(REGIME_MODEL, 6000, 'masked');

  test('rows without numbers are not: what stands outside the training rows changes nothing', () => {
    const masked = (outside: number) => ({
      logVolatilityRatio: series.logVolatilityRatio.map((value, bar) => (bar < 4000 ? value : outside)),
      trendStatistic: series.trendStatistic.map((value, bar) => (bar < 4000 ? value : Number.NaN)),
    });
    const fit = fitRegimes(masked(Number.NaN));
    expect(fit.bars).toBe(4000);
    expect(fitRegimes(masked(5)).model).toEqual(fit.model);
    expect(fit.model.shapes.quiet.mean[0]).toBeCloseTo(fitRegimes(part(series, 0, 4000)).model.shapes.quiet.mean[0], 4);
  });

  test('too few bars, and inputs that are none, are refused in words', () => {
    expect(() => fitRegimes(part(series, 0, 999))).toThrow('regimes cannot be fitted to 999 bars: give at least 1000');
    const uneven = { ...series, trendStatistic: new Float64Array(3) };
    expect(() => fitRegimes(uneven)).toThrow('two inputs a bar, not to 6000 and 3 values');
    const absurd = { ...series, logVolatilityRatio: series.logVolatilityRatio.map(() => 1e200) };
    expect(() => fitRegimes(absurd)).toThrow('cannot keep their names');
  });
});

describe('the description', () => {
  test('counts stays, and the volatility and movement that followed', () => {
    // 1000 bars of quiet, 1000 of a climb; the price goes 1 up and 1 down in turn, from row 1000 on 2 up a bar.
    const rows = 2000;
    const series = {
      logVolatilityRatio: Float64Array.from({ length: rows }, (_, row) => (row < 1000 ? -0.9 : 0)),
      trendStatistic: Float64Array.from({ length: rows }, (_, row) => (row < 1000 ? 0 : 2)),
    };
    const close = Float64Array.from({ length: rows }, (_, row) => (row < 1000 ? row % 2 : 2 * (row - 1000) + 3));
    const { quiet, trend_up, volatile } = describeRegimes(REGIME_MODEL, { series, close, from: 500, to: 900 });
    expect(quiet).toMatchObject({
      bars: 400,
      share: 1,
      meanDurationBars: 400,
      forwardVolatilityRatio: 1,
      forwardMove: 0,
    });
    expect(trend_up).toMatchObject({ bars: 0, share: 0, meanDurationBars: null, forwardVolatilityRatio: null });
    expect(volatile.meanConfidence).toBeNull();

    // From row 1300 on the long window holds nothing but steps of 2: 48 of them are √48 deviations.
    const climb = describeRegimes(REGIME_MODEL, { series, close, from: 1300, to: rows }).trend_up;
    expect(climb).toMatchObject({ bars: 700, share: 1, meanDurationBars: 700, forwardVolatilityRatio: 1 });
    expect(climb.forwardMove).toBeCloseTo(Math.sqrt(48), 10);
    expect(climb.meanConfidence).toBeGreaterThan(0.8);
  });

  test('does not look past its last row', () => {
    const { series } = simulateRegimes(REGIME_MODEL, 3000, 'described');
    const random = seededRandom('closes');
    const close = Float64Array.from(series.trendStatistic, () => 1000 + random.normal());
    const told = (after: number) =>
      describeRegimes(REGIME_MODEL, {
        series,
        close: close.map((value, row) => (row < 2500 ? value : after)),
        from: 300,
        to: 2500,
      });
    expect(told(0)).toEqual(told(1e6));
  });
});

const FILE = join(import.meta.dirname, '../../../shared/data/EURUSD_M5_2019-10_2020-10.csv');

describe.skipIf(!existsSync(FILE))('real candles (skipped where ../shared/data is absent)', () => {
  test('a fit on the first 60 % names the rest: quiet is calmer than volatile, and no regime foretells a direction', () => {
    const candles = readCandleFile({ path: FILE, instrument: EURUSD, timeframe: 'M5', defaultSpreadPoints: 10 });
    const series = regimeSeriesOf(candles, 'fx');
    const from = Math.floor(candles.length * 0.6);
    const { model, bars, priorStrength } = fitRegimes(part(series, 0, from));
    expect([bars, priorStrength]).toEqual([from - 288, 1]);
    const described = describeRegimes(model, { series, close: candles.close, from, to: candles.length });
    for (const name of NAMED_REGIMES) {
      const { share, meanDurationBars, forwardMove } = described[name];
      expect(share).toBeGreaterThan(0.05);
      expect(meanDurationBars).toBeGreaterThan(12);
      expect(Math.abs(forwardMove ?? 9)).toBeLessThan(0.15);
    }
    expect(described.quiet.forwardVolatilityRatio).toBeLessThan(0.95);
    expect(described.volatile.forwardVolatilityRatio).toBeGreaterThan(1.05);
  });
});

/** The look-ahead check passes what is sound and catches each planted leak, by name and bar. */
import { describe, expect, test } from 'vitest';
import { checkLookAhead, type Streaming, type Subject } from '../../src/domain/features/look-ahead.ts';
import { parseFeatureSpec, warmupBarsOf } from '../../src/domain/features/spec.ts';
import { FEATURE_PACK, FeatureEngine } from '../../src/domain/features.ts';
import type { Bar } from '../../src/domain/market.ts';
import { EURUSD, M5, randomBars } from './random-bars.ts';

const bars = randomBars({ count: 900, seed: 'leaks' });
const options = { cuts: 12, seed: 'cuts' };

/** One feature, made from what a fresh one of it does with a bar. */
const subjectOf = (warmupBars: number, fresh: () => (bar: Bar) => number): Subject => ({
  names: ['planted'],
  warmupBars,
  open: (): Streaming => {
    const take = fresh();
    let value = Number.NaN;
    return {
      push: (bar) => {
        value = take(bar);
      },
      ready: true,
      values: () => [value],
    };
  },
});

test('the pack is the same to the bit without the future, and within the tolerance after the warm-up alone', () => {
  const { names, warmupBars } = FEATURE_PACK;
  const report = checkLookAhead({ names, warmupBars, open: () => new FeatureEngine(EURUSD, M5) }, bars, options);
  expect(report.fault).toBeUndefined();
  // The run to the n-th cut passes n cuts.
  expect(report.valuesCompared).toBe(56 * ((report.cuts * (report.cuts + 1)) / 2));
  expect(report.startValuesCompared).toBe(56 * report.starts);
  expect(report.starts).toBeGreaterThan(8);
  expect(report.rows.length).toBe(report.cuts);
  expect(report.largestStartDifference.inSpreads).toBeGreaterThan(0);
});

test('so are indicators and higher timeframes', () => {
  const indicators = [
    'ema_20',
    'wma_20',
    'kama_10',
    'sar',
    'stddev_20',
    'bbands_20',
    'roc_10',
    'linearreg_slope_24',
    'rsi_7',
  ];
  const others = [
    'cmo_14',
    'natr_14',
    'adx_10',
    'plus_di_14',
    'minus_di_14',
    'aroon_up_14',
    'aroon_down_14',
    'aroonosc_25',
  ];
  const last = ['stoch_k_14', 'stoch_d_14', 'willr_14', 'cci_20', 'mfi_14', 'obv_20', 'ultosc_7', 'sma_200'];
  const names = [...[...indicators, ...others, ...last].map((name) => `ta.${name}`), 'M15.rsi', 'M15.ta.cci_20'];
  const spec = parseFeatureSpec(names);
  const warmupBars = warmupBarsOf(spec, M5);
  const open = () => new FeatureEngine(EURUSD, M5, { spec });
  const many = randomBars({ count: warmupBars + 500, seed: 'indicators' });
  const report = checkLookAhead({ names, warmupBars, open }, many, options);
  expect(report.fault).toBeUndefined();
  expect(report.starts).toBeGreaterThan(8);
});

describe('caught:', () => {
  test('a feature that remembers the closes of another run', () => {
    const seen = new Map<number, number>();
    const subject = subjectOf(1, () => ({ openAt, closeAt, close }) => {
      seen.set(openAt, close);
      return (seen.get(closeAt) ?? close) - close;
    });
    const { fault } = checkLookAhead(subject, bars, options);
    expect(fault).toMatchObject({ kind: 'future', feature: 'planted', value: 0 });
    // What it says at the cut is what it saw in the other future.
    expect(Math.abs(Number(fault?.other))).toBeGreaterThan(10_000);
  });

  test('a feature that knew the future from the start, because another run has shown it', () => {
    const seen = new Map<number, number>(bars.map(({ openAt, close }) => [openAt, close]));
    const subject = subjectOf(1, () => ({ openAt, closeAt, close }) => {
      seen.set(openAt, close);
      return (seen.get(closeAt) ?? close) - close;
    });
    expect(checkLookAhead(subject, bars, options).fault?.kind).toBe('future');
  });

  test('a scaler fitted to all bars that any run has shown it', () => {
    let highest = 0;
    const subject = subjectOf(1, () => ({ close }) => {
      highest = Math.max(highest, close);
      return close / highest;
    });
    expect(checkLookAhead(subject, bars, options).fault?.kind).toBe('future');
  });

  test('a value that is another one each time', () => {
    let calls = 0;
    const subject = subjectOf(1, () => () => ++calls);
    expect(checkLookAhead(subject, bars, options).fault?.kind).toBe('future');
  });

  test('a sum since the first bar, which no warm-up ends', () => {
    const subject = subjectOf(50, () => {
      let sum = 0;
      return ({ close, open }) => {
        sum += close - open;
        return sum;
      };
    });
    const { fault, largestStartDifference } = checkLookAhead(subject, bars, options);
    expect(fault).toMatchObject({ kind: 'start', feature: 'planted' });
    expect(largestStartDifference.inSpreads).toBeGreaterThan(1e-6);
  });

  test('an average that is said to warm up in fewer bars than it does', () => {
    const average = () => {
      let value = Number.NaN;
      return ({ close }: Bar) => {
        value = Number.isNaN(value) ? close : value + (close - value) * 0.1;
        return value;
      };
    };
    expect(checkLookAhead(subjectOf(20, average), bars, options).fault?.kind).toBe('start');
    expect(checkLookAhead(subjectOf(250, average), bars, options).fault).toBeUndefined();
  });

  test('a regime that knows more than the values', () => {
    let bar = 0;
    const leaking: Subject = {
      ...subjectOf(1, () => () => 1),
      open: () => ({
        push: () => undefined,
        ready: true,
        values: () => [1],
        regime: `regime ${Math.floor(bar++ / 1e9)}`,
      }),
    };
    expect(checkLookAhead(leaking, bars, options).fault).toBeUndefined();
    let runs = 0;
    const other: Subject = {
      ...leaking,
      open: () => {
        const regime = runs++ === 0 ? 'range' : 'quiet';
        return { push: () => undefined, ready: true, values: () => [1], regime };
      },
    };
    const { fault } = checkLookAhead(other, bars, options);
    expect(fault).toMatchObject({ kind: 'future', feature: 'regime', value: 'range', other: 'quiet' });
  });
});

test('too few bars prove nothing', () => {
  const subject = subjectOf(
    100,
    () =>
      ({ close }) =>
        close,
  );
  expect(() => checkLookAhead(subject, bars.slice(0, 101), options)).toThrow(
    '101 bars are too few for 1 features: 102 are needed',
  );
});

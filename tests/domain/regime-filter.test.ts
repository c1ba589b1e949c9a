/** The filter of a fitted model: the textbook's forward recursion, a name that does not flicker, and nothing of the future in it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NAMED_REGIMES, type NamedRegime, type Regime, type RegimeInput } from '../../src/domain/regime.ts';
import { RegimeFilter } from '../../src/domain/regime-filter.ts';
import type { RegimeModel } from '../../src/domain/regime-model.ts';
import { REGIME_MODEL, randomInputs } from './regime-builders.ts';

const chancesOf = (filter: RegimeFilter): readonly number[] => filter.snapshot().probabilities ?? [];
const chanceOf = (filter: RegimeFilter, regime: Regime): number =>
  chancesOf(filter)[NAMED_REGIMES.indexOf(regime as NamedRegime)] ?? Number.NaN;

const pushed = (filter: RegimeFilter, inputs: readonly RegimeInput[]): RegimeFilter => {
  for (const input of inputs) filter.push(input);
  return filter;
};

const at = (logVolatilityRatio: number, trendStatistic: number, bars: number): RegimeInput[] =>
  Array.from({ length: bars }, () => ({ logVolatilityRatio, trendStatistic }));

/** Bayes' rule as it stands in a book: plain densities, no logarithms, nothing kept between bars but the chances. */
function chancesByBayes(model: RegimeModel, inputs: readonly RegimeInput[]): number[] {
  let chances = [...model.prior];
  for (const { logVolatilityRatio, trendStatistic } of inputs) {
    const trend = Math.max(-3, Math.min(3, trendStatistic));
    const weights = NAMED_REGIMES.map((name, to) => {
      const { mean, covariance } = model.shapes[name];
      const [vv, vt, tt] = covariance;
      const determinant = vv * tt - vt ** 2;
      const [dv, dt] = [logVolatilityRatio - mean[0], trend - mean[1]];
      const distance = (tt * dv * dv - 2 * vt * dv * dt + vv * dt * dt) / determinant;
      const density = Math.exp(-distance / 2) / (2 * Math.PI * Math.sqrt(determinant));
      const arriving = chances.reduce((sum, chance, from) => sum + chance * (model.transition[from]?.[to] ?? 0), 0);
      return arriving * density ** model.temper;
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    chances = weights.map((weight) => weight / total);
  }
  return chances;
}

describe('the chances', () => {
  test.each([1, 0.25])('are those of the forward recursion, tempered by %f', (temper) => {
    const model = { ...REGIME_MODEL, temper };
    const inputs = randomInputs(300, 'bayes');
    const filter = new RegimeFilter(model);
    for (let bar = 0; bar < inputs.length; bar++) {
      filter.push(inputs[bar]!);
      const expected = chancesByBayes(model, inputs.slice(0, bar + 1));
      for (const [state, chance] of chancesOf(filter).entries()) expect(chance).toBeCloseTo(expected[state]!, 10);
    }
  });

  test('are prior times transition, where all regimes look alike', () => {
    const same = REGIME_MODEL.shapes.range;
    const shapes = { trend_up: same, trend_down: same, quiet: same, range: same, volatile: same };
    const filter = pushed(new RegimeFilter({ ...REGIME_MODEL, shapes }), at(0.3, 2, 1));
    // 0.96 of the prior's 0.2, and 0.01 of the other 0.8.
    expect(chanceOf(filter, 'trend_up')).toBeCloseTo(0.96 * 0.2 + 0.01 * 0.8, 12);
    expect(chanceOf(filter, 'quiet')).toBeCloseTo(0.96 * 0.3 + 0.01 * 0.7, 12);
  });

  test('sum to 1 and come back from anything, however far out or not a number', () => {
    const extremes = [1e6, -1e6, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    const filter = new RegimeFilter(REGIME_MODEL);
    for (const v of extremes) {
      for (const t of extremes) {
        pushed(filter, at(v, t, 20));
        expect(chancesOf(filter).reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 12);
      }
    }
    expect(pushed(filter, at(-0.6, 0, 200)).regime).toBe('quiet');
    expect(pushed(filter, at(0, 2, 200)).regime).toBe('trend_up');
  });

  test('a trend of ten deviations is one of three', () => {
    const [three, ten] = [3, 10].map((trend) => pushed(new RegimeFilter(REGIME_MODEL), at(0, trend, 3)));
    expect(chancesOf(ten!)).toEqual(chancesOf(three!));
  });
});

describe('the name', () => {
  test.each([
    ['trend_up', 0, 1.5],
    ['trend_down', 0, -1.5],
    ['quiet', -0.6, 0],
    ['range', 0.1, 0],
    ['volatile', 0.6, 0],
  ] as const)('%s at a volatility ratio of e^%f and a trend of %f deviations', (regime, volatility, trend) => {
    const filter = pushed(new RegimeFilter(REGIME_MODEL), at(volatility, trend, 100));
    expect(filter.regime).toBe(regime);
    expect(filter.confidence).toBe(chanceOf(filter, regime));
    expect(filter.confidence).toBeGreaterThan(0.6);
  });

  test('unknown, with no confidence, until one regime has held for the dwell', () => {
    const filter = new RegimeFilter(REGIME_MODEL);
    expect([filter.regime, filter.confidence]).toEqual(['unknown', 0]);
    pushed(filter, at(-0.8, 0, 5));
    expect([filter.regime, filter.confidence]).toEqual(['unknown', 0]);
    expect(pushed(filter, at(-0.8, 0, 1)).regime).toBe('quiet');
  });

  test('gives way only to one that was ahead by the margin at every bar of the dwell', () => {
    let changes = 0;
    const seeds = fc.record({
      seed: fc.integer(),
      dwellBars: fc.integer({ min: 1, max: 12 }),
      margin: fc.double({ min: 0, max: 0.6, noNaN: true }),
    });
    fc.assert(
      fc.property(seeds, ({ seed, dwellBars, margin }) => {
        const filter = new RegimeFilter({ ...REGIME_MODEL, dwellBars, margin });
        const history: (readonly number[])[] = [];
        for (const input of randomInputs(300, seed)) {
          const before = filter.regime;
          filter.push(input);
          history.push(chancesOf(filter));
          if (filter.regime === before) continue;
          expect(history.length).toBeGreaterThanOrEqual(dwellBars);
          if (before === 'unknown') continue;
          changes++;
          const [from, to] = [before, filter.regime].map((name) => NAMED_REGIMES.indexOf(name as NamedRegime));
          for (const chances of history.slice(-dwellBars))
            expect(chances[to!]! - chances[from!]!).toBeGreaterThan(margin - 1e-12);
        }
      }),
      { numRuns: 40 },
    );
    expect(changes).toBeGreaterThan(40);
  });
});

describe('nothing of the future', () => {
  const bits = (filter: RegimeFilter): bigint[] => [...new BigUint64Array(Float64Array.from(chancesOf(filter)).buffer)];

  test('what follows changes no bit of what was', () => {
    const inputs = randomInputs(1000, 'prefix');
    const filter = new RegimeFilter(REGIME_MODEL);
    const states = inputs.map((input) => {
      filter.push(input);
      return { bits: bits(filter), regime: filter.regime, confidence: filter.confidence };
    });
    for (const cut of [1, 7, 100, 537, 999]) {
      const short = pushed(new RegimeFilter(REGIME_MODEL), inputs.slice(0, cut));
      expect({ bits: bits(short), regime: short.regime, confidence: short.confidence }).toEqual(states[cut - 1]);
    }
    expect(new Set(states.map(({ regime }) => regime)).size).toBe(6);
  });

  test('restored from JSON anywhere it goes on bit for bit', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(200), (seed, cut) => {
        const inputs = randomInputs(200, seed);
        const filter = pushed(new RegimeFilter(REGIME_MODEL), inputs.slice(0, cut));
        const restored = new RegimeFilter(REGIME_MODEL);
        restored.restore(JSON.parse(JSON.stringify(filter.snapshot())));
        for (const input of inputs.slice(cut)) {
          filter.push(input);
          restored.push(input);
          expect(bits(restored)).toEqual(bits(filter));
        }
        expect(restored.snapshot()).toEqual(filter.snapshot());
      }),
      { numRuns: 30 },
    );
  });

  test('a snapshot without its five chances is refused', () => {
    const { probabilities: _, ...snapshot } = new RegimeFilter(REGIME_MODEL).snapshot();
    expect(() => new RegimeFilter(REGIME_MODEL).restore(snapshot)).toThrow('holds 0 chances, not 5: warm up anew');
  });
});

/** Drift: both measures by hand, a window that slides as if it were counted anew, and grades by the reference's own thresholds. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  binOf,
  type DriftReference,
  DriftWatch,
  type FeatureDriftReference,
  kolmogorovSmirnov,
  PARTS,
  populationStability,
} from '../../src/domain/guards/drift.ts';
import { seededRandom } from '../../src/domain/random.ts';

/** Values 1 to 20, each in a part of its own. */
const CUTS = Array.from({ length: 19 }, (_, i) => i + 1);
const EVEN = [...Array<number>(PARTS).fill(0.05), 0];
const feature = (limits: Partial<FeatureDriftReference> = {}): FeatureDriftReference => ({
  cuts: CUTS,
  shares: EVEN,
  psiWarn: 0.5,
  psiAct: 1,
  ksWarn: 0.3,
  ksAct: 0.6,
  ...limits,
});

describe('measures', () => {
  test('PSI over deciles, by numpy', () => {
    const deciles = [0.05, 0.05, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.15, 0.15];
    const found = [...deciles.flatMap((share) => [share * 0.9, share * 0.1]), 0];
    expect(populationStability(EVEN, found)).toBeCloseTo(0.10986122886681095, 12);
    expect(populationStability(EVEN, EVEN)).toBe(0);
  });

  test('an empty decile and missing values count as one in ten thousand', () => {
    const half = [...Array<number>(10).fill(0.1), ...Array<number>(10).fill(0), 0];
    const expected = 5 * (0.2 - 0.1) * Math.log(2) + 5 * (1e-4 - 0.1) * Math.log(1e-3);
    expect(populationStability(EVEN, half)).toBeCloseTo(expected, 12);
    const missing = [...EVEN.slice(0, 20).map((share) => share / 2), 0.5];
    expect(populationStability(EVEN, missing)).toBeCloseTo(
      10 * (0.05 - 0.1) * Math.log(0.5) + (0.5 - 1e-4) * Math.log(0.5 / 1e-4),
      12,
    );
  });

  test('KS is the largest distance of the distribution functions, among the values that are there', () => {
    const low = [...Array<number>(10).fill(0.1), ...Array<number>(10).fill(0), 0];
    expect(kolmogorovSmirnov(EVEN, low)).toBeCloseTo(0.5, 12);
    expect(kolmogorovSmirnov(EVEN, [...EVEN.slice(0, 20).map((share) => share / 4), 0.75])).toBeCloseTo(0, 12);
    const none = [...Array<number>(20).fill(0), 1];
    expect([kolmogorovSmirnov(EVEN, none), kolmogorovSmirnov(none, none)]).toEqual([1, 0]);
  });

  test('a value on a cut lies below it, in single precision, and equal cuts leave empty parts', () => {
    expect([0, 1, 1.5, 2, 19, 19.5, 99].map((value) => binOf(CUTS, value))).toEqual([0, 0, 1, 1, 18, 19, 19]);
    const single = Math.fround(0.1);
    expect(binOf([single], 0.1)).toBe(0);
    expect([0, 3, 4].map((value) => binOf([0, 3, 3, 3], value))).toEqual([0, 1, 4]);
    expect(binOf(CUTS, Number.NaN)).toBe(PARTS);
  });
});

describe('DriftWatch', () => {
  const reference: DriftReference = { windowRows: 40, features: [feature(), feature()], warnCount: 0, actCount: 1 };
  const push = (watch: DriftWatch, rows: number, of: (i: number) => readonly [number, number]) => {
    for (let i = 0; i < rows; i++) watch.push(of(i));
  };
  const even = (i: number): number => (i % 20) + 0.5;
  const low = (i: number): number => (i % 10) + 0.5;

  test('has no opinion before the window is full', () => {
    const watch = new DriftWatch(reference);
    push(watch, 39, () => [99, 99]);
    expect(watch.reading()).toEqual({ samples: 39, features: [], warned: 0, acted: 0, grade: 'calm' });
    push(watch, 1, () => [99, 99]);
    expect(watch.reading()).toMatchObject({ samples: 40, warned: 2, acted: 2, grade: 'act' });
  });

  test('grades each feature by its own thresholds, and the model by how many stray', () => {
    const watch = new DriftWatch(reference);
    push(watch, 40, (i) => [even(i), even(i)]);
    expect(watch.reading()).toMatchObject({ warned: 0, acted: 0, grade: 'calm' });
    expect(watch.reading().features[0]).toEqual({ psi: 0, ks: expect.closeTo(0, 12), grade: 'calm' });
    push(watch, 40, (i) => [even(i), low(i)]);
    // PSI of an empty half: 3.8, above 1; one feature of one that chance explains: a warning.
    expect(watch.reading()).toMatchObject({ warned: 1, acted: 1, grade: 'warn' });
    push(watch, 40, (i) => [low(i), low(i)]);
    expect(watch.reading()).toMatchObject({ warned: 2, acted: 2, grade: 'act' });
    const patient = {
      ...reference,
      features: [feature({ psiWarn: 9, psiAct: 9 }), feature({ psiWarn: 9, psiAct: 9 })],
    };
    const other = new DriftWatch(patient);
    push(other, 40, (i) => [low(i), even(i)]);
    // KS is 0.5: between 0.3 and 0.6.
    expect(other.reading().features.map(({ grade }) => grade)).toEqual(['warn', 'calm']);
  });

  test('slides as if the window were counted anew, and goes on from a snapshot', () => {
    const random = seededRandom('slide');
    const rows = Array.from({ length: 300 }, () => [
      random.normal() * 5 + 10,
      random.next() < 0.1 ? Number.NaN : random.next() * 25,
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 300 }), fc.integer({ min: 0, max: 300 }), (end, cut) => {
        let sliding = new DriftWatch(reference);
        for (const [i, row] of rows.slice(0, end).entries()) {
          if (i === cut) sliding = DriftWatch.restore(reference, JSON.parse(JSON.stringify(sliding.snapshot())));
          sliding.push(row);
        }
        const fresh = new DriftWatch(reference);
        for (const row of rows.slice(end - 40, end)) fresh.push(row);
        expect(sliding.reading()).toEqual(fresh.reading());
        expect(sliding.snapshot()).toEqual(fresh.snapshot());
      }),
      { numRuns: 40 },
    );
  });

  test('refuses the snapshot of another reference', () => {
    expect(() => DriftWatch.restore(reference, { bins: 'abc' })).toThrow(/3 bins is not of 2 features/);
    expect(() => DriftWatch.restore(reference, { bins: 'ab'.repeat(41) })).toThrow(/begin with an empty window/);
  });
});

/** References for the live guards: calm on more of the same, awake on another market, small enough for a passport. */
import { describe, expect, test } from 'vitest';
import { CalibrationWatch } from '../../src/domain/guards/calibration-watch.ts';
import { DissimilarityIndex } from '../../src/domain/guards/dissimilarity.ts';
import { DriftWatch } from '../../src/domain/guards/drift.ts';
import { seededRandom } from '../../src/domain/random.ts';
import type { FeatureMatrix } from '../../src/training/dataset.ts';
import { fitCalibrationReference } from '../../src/training/guards/fit-calibration-reference.ts';
import { fitDissimilarity } from '../../src/training/guards/fit-dissimilarity.ts';
import { fitDrift } from '../../src/training/guards/fit-drift.ts';

/** Columns of normals: fast ones, then slow ones that remember, then a flag, then one that never varies. */
function market(rows: number, fast: number, slow: number, seed: string): FeatureMatrix {
  const random = seededRandom(seed);
  const columns = fast + slow + 2;
  const values = new Float32Array(rows * columns);
  const memory = Array<number>(slow).fill(0);
  for (let row = 0; row < rows; row++) {
    const at = row * columns;
    for (let k = 0; k < fast; k++) values[at + k] = random.normal();
    for (let k = 0; k < slow; k++) {
      memory[k] = 0.99 * memory[k]! + Math.sqrt(1 - 0.99 ** 2) * random.normal();
      values[at + fast + k] = memory[k]!;
    }
    values[at + fast + slow] = random.next() < 0.3 ? 1 : 0;
    values[at + fast + slow + 1] = 7;
  }
  return { rows, columns, values };
}

const rowsOf = (count: number, from = 0): Int32Array => Int32Array.from({ length: count }, (_, row) => row + from);
const rowAt = ({ columns, values }: FeatureMatrix, row: number): Float32Array =>
  values.subarray(row * columns, (row + 1) * columns);

describe('fitDissimilarity', () => {
  const matrix = market(8000, 8, 2, 'dissimilarity');
  const reference = fitDissimilarity(matrix, rowsOf(6000));
  const index = new DissimilarityIndex(reference);
  const shareBeyond = (change: (value: number, column: number) => number): number => {
    let beyond = 0;
    for (let row = 6000; row < 8000; row++) {
      if (index.isBeyond(index.of(rowAt(matrix, row).map((value, column) => change(value, column))))) beyond++;
    }
    return beyond / 2000;
  };

  test('later rows of the same market are within the limit, a crash is beyond', () => {
    expect(reference.limit).toBe(1.5 * reference.trainP99);
    expect(reference.trainMedian).toBeLessThan(reference.trainP99);
    expect(shareBeyond((value) => value)).toBeLessThan(0.005);
    expect(shareBeyond((value) => value * 6)).toBeGreaterThan(0.9);
    expect(shareBeyond((value, column) => (column === 2 ? 20 : value))).toBe(1);
  });

  test('a sampled row is at distance 0, but for rounding to a thousandth', () => {
    // 500 of 6000 rows, evenly: the first is row 6.
    expect(index.of(rowAt(matrix, 6))).toBeLessThan(0.001);
    expect(index.of(rowAt(matrix, 7))).toBeGreaterThan(0.05);
  });

  test('the mean distance of rows of n independent columns is near √(2n), and 56 columns make under 300 kB', () => {
    const wide = fitDissimilarity(market(3000, 54, 0, 'wide'), rowsOf(3000));
    // 55 columns vary: 54 normals and a flag, each with variance 1; the last never does.
    expect(wide.meanDistance / Math.sqrt(2 * 55)).toBeGreaterThan(0.97);
    expect(wide.meanDistance / Math.sqrt(2 * 55)).toBeLessThan(1.01);
    expect(wide.deviations.at(-1)).toBe(1);
    expect(wide.sample.length).toBe(500 * 56);
    expect(JSON.stringify(wide).length).toBeLessThan(300_000);
    expect(JSON.parse(JSON.stringify(wide))).toEqual(wide);
  });

  test('missing values are taken, and nothing at all is refused', () => {
    const holes = { ...matrix, values: matrix.values.map((value, at) => (at % 7 === 0 ? Number.NaN : value)) };
    const fitted = fitDissimilarity(holes, rowsOf(6000));
    expect([...fitted.means, ...fitted.deviations, ...fitted.sample, fitted.limit].every(Number.isFinite)).toBe(true);
    const still = { rows: 10, columns: 1, values: new Float32Array(10) };
    expect(() => fitDissimilarity(still, rowsOf(10))).toThrow(/all sampled training rows are alike/);
    expect(() => fitDissimilarity(matrix, rowsOf(2))).toThrow(/3 training rows/);
  });
});

describe('fitDrift', () => {
  const fast = 12;
  const slow = 4;
  const matrix = market(16_000, fast, slow, 'drift');
  const reference = fitDrift(matrix, rowsOf(8000), { windowRows: 250, windows: 200, seed: 1 });

  /** Grades of disjoint windows of the rows that were not trained on. */
  const grades = (change: (value: number, column: number) => number): string[] =>
    Array.from({ length: 32 }, (_, window) => {
      const watch = new DriftWatch(reference);
      for (let row = 0; row < 250; row++) {
        watch.push(rowAt(matrix, 8000 + window * 250 + row).map((value, column) => change(value, column)));
      }
      return watch.reading().grade;
    });

  test('more of the same is calm, mostly; a changed market is acted on', () => {
    const same = grades((value) => value);
    expect(same.filter((grade) => grade === 'calm').length).toBeGreaterThanOrEqual(24);
    expect(same.filter((grade) => grade === 'act').length).toBeLessThanOrEqual(3);
    expect(new Set(grades((value, column) => (column < fast ? value * 1.6 : value)))).toEqual(new Set(['act']));
  });

  test('thresholds are the feature’s own: slow ones stray far by chance', () => {
    const fastest = reference.features.slice(0, fast).map(({ psiAct }) => psiAct);
    const slowest = reference.features.slice(fast, fast + slow).map(({ psiAct }) => psiAct);
    // Of 250 independent rows PSI is about χ² of 9 degrees ÷ 250: 99 % under 21.7 ÷ 250 = 0.087.
    for (const psi of fastest) {
      expect(psi).toBeGreaterThan(0.05);
      expect(psi).toBeLessThan(0.14);
    }
    for (const psi of slowest) expect(psi).toBeGreaterThan(1);
    for (const { psiWarn, psiAct, ksWarn, ksAct } of reference.features) {
      expect(psiWarn).toBeLessThanOrEqual(psiAct);
      expect(ksWarn).toBeLessThanOrEqual(ksAct);
    }
  });

  test('what never varies is calm while it stays, and acted on when it moves', () => {
    const watch = new DriftWatch(reference);
    for (let row = 8000; row < 8250; row++) watch.push(rowAt(matrix, row));
    expect(watch.reading().features.at(-1)).toEqual({ psi: 0, ks: 0, grade: 'calm' });
    for (let row = 8250; row < 8500; row++) watch.push(rowAt(matrix, row).map((value) => (value === 7 ? 8 : value)));
    expect(watch.reading().features.at(-1)!.grade).toBe('act');
  });

  test('a frequent value keeps its share, missing values theirs', () => {
    const flag = reference.features[fast + slow]!;
    // 0 with seven in ten, on or under the first cut; 1 above the cuts at 0.
    expect(flag.shares[0]).toBeCloseTo(0.7, 1);
    expect(flag.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 4);
    const holes = {
      ...matrix,
      values: matrix.values.map((value, at) => (at % (4 * matrix.columns) === 0 ? Number.NaN : value)),
    };
    const fitted = fitDrift(holes, rowsOf(2000), { windowRows: 100, windows: 20, seed: 1 });
    expect(fitted.features[0]!.shares.at(-1)).toBe(0.25);
  });

  test('56 features make under 100 kB, the same seed makes the same reference', () => {
    const wide = fitDrift(market(2000, 54, 0, 'wide'), rowsOf(2000), { windowRows: 200, windows: 50, seed: 2 });
    expect(JSON.stringify(wide).length).toBeLessThan(100_000);
    expect(JSON.parse(JSON.stringify(wide))).toEqual(wide);
    expect(fitDrift(matrix, rowsOf(8000), { windowRows: 250, windows: 200, seed: 1 })).toEqual(reference);
    expect(() => fitDrift(matrix, rowsOf(100), { windowRows: 100, windows: 20, seed: 1 })).toThrow(
      /shorter than the 100/,
    );
  });
});

describe('fitCalibrationReference', () => {
  /** Losses around a mean, in runs of ten alike: outcomes overlap. */
  const losses = (count: number, mean: number, seed: string): Float64Array => {
    const random = seededRandom(seed);
    let level = 0;
    return Float64Array.from({ length: count }, (_, i) => {
      if (i % 10 === 0) level = random.normal() * 0.3;
      return Math.max(0.01, mean + level + random.normal() * 0.1);
    });
  };
  const reference = fitCalibrationReference(losses(3000, 1, 'training'), {
    toleranceNats: 0.03,
    blockRows: 50,
    resamples: 400,
    seed: 1,
  });
  const gravest = (mean: number, seed: string): string => {
    const watch = new CalibrationWatch(reference, 200);
    const seen = [...losses(3000, mean, seed)].map((loss) => {
      const up = Math.exp(-loss);
      watch.push({ regime: 'range', probabilities: { down: 0, flat: 1 - up, up }, cameTrue: 'up' });
      return watch.grade().grade;
    });
    return seen.includes('act') ? 'act' : seen.includes('warn') ? 'warn' : 'calm';
  };

  test('the loss to expect is the mean; acting needs more than warning', () => {
    expect(reference.expectedLogLoss).toBeCloseTo(1, 1);
    expect(reference.actAbove).toBeGreaterThan(reference.warnAbove);
  });

  test('a sound model is seldom acted on; one that got worse always', () => {
    const sound = Array.from({ length: 20 }, (_, trial) => gravest(reference.expectedLogLoss, `sound ${trial}`));
    expect(sound.filter((grade) => grade === 'act').length).toBeLessThanOrEqual(2);
    expect(sound.filter((grade) => grade === 'calm').length).toBeGreaterThanOrEqual(13);
    const worse = Array.from({ length: 10 }, (_, trial) => gravest(reference.expectedLogLoss + 0.15, `worse ${trial}`));
    expect(new Set(worse)).toEqual(new Set(['act']));
  });
});

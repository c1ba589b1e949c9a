/** Block bootstrap: intervals as wide as theory says, wider where neighbours are alike, and a paired test that knows chance from skill. */
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import {
  blockBootstrap,
  bootstrapValues,
  meanInterval,
  pairedDifference,
} from '../../src/training/validation/block-bootstrap.ts';
import { shuffledBlocks } from '../../src/training/validation/block-shuffle.ts';

const normals = (count: number, seed: string): Float64Array => {
  const random = seededRandom(seed);
  return Float64Array.from({ length: count }, () => random.normal());
};

/** x(t) = φ x(t − 1) + noise: the mean of n of them varies by 1 ÷ (1 − φ) more than of independent ones with this noise. */
const autoregressive = (count: number, phi: number, seed: string): Float64Array => {
  let last = 0;
  return normals(count, seed).map((noise) => {
    last = phi * last + noise;
    return last;
  });
};

describe('blockBootstrap', () => {
  test('of independent values, the standard error of the mean is σ ÷ √n', () => {
    const found = meanInterval(normals(2000, 'iid'), { blockRows: 1, resamples: 1000, seed: 1 });
    expect(found.standardError * Math.sqrt(2000)).toBeGreaterThan(0.92);
    expect(found.standardError * Math.sqrt(2000)).toBeLessThan(1.08);
    expect(found.high - found.low).toBeCloseTo(2 * 1.96 * found.standardError, 2);
    expect(found.resamples).toBe(1000);
  });

  test.each([
    'stationary',
    'moving',
  ] as const)('of values with memory, %s blocks see it and single rows do not', (kind) => {
    const values = autoregressive(8000, 0.8, 'memory');
    const truth = 1 / (1 - 0.8) / Math.sqrt(8000);
    const blocks = meanInterval(values, { blockRows: 60, resamples: 600, seed: 2, kind });
    expect(blocks.standardError / truth).toBeGreaterThan(0.75);
    expect(blocks.standardError / truth).toBeLessThan(1.2);
    const single = meanInterval(values, { blockRows: 1, resamples: 600, seed: 2, kind });
    // 1 ÷ √(1 − φ²) instead of 1 ÷ (1 − φ): a third.
    expect(single.standardError / truth).toBeLessThan(0.4);
  });

  test('the interval holds the true mean about as often as it says', () => {
    let held = 0;
    for (let trial = 0; trial < 200; trial++) {
      const { low, high } = meanInterval(autoregressive(600, 0.5, `trial ${trial}`), {
        blockRows: 25,
        resamples: 200,
        seed: trial,
        level: 0.9,
      });
      if (low <= 0 && high >= 0) held++;
    }
    expect(held / 200).toBeGreaterThan(0.8);
    expect(held / 200).toBeLessThan(0.96);
  });

  test('moving blocks stay whole, stationary ones go on at the beginning, the same seed gives the same places', () => {
    const seen = (kind: 'moving' | 'stationary') => {
      const draws: number[][] = [];
      bootstrapValues(10, { blockRows: 5, resamples: 40, seed: 3, kind }, (places) => draws.push([...places]));
      return draws;
    };
    for (const draw of seen('moving')) {
      for (const start of [0, 5])
        expect([1, 2, 3, 4].every((step) => draw[start + step] === draw[start]! + step)).toBe(true);
    }
    const steps = seen('stationary').flatMap((draw) => draw.slice(1).map((place, i) => (place - draw[i]! + 10) % 10));
    // Goes on with chance 4/5 + 1/5 × 1/10.
    const wentOn = steps.filter((step) => step === 1).length / steps.length;
    expect(wentOn).toBeGreaterThan(0.75);
    expect(wentOn).toBeLessThan(0.89);
    expect(seen('stationary')).toEqual(seen('stationary'));
  });

  test('resamples without the statistic do not count', () => {
    const found = blockBootstrap(2, { blockRows: 1, resamples: 400, seed: 4 }, (places) =>
      places[0] === places[1] ? Number.NaN : 1,
    );
    expect(found.estimate).toBe(1);
    expect(found.resamples).toBeGreaterThan(150);
    expect(found.resamples).toBeLessThan(250);
  });

  test('says what is wrong', () => {
    expect(() => meanInterval([1, 2], { blockRows: 3, resamples: 10, seed: 0 })).toThrow(/blocks of 1 to 2 rows/);
    expect(() => meanInterval([1, 2], { blockRows: 1, resamples: 10, seed: 0, level: 95 })).toThrow(/between 0 and 1/);
  });
});

describe('pairedDifference', () => {
  const options = { blockRows: 20, resamples: 400, seed: 'paired' };

  test('finds a small difference between series that swing together', () => {
    const common = autoregressive(1000, 0.9, 'common');
    const own = normals(1000, 'own');
    const a = common.map((value, i) => value + 0.1 * own[i]! + 0.05);
    const found = pairedDifference(a, common, options);
    expect(found.low).toBeGreaterThan(0);
    expect(found.pValue).toBeLessThan(0.01);
    expect(found.estimate).toBeCloseTo(0.05, 1);
  });

  test('is not significant by chance more often than it says', () => {
    const pValues = Array.from({ length: 100 }, (_, trial) =>
      pairedDifference(normals(300, `a ${trial}`), normals(300, `b ${trial}`), {
        ...options,
        resamples: 200,
        seed: trial,
      }),
    ).map(({ pValue }) => pValue);
    expect(pValues.filter((p) => p < 0.1).length).toBeLessThan(20);
    expect(pValues.filter((p) => p > 0.5).length).toBeGreaterThan(35);
  });

  test('wants the same rows', () => {
    expect(() => pairedDifference([1], [1, 2], options)).toThrow(/paired test of 1 and 2 values/);
  });
});

test('shuffled blocks: every place once, blocks whole', () => {
  const places = shuffledBlocks(23, 5, seededRandom('blocks'));
  expect([...places].sort((a, b) => a - b)).toEqual([...Array(23).keys()]);
  const breaks = [...places].filter((place, i) => i > 0 && place !== places[i - 1]! + 1);
  expect(breaks.every((place) => place % 5 === 0)).toBe(true);
  expect([...places]).not.toEqual([...Array(23).keys()]);
  // Each of five blocks comes first as often as any other: a fifth of 500 draws, deviation 9.
  const random = seededRandom('first');
  const first = Array.from({ length: 500 }, () => shuffledBlocks(5, 1, random)[0]!);
  for (const block of [0, 1, 2, 3, 4]) {
    expect(Math.abs(first.filter((one) => one === block).length - 100)).toBeLessThan(36);
  }
  expect(() => shuffledBlocks(3, 0, seededRandom(0))).toThrow(/from 1 on/);
});

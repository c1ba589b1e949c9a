/** Dissimilarity: the nearest training row by hand and by definition, and the share of strange rows among the last. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DissimilarityIndex,
  type DissimilarityReference,
  DissimilarityWatch,
} from '../../src/domain/guards/dissimilarity.ts';
import { slowNearest } from '../oracle/validation.ts';

const small: DissimilarityReference = {
  means: [10, 0],
  deviations: [2, 1],
  sample: [0, 0, 3, 4],
  meanDistance: 5,
  trainMedian: 0.1,
  trainP99: 0.2,
  limit: 0.3,
};

describe('DissimilarityIndex', () => {
  test('by hand', () => {
    const index = new DissimilarityIndex(small);
    // z-scores (0, 0) and (3, 4) are sampled; (1, 0) is 1 from the first; (3, 1) is 3 from the second, √10 from the first.
    expect(index.of([10, 0])).toBe(0);
    expect(index.of([16, 4])).toBe(0);
    expect(index.of([12, 0])).toBe(1 / 5);
    expect(index.of([16, 1])).toBeCloseTo(3 / 5, 12);
    expect([index.isBeyond(0.3), index.isBeyond(0.31)]).toEqual([false, true]);
  });

  test('a missing value is the mean; what is no number is beyond', () => {
    const index = new DissimilarityIndex(small);
    expect(index.of([Number.NaN, 2])).toBeCloseTo(2 / 5, 12);
    expect(index.of([Number.POSITIVE_INFINITY, 0])).toBe(Number.POSITIVE_INFINITY);
    expect([index.isBeyond(Number.POSITIVE_INFINITY), index.isBeyond(Number.NaN)]).toEqual([true, true]);
  });

  test('equals the definition for any number of features', () => {
    const z = fc.double({ min: -4, max: 4, noNaN: true });
    const scenes = fc.integer({ min: 1, max: 20 }).chain((columns) =>
      fc.record({
        row: fc.array(z, { minLength: columns, maxLength: columns }),
        sample: fc.array(fc.array(z, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 30 }),
      }),
    );
    fc.assert(
      fc.property(scenes, ({ row, sample }) => {
        const reference = { ...small, means: row.map(() => 0), deviations: row.map(() => 1), sample: sample.flat() };
        expect(new DissimilarityIndex(reference).of(row)).toBeCloseTo(slowNearest(row, sample) / 5, 10);
      }),
    );
  });

  test('says when a reference does not fit together', () => {
    expect(() => new DissimilarityIndex({ ...small, sample: [1, 2, 3] })).toThrow(/2 means, 2 deviations and 3 values/);
  });
});

describe('DissimilarityWatch', () => {
  test('counts the last rows alone, and grades their share', () => {
    const watch = new DissimilarityWatch(20);
    expect(watch.reading()).toEqual({ samples: 0, shareBeyond: 0, grade: 'calm' });
    for (let i = 0; i < 20; i++) watch.push(i === 3);
    expect(watch.reading()).toEqual({ samples: 20, shareBeyond: 0.05, grade: 'calm' });
    watch.push(true);
    expect(watch.reading()).toEqual({ samples: 20, shareBeyond: 0.1, grade: 'warn' });
    for (let i = 0; i < 6; i++) watch.push(true);
    // The one of long ago has left.
    expect(watch.reading()).toEqual({ samples: 20, shareBeyond: 0.35, grade: 'act' });
  });

  test('goes on from a snapshot', () => {
    const watch = new DissimilarityWatch(5);
    for (const beyond of [true, false, true, true, false, false, true]) watch.push(beyond);
    const restored = DissimilarityWatch.restore(5, JSON.parse(JSON.stringify(watch.snapshot())));
    for (const one of [watch, restored]) one.push(true);
    expect(restored.reading()).toEqual(watch.reading());
    expect(restored.reading()).toMatchObject({ samples: 5, shareBeyond: 0.6 });
    expect(() => new DissimilarityWatch(0)).toThrow(/from 1 on/);
  });
});

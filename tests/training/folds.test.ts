/** Folds keep what they test apart from what they learn: no outcome in common, whatever the labels. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { combinations, cpcv, pathProbabilities } from '../../src/training/validation/cpcv.ts';
import { type Fold, purge, purgedTail } from '../../src/training/validation/folds.ts';
import { walkForward } from '../../src/training/validation/walk-forward.ts';

/** Any rows with any outcomes: some bars have no row. */
const labelled = fc
  .array(fc.record({ isRow: fc.boolean(), horizon: fc.integer({ min: 1, max: 8 }) }), {
    minLength: 240,
    maxLength: 320,
  })
  .map((bars) => ({
    endsAt: Int32Array.from(bars, ({ horizon }, bar) => bar + horizon),
    rows: Int32Array.from(bars.flatMap(({ isRow }, bar) => (isRow || bar % 2 === 0 ? [bar] : []))),
  }));
const embargo = fc.integer({ min: 0, max: 4 });

/** By definition: every pair of a row here and a row there, their [row, end] more than the embargo apart. */
function overlaps(here: Int32Array, there: Int32Array, endsAt: Int32Array, embargoRows: number): number {
  let found = 0;
  for (const a of here) {
    for (const b of there) {
      const apart = endsAt[a]! + embargoRows < b || endsAt[b]! + embargoRows < a;
      if (!apart) found++;
    }
  }
  return found;
}

const expectApart = ({ train, stop, test: tested }: Fold, endsAt: Int32Array, embargoRows: number): void => {
  expect(overlaps(train, tested, endsAt, embargoRows)).toBe(0);
  expect(overlaps(stop, tested, endsAt, embargoRows)).toBe(0);
  expect(overlaps(train, stop, endsAt, embargoRows)).toBe(0);
};

test('purging by hand', () => {
  const rows = Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
  const endsAt = rows.map((row) => row + 2);
  // Held out: rows 5 to 7, whose outcomes end at 9. Row 2 ends at 4, before 5; row 3 ends at 5. Row 10 begins after 9.
  expect([...purge(rows, endsAt, [{ first: 5, last: 9 }], 0)]).toEqual([0, 1, 2, 10, 11, 12, 13]);
  expect([...purge(rows, endsAt, [{ first: 5, last: 9 }], 2)]).toEqual([0, 12, 13]);
});

describe('walkForward', () => {
  const options = fc.record({
    folds: fc.integer({ min: 1, max: 4 }),
    window: fc.constantFrom('expanding' as const, 'rolling' as const),
    firstTrainShare: fc.double({ min: 0.4, max: 0.6, noNaN: true }),
    embargoRows: embargo,
    stopShare: fc.constantFrom(0, 0.2, 0.3),
  });

  test('no overlap; every row after the first training span is tested once; training is all past', () => {
    let folds = 0;
    fc.assert(
      fc.property(labelled, options, ({ rows, endsAt }, given) => {
        const found = walkForward(rows, endsAt, given);
        folds += found.length;
        expect(found.length).toBe(given.folds);
        for (const fold of found) {
          expectApart(fold, endsAt, given.embargoRows);
          expect(Math.max(...fold.train, ...fold.stop)).toBeLessThan(fold.test[0]!);
          expect(fold.stop.length > 0).toBe(given.stopShare > 0);
        }
        const before = Math.floor(rows.length * given.firstTrainShare);
        expect(found.flatMap((fold) => [...fold.test])).toEqual([...rows.subarray(before)]);
        const spans = found.map(({ train }) => train.at(-1)! - train[0]!);
        if (given.window === 'expanding') for (const fold of found) expect(fold.train[0]).toBe(rows[0]);
        else for (const { train } of found) expect(train.length).toBeLessThanOrEqual(before);
        expect(spans.every((span) => span > 0)).toBe(true);
      }),
      { numRuns: 60 },
    );
    expect(folds).toBeGreaterThan(60);
  });

  test('no more is thrown away than must be', () => {
    const rows = Int32Array.from({ length: 100 }, (_, row) => row);
    const endsAt = rows.map((row) => row + 3);
    const [first, second] = walkForward(rows, endsAt, {
      folds: 2,
      window: 'rolling',
      firstTrainShare: 0.5,
      embargoRows: 1,
      stopShare: 0.2,
    });
    // Tested from 50 on: a row must end before 49, so 45 is the last; 46 rows, of which 9 to stop on, from 37 on.
    expect([...first!.stop]).toEqual([37, 38, 39, 40, 41, 42, 43, 44, 45]);
    expect([first!.train[0], first!.train.at(-1)]).toEqual([0, 32]);
    expect([first!.test[0], first!.test.at(-1)]).toEqual([50, 74]);
    expect([second!.train[0], second!.stop.at(-1), second!.test[0], second!.test.at(-1)]).toEqual([25, 70, 75, 99]);
  });

  test('says so when nothing is left to train on', () => {
    const rows = Int32Array.from({ length: 20 }, (_, row) => row);
    const endsAt = rows.map((row) => row + 15);
    const given = { folds: 2, window: 'expanding', firstTrainShare: 0.5, embargoRows: 0, stopShare: 0 } as const;
    expect(() => walkForward(rows, endsAt, given)).toThrow(/0 training rows left after the purge/);
  });
});

describe('cpcv', () => {
  test('six groups, two of them tested: 15 splits and 5 paths', () => {
    const rows = Int32Array.from({ length: 120 }, (_, row) => row);
    const endsAt = rows.map((row) => row + 3);
    const split = cpcv(rows, endsAt, { groups: 6, testGroups: 2, embargoRows: 2, stopShare: 0.2 });
    expect([split.folds.length, split.paths.length]).toEqual([15, 5]);
    expect(split.folds[0]!.groups).toEqual([0, 1]);
    expect(split.paths[0]).toEqual([0, 0, 1, 2, 3, 4]);
  });

  const shapes = fc.integer({ min: 3, max: 7 }).chain((groups) =>
    fc.record({
      groups: fc.constant(groups),
      testGroups: fc.integer({ min: 1, max: Math.min(3, groups - 1) }),
      embargoRows: embargo,
      stopShare: fc.constantFrom(0, 0.15),
    }),
  );
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);

  test('no overlap, C(N, k) splits, k × C(N, k) ÷ N paths, each path tests every row with a fold of its own', () => {
    let splits = 0;
    fc.assert(
      fc.property(labelled, shapes, ({ rows, endsAt }, given) => {
        const split = cpcv(rows, endsAt, given);
        const count = choose(given.groups, given.testGroups);
        splits += count;
        expect(split.folds.length).toBe(count);
        expect(split.paths.length).toBe((given.testGroups * count) / given.groups);
        for (const fold of split.folds) expectApart(fold, endsAt, given.embargoRows);
        // Each fold says of each row its own number and the row: a path must read one fold a group, and every row in order.
        const said = split.folds.map(({ test: tested }, fold) =>
          Float32Array.from([...tested].flatMap((row) => [row, fold, 0])),
        );
        const used = split.paths.flatMap((path, index) => {
          const values = pathProbabilities(split, index, said);
          expect(rows.every((row, place) => values[place * 3] === row)).toBe(true);
          return path.map((fold, group) => `${fold}/${group}`);
        });
        expect(new Set(used).size).toBe(used.length);
        expect(used.length).toBe(count * given.testGroups);
      }),
      { numRuns: 25 },
    );
    expect(splits).toBeGreaterThan(100);
  });

  test('choices in order', () => {
    expect(combinations(4, 2)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3],
      [2, 3],
    ]);
  });

  test('says what is wrong with the groups', () => {
    const rows = Int32Array.of(0, 1, 2);
    const given = { groups: 3, testGroups: 3, embargoRows: 0, stopShare: 0 };
    expect(() => cpcv(rows, rows, given)).toThrow(/1 to N − 1 of N groups, was 3 of 3/);
  });
});

test('a tail is purged of what reaches into it', () => {
  const rows = Int32Array.from({ length: 10 }, (_, row) => row * 2);
  const endsAt = Int32Array.from({ length: 19 }, (_, row) => row + 3);
  // The last 3 rows are 14, 16 and 18; 12 and 11 end after 13, row 10 at 13.
  const { before, tail } = purgedTail(rows, endsAt, 0.3, 0);
  expect([...tail]).toEqual([14, 16, 18]);
  expect([...before]).toEqual([0, 2, 4, 6, 8, 10]);
  expect(purgedTail(rows, endsAt, 0, 0)).toEqual({ before: rows, tail: new Int32Array() });
  expect(() => purgedTail(rows, endsAt, 1, 0)).toThrow(/\[0, 1\)/);
});

/** Bins mean what the values mean: a cut between bins is the same cut in float32. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { binRows, findEdges } from '../../src/training/gbdt/bins.ts';

const matrixOf = (values: Float32Array, columns = 1) => ({ rows: values.length / columns, columns, values });
const allRows = (count: number) => Int32Array.from({ length: count }, (_, row) => row);
const binsOf = (values: Float32Array, edges: readonly Float32Array[], binsMax: number) =>
  binRows(matrixOf(values), allRows(values.length), edges, binsMax).slots;

/** Values that are near each other, far apart, equal, infinite, denormal and missing. */
const float = fc.oneof(
  fc.float(),
  fc.float({ min: Math.fround(1.1), max: Math.fround(1.1000019) }),
  fc.constantFrom(
    0,
    -0,
    1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1e-45,
    3.4028234663852886e38,
  ),
);
const floats = fc.array(float, { minLength: 1, maxLength: 200 }).map((values) => Float32Array.from(values));

test('each edge repeats the bins: value <= edge exactly when the bin is not after it', () => {
  let compared = 0;
  fc.assert(
    fc.property(floats, floats, fc.integer({ min: 2, max: 70 }), (fitted, others, binsMax) => {
      const [edges = new Float32Array()] = findEdges(matrixOf(fitted), allRows(fitted.length), binsMax);
      for (const values of [fitted, others]) {
        const bins = binsOf(values, [edges], binsMax);
        for (const [row, value] of values.entries()) {
          if (Number.isNaN(value)) {
            expect(bins[row]).toBe(binsMax);
            continue;
          }
          for (const [place, edge] of edges.entries()) {
            expect(value <= edge).toBe((bins[row] ?? 0) <= place);
            compared++;
          }
        }
      }
    }),
  );
  expect(compared).toBeGreaterThan(2_000);
});

test('edges ascend, part values that occur, and are as many as there is room for', () => {
  fc.assert(
    fc.property(floats, fc.integer({ min: 2, max: 70 }), (values, binsMax) => {
      const [edges = new Float32Array()] = findEdges(matrixOf(values), allRows(values.length), binsMax);
      // A set takes 0 and −0 for one value, as a comparison does.
      const distinct = [...new Set(values)].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
      if (distinct.length <= binsMax) expect(edges.length).toBe(Math.max(0, distinct.length - 1));
      else expect(edges.length).toBeLessThan(binsMax);
      const below = Array.from(edges, (edge) => distinct.filter((value) => value <= edge).length);
      for (const [place, count] of below.entries()) {
        expect(count).toBeGreaterThan(below[place - 1] ?? 0);
        expect(count).toBeLessThan(distinct.length);
      }
    }),
  );
});

test('bins hold about equal numbers of rows, and a frequent value has one to itself', () => {
  const uniform = Float32Array.from({ length: 10_000 }, (_, i) => ((i * 7919) % 10_000) / 10_000);
  const counts = new Array<number>(50).fill(0);
  const edges = findEdges(matrixOf(uniform), allRows(uniform.length), 50);
  for (const bin of binsOf(uniform, edges, 50)) counts[bin] = (counts[bin] ?? 0) + 1;
  expect(Math.min(...counts)).toBe(200);
  expect(Math.max(...counts)).toBe(200);

  const frequent = uniform.map((value, i) => (i % 10 < 6 ? 0.5 : value));
  const [cuts = new Float32Array()] = findEdges(matrixOf(frequent), allRows(frequent.length), 20);
  const around = [...cuts].filter((cut) => Math.abs(cut - 0.5) < 0.01);
  expect(around.length).toBe(2);
  expect(
    frequent.filter((value) => value > (around[0] ?? 0) && value <= (around[1] ?? 0)).every((v) => v === 0.5),
  ).toBe(true);
});

test('rows are taken in the order they are asked for, columns each with their own slots', () => {
  const values = Float32Array.of(1, 10, 2, Number.NaN, 3, 30);
  const edges = [Float32Array.of(1.5, 2.5), Float32Array.of(20)];
  const { slots, bins } = binRows(matrixOf(values, 2), Int32Array.of(2, 0, 1), edges, 3);
  expect(bins).toBe(4);
  expect([...slots]).toEqual([2, 4 + 1, 0, 4 + 0, 1, 4 + 3]);
});

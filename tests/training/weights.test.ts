/** What a row counts: López de Prado's uniqueness by hand and by definition, and the decay with age. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concurrencyOf, exampleWeights, timeDecay, uniqueness } from '../../src/training/labels/weights.ts';
import { slowUniqueness } from '../oracle/labels.ts';

describe('uniqueness', () => {
  test('three outcomes by hand', () => {
    // Outcomes of bars {1, 2}, {2, 3} and {3, 4, 5}.
    const endsAt = Int32Array.of(2, 3, 5, -1, -1, -1);
    const rows = Int32Array.of(0, 1, 2);
    expect([...concurrencyOf(rows, endsAt)]).toEqual([0, 1, 2, 2, 1, 1]);
    const { average, effectiveRows } = uniqueness(rows, endsAt);
    expect([...average.subarray(0, 3)]).toEqual([(1 + 1 / 2) / 2, (1 / 2 + 1 / 2) / 2, (1 / 2 + 1 + 1) / 3]);
    expect(effectiveRows).toBeCloseTo(0.75 + 0.5 + 2.5 / 3, 14);
  });

  test('outcomes of h bars at every bar are worth one in h', () => {
    const endsAt = Int32Array.from({ length: 1024 }, (_, row) => row + 24);
    const rows = Int32Array.from({ length: 1000 }, (_, row) => row);
    const { average, effectiveRows } = uniqueness(rows, endsAt);
    expect(average[500]).toBeCloseTo(1 / 24, 12);
    expect(effectiveRows).toBeGreaterThan(1000 / 24);
    expect(effectiveRows).toBeLessThan(1000 / 24 + 5);
  });

  test('equals the definition for any ends, and leaves out rows that were not asked for', () => {
    const cases = fc.array(fc.record({ length: fc.integer({ min: 1, max: 9 }), taken: fc.boolean() }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(cases, (labels) => {
        const endsAt = Int32Array.from([
          ...labels.map(({ length }, row) => row + length),
          ...Array<number>(9).fill(-1),
        ]);
        const rows = labels.flatMap(({ taken }, row) => (taken ? [row] : []));
        const { average, effectiveRows } = uniqueness(Int32Array.from(rows), endsAt);
        let total = 0;
        for (const row of endsAt.keys()) {
          const expected = rows.includes(row) ? slowUniqueness(row, rows, endsAt) : 0;
          expect(average[row]).toBeCloseTo(expected, 12);
          total += expected;
        }
        expect(effectiveRows).toBeCloseTo(total, 10);
      }),
    );
  });
});

test('the decay: newest 1, older by exp(−age ÷ (alpha × n))', () => {
  const decay = timeDecay(4, 0.5);
  expect([...decay]).toEqual([Math.exp(-1.5), Math.exp(-1), Math.exp(-0.5), 1]);
});

test('weights have mean 1 over the rows, are uniqueness × decay and 0 elsewhere', () => {
  const endsAt = Int32Array.of(2, 3, 5, -1, -1, -1);
  const rows = Int32Array.of(0, 2);
  // Bars {1, 2} and {3, 4, 5} do not meet: both are unique, so that the decay alone parts them: e^(−1/(1×2)) to 1.
  const weights = exampleWeights(rows, endsAt, { decayAlpha: 1 });
  expect(weights[0]! / weights[2]!).toBeCloseTo(Math.exp(-0.5), 12);
  expect(weights[0]! + weights[2]!).toBeCloseTo(2, 12);
  expect([...exampleWeights(rows, endsAt)]).toEqual([1, 0, 1, 0, 0, 0]);
  expect(() => exampleWeights(rows, endsAt, { decayAlpha: 0 })).toThrow(/above 0/);
  expect(() => exampleWeights(Int32Array.of(3), endsAt)).toThrow(/row 3 has no outcome/);
});

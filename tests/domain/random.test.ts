/** Seeded chance: the same everywhere, even where it should be, and able to go on from a snapshot. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashToUnit, seededRandom } from '../../src/domain/random.ts';

const draws = (seed: string | number, count: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('seededRandom', () => {
  test('gives these numbers for ever: stored runs depend on them', () => {
    expect(draws('servo', 4)).toEqual([
      0.17748365527950227, 0.010324223898351192, 0.5232282252982259, 0.5212735871318728,
    ]);
    const random = seededRandom(7);
    expect([random.normal(), random.normal()]).toEqual([0.6189192596195412, 0.9013119189766069]);
  });

  test('a number and its text are one seed, near seeds are strangers', () => {
    expect(draws(7, 5)).toEqual(draws('7', 5));
    const [a, b] = [draws('seed 1', 10_000), draws('seed 2', 10_000)];
    const together = meanOf(a.map((value, i) => (value - 0.5) * ((b[i] ?? 0) - 0.5))) * 12;
    expect(Math.abs(together)).toBeLessThan(0.04);
  });

  test('fills the unit interval evenly', () => {
    const counts = new Array<number>(20).fill(0);
    for (const value of draws('even', 100_000)) counts[Math.floor(value * 20)]! += 1;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0);
    // 43.8 is the 99.9 % point of 19 degrees of freedom.
    expect(chiSquare).toBeLessThan(43.8);
  });

  test('draws a standard normal', () => {
    const random = seededRandom('normal');
    const values = Array.from({ length: 200_000 }, () => random.normal());
    expect(meanOf(values)).toBeCloseTo(0, 1);
    expect(meanOf(values.map((value) => value ** 2))).toBeCloseTo(1, 1);
    expect(meanOf(values.map((value) => value ** 4))).toBeCloseTo(3, 0);
    expect(meanOf(values.map((value) => (Math.abs(value) > 1.96 ? 1 : 0)))).toBeCloseTo(0.05, 2);
  });

  test('goes on from a snapshot, in itself and in another', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(50), (seed, skipped) => {
        const random = seededRandom(seed);
        for (let i = 0; i < skipped; i++) random.next();
        const state = random.snapshot();
        const expected = [random.next(), random.normal(), random.next()];
        const other = seededRandom('another');
        for (const resumed of [random, other]) {
          resumed.restore(state);
          expect([resumed.next(), resumed.normal(), resumed.next()]).toEqual(expected);
        }
      }),
    );
  });
});

describe('hashToUnit', () => {
  test('depends on the text alone', () => {
    expect(hashToUnit('acct/EURUSD/1767571500000/buy/1')).toBe(0.7560312757268548);
    fc.assert(
      fc.property(fc.string(), (text) => {
        const unit = hashToUnit(text);
        expect(unit).toBeGreaterThanOrEqual(0);
        expect(unit).toBeLessThan(1);
        expect(hashToUnit(text)).toBe(unit);
      }),
    );
  });

  test('spreads ids that differ in one digit', () => {
    const units = Array.from({ length: 50_000 }, (_, i) => hashToUnit(`order-${i}`));
    expect(meanOf(units)).toBeCloseTo(0.5, 2);
    expect(meanOf(units.map((unit) => (unit < 0.02 ? 1 : 0)))).toBeCloseTo(0.02, 2);
    expect(new Set(units).size).toBeGreaterThan(49_990);
  });
});

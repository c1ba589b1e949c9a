/** The arithmetic of money against an oracle of big integers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addMoney,
  divide,
  money,
  moneyFromUnits,
  moneyToUnits,
  multiplyDivide,
  price,
  quantity,
  type Rounding,
  roundHalfAway,
  subtractMoney,
  UnitError,
  unixMs,
} from '../../src/domain/units.ts';

const ROUNDINGS: readonly Rounding[] = ['half_away', 'up', 'down'];

/** By the sign and the size apart, and by adding before a floor: another way than the code's. */
function oracle(factors: readonly number[], divisors: readonly number[], rounding: Rounding): bigint {
  const product = (values: readonly number[]) => values.reduce((all, value) => all * BigInt(value), 1n);
  const [numerator, denominator] = [product(factors), product(divisors)];
  const abs = (value: bigint) => (value < 0n ? -value : value);
  const [n, d] = [abs(numerator), abs(denominator)];
  const size = { half_away: (2n * n + d) / (2n * d), up: (n + d - 1n) / d, down: n / d }[rounding];
  return numerator < 0n === denominator < 0n ? size : -size;
}

const integers = fc.oneof(
  fc.integer({ min: -50, max: 50 }),
  fc.integer({ min: -100_000_000, max: 100_000_000 }),
  fc.maxSafeInteger(),
);
const notZero = integers.filter((value) => value !== 0);

describe('multiplyDivide', () => {
  test('equals the oracle, or refuses what no safe integer holds', () => {
    const products = [0, 0];
    fc.assert(
      fc.property(
        fc.array(integers, { minLength: 1, maxLength: 4 }),
        fc.array(notZero, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...ROUNDINGS),
        (factors, divisors, rounding) => {
          const expected = oracle(factors, divisors, rounding);
          const calculate = () => multiplyDivide(factors, divisors, rounding);
          if (Number.isSafeInteger(Number(expected))) {
            products[0]! += 1;
            expect(BigInt(calculate())).toBe(expected);
          } else {
            products[1]! += 1;
            expect(calculate).toThrow(UnitError);
          }
        },
      ),
      { numRuns: 5000 },
    );
    expect(Math.min(...products)).toBeGreaterThan(200);
  });

  test.each<[number, number, Rounding, number]>([
    [5, 2, 'half_away', 3],
    [-5, 2, 'half_away', -3],
    [5, -2, 'half_away', -3],
    [4, 3, 'half_away', 1],
    [4, 3, 'up', 2],
    [-4, 3, 'up', -2],
    [5, 3, 'down', 1],
    [-5, 3, 'down', -1],
    [0, 3, 'up', 0],
    [6, 3, 'up', 2],
  ])('%i / %i %s is %i', (numerator, denominator, rounding, expected) => {
    expect(multiplyDivide([numerator], [denominator], rounding)).toBe(expected);
  });

  test('never answers minus zero, which would hash unlike zero', () => {
    expect(Object.is(multiplyDivide([-1], [3], 'down'), 0)).toBe(true);
    expect(Object.is(multiplyDivide([0], [-3], 'half_away'), 0)).toBe(true);
  });

  test('rounds a half away from zero however large the products are', () => {
    expect(multiplyDivide([3, 2 ** 30, 2 ** 30], [2 ** 31, 2 ** 30], 'half_away')).toBe(2);
    expect(multiplyDivide([-3, 2 ** 30, 2 ** 30], [2 ** 31, 2 ** 30], 'half_away')).toBe(-2);
    expect(multiplyDivide([0, 2 ** 30, 2 ** 30], [-(2 ** 31), 2 ** 30], 'up')).toBe(0);
  });

  test.each<[() => number, string]>([
    [() => multiplyDivide([Number.NaN], [1], 'down'), 'a factor must be a safe integer, was NaN'],
    [() => multiplyDivide([2 ** 52, 4], [1], 'down'), 'a quotient must be a safe integer, was 18014398509481984'],
    [() => divide(1, 0.5, 'down'), 'a divisor must be a safe integer, was 0.5'],
    [() => money(0.5), 'an amount in micros must be a safe integer, was 0.5'],
    [() => price(0.5), 'a price in ticks must be a safe integer, was 0.5'],
    [() => unixMs(0.5), 'a time in ms must be a safe integer, was 0.5'],
    [() => quantity(0.5), 'a quantity in lot steps must be a safe integer, was 0.5'],
  ])('says what is no whole number: %s', (make, words) => {
    expect(make).toThrow(expect.objectContaining({ name: 'UnitError', message: words }));
  });

  test.each(ROUNDINGS)('refuses to divide by zero, rounding %s', (rounding) => {
    expect(() => multiplyDivide([1], [0], rounding)).toThrow('division by zero');
    expect(() => multiplyDivide([2 ** 40, 2 ** 40], [0], rounding)).toThrow('division by zero');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5, 2 ** 53])('refuses the factor %d', (factor) => {
    expect(() => multiplyDivide([factor], [1], 'down')).toThrow(UnitError);
    expect(() => multiplyDivide([1], [factor], 'down')).toThrow(UnitError);
  });
});

describe('money', () => {
  test('sums without loss, in any order', () => {
    const amounts = fc.array(fc.integer({ min: -(10 ** 13), max: 10 ** 13 }), { maxLength: 200 });
    fc.assert(
      fc.property(amounts, (micros) => {
        const sum = (values: readonly number[]) => values.reduce((all, value) => addMoney(money(all), money(value)), 0);
        const expected = micros.reduce((all, value) => all + BigInt(value), 0n);
        expect(BigInt(sum(micros))).toBe(expected);
        expect(sum(micros.toReversed())).toBe(sum(micros));
        expect(subtractMoney(money(sum(micros)), money(sum(micros)))).toBe(0);
      }),
    );
  });

  test('refuses a sum that no longer is exact', () => {
    expect(() => addMoney(money(Number.MAX_SAFE_INTEGER), money(1))).toThrow(UnitError);
    expect(() => subtractMoney(money(-Number.MAX_SAFE_INTEGER), money(1))).toThrow(UnitError);
  });

  test('goes to units and back for every cent', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 11), max: 10 ** 11 }), (cents) => {
        const amount = moneyFromUnits(cents / 100);
        expect(amount).toBe(cents * 10_000);
        expect(moneyToUnits(amount)).toBe(cents / 100);
      }),
    );
  });

  test('rounds halves away from zero on both sides', () => {
    expect([0.5, -0.5, 1.5, -1.5, 2.4, -2.4].map(roundHalfAway)).toEqual([1, -1, 2, -2, 2, -2]);
  });
});

describe('the constructors', () => {
  const poison = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5, 2 ** 53];

  test.each(poison)('refuse %d', (value) => {
    for (const make of [price, quantity, money, unixMs]) expect(() => make(value)).toThrow(UnitError);
  });

  test('a quantity is never negative', () => {
    expect(() => quantity(-1)).toThrow('a quantity in lot steps must not be negative, was -1');
  });

  test('make no minus zero', () => {
    for (const make of [price, quantity, money, unixMs]) expect(Object.is(make(-0), 0)).toBe(true);
  });
});

/** The units of the servo: branded integers, made only by the checked constructors below. Floats live in features and probabilities. */

declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]: Name };

/** A price, or a distance between prices, in ticks of its instrument. */
export type Price = Unit<'ticks'>;
/** A volume in lot steps of its instrument. Never negative: direction is the side's. */
export type Quantity = Unit<'lot steps'>;
/** An amount in millionths of the account's currency. */
export type Money = Unit<'micros'>;
/** Milliseconds since 1970-01-01T00:00:00Z. */
export type UnixMs = Unit<'unix ms'>;

export const MICROS_PER_UNIT = 1_000_000;

export const ZERO_MONEY = 0 as Money;
export const ZERO_QUANTITY = 0 as Quantity;

/** Thrown when a number that must be a unit of the servo is not: a bug or a poisoned input, never a business outcome. */
export class UnitError extends Error {
  override readonly name = 'UnitError';
}

function integer(value: number, what: string): number {
  if (!Number.isSafeInteger(value)) throw new UnitError(`${what} must be a safe integer, was ${value}`);
  return value === 0 ? 0 : value;
}

export const price = (ticks: number): Price => integer(ticks, 'a price in ticks') as Price;
export const money = (micros: number): Money => integer(micros, 'an amount in micros') as Money;
export const unixMs = (ms: number): UnixMs => integer(ms, 'a time in ms') as UnixMs;

export function quantity(steps: number): Quantity {
  if (steps < 0) throw new UnitError(`a quantity in lot steps must not be negative, was ${steps}`);
  return integer(steps, 'a quantity in lot steps') as Quantity;
}

/** From units of the account's currency, e.g. 10000.50, rounded half away from zero to the micro. */
export const moneyFromUnits = (units: number): Money => money(roundHalfAway(units * MICROS_PER_UNIT));

/** To units of the account's currency, for display and ratios only. */
export const moneyToUnits = (amount: Money): number => amount / MICROS_PER_UNIT;

export const addMoney = (a: Money, b: Money): Money => money(a + b);
export const subtractMoney = (a: Money, b: Money): Money => money(a - b);

/** Rounded down, so that a limit is not overstated; but 0.29 of 100 is 29, not what is left of 28.999999999999996. */
export const fractionOfMoney = (amount: Money, fraction: number): Money =>
  money(Math.floor(Math.max(0, amount) * fraction * (1 + 2 * Number.EPSILON)));

export function roundHalfAway(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}

export type Rounding = 'half_away' | 'up' | 'down';

/** Integer a × b × … ÷ (c × d × …), exact until its one rounding. `up` and `down` are away from and towards zero. */
export function multiplyDivide(factors: readonly number[], divisors: readonly number[], rounding: Rounding): number {
  const numerator = product(factors);
  const denominator = product(divisors);
  if (typeof numerator === 'number' && typeof denominator === 'number') return divide(numerator, denominator, rounding);
  return divideBig(BigInt(numerator), BigInt(denominator), rounding);
}

function product(factors: readonly number[]): number | bigint {
  let result = 1;
  for (let i = 0; i < factors.length; i++) {
    result *= integer(factors[i] ?? Number.NaN, 'a factor');
    if (!Number.isSafeInteger(result)) return factors.reduce((all, factor) => all * BigInt(factor), 1n);
  }
  return result;
}

/** Of two safe integers. */
export function divide(numerator: number, denominator: number, rounding: Rounding): number {
  integer(denominator, 'a divisor');
  if (denominator === 0) throw new UnitError('division by zero');
  const remainder = Math.abs(numerator % denominator);
  const truncated = Math.trunc((numerator - (numerator % denominator)) / denominator);
  if (remainder === 0 || rounding === 'down') return integer(truncated, 'a quotient');
  const away = Math.sign(numerator) * Math.sign(denominator);
  const roundsAway = rounding === 'up' || remainder >= Math.abs(denominator) - remainder;
  return integer(roundsAway ? truncated + away : truncated, 'a quotient');
}

function divideBig(numerator: bigint, denominator: bigint, rounding: Rounding): number {
  if (denominator === 0n) throw new UnitError('division by zero');
  const truncated = numerator / denominator;
  const remainder = numerator % denominator;
  const away = numerator < 0n === denominator < 0n ? 1n : -1n;
  const magnitude = remainder < 0n ? -remainder : remainder;
  const divisor = denominator < 0n ? -denominator : denominator;
  const roundsAway = remainder !== 0n && (rounding === 'up' || (rounding === 'half_away' && magnitude * 2n >= divisor));
  return integer(Number(roundsAway ? truncated + away : truncated), 'a quotient');
}

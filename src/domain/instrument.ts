/** What is traded and what it is worth: every conversion between ticks, lot steps and the account's money, each with its one rounding rule. */
import {
  divide,
  type Money,
  money,
  multiplyDivide,
  type Price,
  price,
  type Quantity,
  quantity,
  type Rounding,
  roundHalfAway,
  UnitError,
} from './units.ts';

export type AssetClass = 'fx' | 'metal' | 'index' | 'crypto';

/** An exact rational number of integers. */
export interface Ratio {
  readonly num: number;
  readonly den: number;
}

export interface Instrument {
  readonly symbol: string;
  readonly assetClass: AssetClass;
  /** What is bought: an ISO code, a metal, a coin, an index. */
  readonly baseCurrency: string;
  /** ISO code (or coin) in which profit and notional are counted. */
  readonly quoteCurrency: string;
  /** The smallest price change, e.g. 1/100000. */
  readonly tickSize: Ratio;
  /** Digits shown after the point of a price. */
  readonly digits: number;
  /** One lot step in lots, e.g. 1/100. */
  readonly lotStep: Ratio;
  /** Quote-currency micros that one tick is worth on one lot step. */
  readonly tickValue: Ratio;
  readonly quantityMin: Quantity;
  readonly quantityMax: Quantity;
  /** The venue refuses stops nearer than this. */
  readonly stopDistanceMin: Price;
  /** The venue changes no levels while the price is as near as this to one of them; 0 where it does not say so. */
  readonly freezeDistance: Price;
  /** Swap per night and lot step in quote-currency micros, signed: negative is a cost. */
  readonly swapLong: number;
  readonly swapShort: number;
}

/** Account-currency units that one quote-currency unit is worth now. */
export type ConversionRate = Ratio;
export const SAME_CURRENCY: ConversionRate = { num: 1, den: 1 };

/** How an instrument's quote currency becomes the account's: not at all, or by the price of another instrument. */
export type ConversionRule =
  | { readonly kind: 'same' }
  | { readonly kind: 'multiply'; readonly symbol: string }
  | { readonly kind: 'divide'; readonly symbol: string };

/** `by` is the converting instrument and its present price; `undefined` while there is none. */
export function conversionRate(rule: ConversionRule, by: { instrument: Instrument; price: Price } | undefined) {
  if (rule.kind === 'same') return SAME_CURRENCY;
  if (by === undefined || by.price <= 0) return undefined;
  const rate = { num: by.price * by.instrument.tickSize.num, den: by.instrument.tickSize.den };
  return rule.kind === 'multiply' ? rate : { num: rate.den, den: rate.num };
}

/** Nearest tick. Throws on a non-finite or non-positive price: it would poison everything after it. */
export function priceFromNumber(instrument: Instrument, value: number): Price {
  if (!Number.isFinite(value) || value <= 0) {
    throw new UnitError(`${instrument.symbol}: a price must be a positive finite number, was ${value}`);
  }
  return price(Math.round((value * instrument.tickSize.den) / instrument.tickSize.num));
}

export const ticksFromDistance = (instrument: Instrument, distance: number): number =>
  (distance * instrument.tickSize.den) / instrument.tickSize.num;

export const priceToNumber = (instrument: Instrument, ticks: number): number =>
  (ticks * instrument.tickSize.num) / instrument.tickSize.den;

export const formatPrice = (instrument: Instrument, ticks: number): string =>
  priceToNumber(instrument, ticks).toFixed(instrument.digits);

/** Rounded down to the lot step: a size is never rounded up. */
export function quantityFromLots(instrument: Instrument, lots: number): Quantity {
  const steps = (lots * instrument.lotStep.den) / instrument.lotStep.num;
  return quantity(Math.floor(steps + 1e-9));
}

export const quantityToLots = (instrument: Instrument, steps: number): number =>
  (steps * instrument.lotStep.num) / instrument.lotStep.den;

/** Profit of `ticks` (signed, in the position's favour) on `steps`, rounded half away from zero to the micro. */
export function profitOf(instrument: Instrument, ticks: number, steps: number, rate: ConversionRate): Money {
  return moneyOf(instrument, ticks, steps, rate, 'half_away');
}

/** Loss at `ticks` of adverse movement, rounded up: risk is never understated. */
export function riskOf(instrument: Instrument, ticks: number, steps: number, rate: ConversionRate): Money {
  return moneyOf(instrument, ticks, steps, rate, 'up');
}

/** Asked at every bar of every open position, so it does without lists where the products are exact as they stand. */
function moneyOf(
  { tickValue }: Instrument,
  ticks: number,
  steps: number,
  rate: ConversionRate,
  rounding: Rounding,
): Money {
  const { num, den } = tickValue;
  const numerator = ticks * steps * num * rate.num;
  // Of whole factors: were a product on the way not exact, the last one were not safe.
  if (Number.isSafeInteger(ticks) && Number.isSafeInteger(steps) && Number.isSafeInteger(numerator)) {
    return money(divide(numerator, den * rate.den, rounding));
  }
  return money(multiplyDivide([ticks, steps, num, rate.num], [den, rate.den], rounding));
}

/** What `steps` are worth, rounded up. */
export const notionalOf = (instrument: Instrument, at: Price, steps: number, rate: ConversionRate): Money =>
  riskOf(instrument, at, steps, rate);

/** Notional ÷ leverage, rounded up. */
export function marginOf(instrument: Instrument, at: Price, steps: number, rate: ConversionRate, leverage: number) {
  const { num, den } = instrument.tickValue;
  return money(multiplyDivide([at, steps, num, rate.num], [den, rate.den, leverage], 'up'));
}

/** A fraction of a price in ticks, rounded down, at least one: how MT5 takes a deviation. */
export function deviationTicks(at: Price, fraction: number): Price {
  return price(Math.max(1, Math.floor(at * fraction + 1e-9)));
}

/** A fraction of a quantity, rounded half away from zero to the lot step. */
export const shareOf = (whole: Quantity, fraction: number): Quantity => quantity(roundHalfAway(whole * fraction));

/** For ratios and display; money goes through the functions above. */
export const multiplyRatio = (a: Ratio, b: Ratio): number => (a.num * b.num) / (a.den * b.den);

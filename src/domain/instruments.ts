/** Contracts as people write them: the built-in ones, and the exact `Instrument` of any. A broker's own numbers win over these. */
import type { AssetClass, ConversionRule, Instrument, Ratio } from './instrument.ts';
import { MICROS_PER_UNIT, type Price, price, quantity, roundHalfAway, UnitError } from './units.ts';

/** A decimal as written, e.g. 0.00001 or '0.00001'. */
type Decimal = number | string;

/** A contract in the terms of MetaTrader's symbol sheet. A point is one unit of the last digit; swaps are per lot and night. */
export interface InstrumentSpec {
  readonly symbol: string;
  readonly assetClass: AssetClass;
  readonly baseCurrency: string;
  readonly quoteCurrency: string;
  readonly digits: number;
  readonly tickSize: Decimal;
  readonly contractSize: Decimal;
  readonly lotStep: Decimal;
  readonly lotMin: Decimal;
  readonly lotMax: Decimal;
  readonly stopDistanceMinPoints: number;
  /** Left out: 0. */
  readonly freezeDistancePoints?: number;
  readonly swapLongPoints: Decimal;
  readonly swapShortPoints: Decimal;
}

const ZERO: Ratio = { num: 0, den: 1 };

/** Throws a `UnitError` naming the field where a number has no exact, whole or safe form. */
export function makeInstrument(spec: InstrumentSpec): Instrument {
  const named = (field: string) => `${spec.symbol}: ${field}`;
  const tickSize = positive(spec.tickSize, named('tickSize'));
  const contractSize = positive(spec.contractSize, named('contractSize'));
  const lotStep = positive(spec.lotStep, named('lotStep'));
  const point = pointOf(spec.digits, named('digits'));
  whole(
    divide(tickSize, point, named('tickSize')),
    named(`tickSize ${spec.tickSize} does not fit ${spec.digits} digits`),
  );

  const microsPerLotStep = multiply([contractSize, lotStep, { num: MICROS_PER_UNIT, den: 1 }], named('contractSize'));
  const tickValue = multiply([tickSize, microsPerLotStep], named('tickSize × contractSize × lotStep'));
  const steps = (lots: Decimal, field: string) =>
    quantity(whole(divide(positive(lots, field), lotStep, field), `${field} ${lots} is not a multiple of lotStep`));
  const swap = (points: Decimal, field: string) => {
    const micros = multiply([decimalRatio(points, field), point, microsPerLotStep], field);
    return roundHalfAway(micros.num / micros.den);
  };

  const quantityMin = steps(spec.lotMin, named('lotMin'));
  const quantityMax = steps(spec.lotMax, named('lotMax'));
  if (quantityMax < quantityMin) throw new UnitError(named(`lotMax ${spec.lotMax} is below lotMin ${spec.lotMin}`));
  const grid = { digits: spec.digits, tickSize };
  return {
    symbol: spec.symbol,
    assetClass: spec.assetClass,
    baseCurrency: spec.baseCurrency,
    quoteCurrency: spec.quoteCurrency,
    tickSize,
    digits: spec.digits,
    lotStep,
    tickValue,
    quantityMin,
    quantityMax,
    stopDistanceMin: ticksFromPoints(grid, spec.stopDistanceMinPoints),
    freezeDistance: ticksFromPoints(grid, spec.freezeDistancePoints ?? 0),
    swapLong: swap(spec.swapLongPoints, named('swapLongPoints')),
    swapShort: swap(spec.swapShortPoints, named('swapShortPoints')),
  };
}

/** MetaTrader's points as ticks, rounded up: a spread or a distance is never understated. */
export function ticksFromPoints(grid: Pick<Instrument, 'digits' | 'tickSize'>, points: number): Price {
  if (!(points >= 0)) throw new UnitError(`a distance in points must not be negative, was ${points}`);
  const pointsPerTick = (grid.tickSize.num * 10 ** grid.digits) / grid.tickSize.den;
  return price(Math.ceil(points / pointsPerTick - 1e-9));
}

/** How money in `quoteCurrency` becomes the account's: through an FX instrument at hand, or `undefined` where none connects the two. */
export function conversionRuleFor(
  quoteCurrency: string,
  accountCurrency: string,
  available: readonly Instrument[],
): ConversionRule | undefined {
  if (quoteCurrency === accountCurrency) return { kind: 'same' };
  const pair = (base: string, quote: string) =>
    available.find(
      (each) => each.assetClass === 'fx' && each.symbol.startsWith(base + quote) && each.quoteCurrency === quote,
    );
  const direct = pair(quoteCurrency, accountCurrency);
  if (direct !== undefined) return { kind: 'multiply', symbol: direct.symbol };
  const inverse = pair(accountCurrency, quoteCurrency);
  return inverse === undefined ? undefined : { kind: 'divide', symbol: inverse.symbol };
}

/** The exact rational of a decimal as written; throws where it needs more digits than a safe integer holds. */
function decimalRatio(value: Decimal, what: string): Ratio {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,2}))?$/.exec(String(value).trim());
  if (parts === null) throw new UnitError(`${what} must be a decimal number, was ${value}`);
  const [, sign = '', units = '', fraction = '', exponent = '0'] = parts;
  const digits = BigInt(`${sign}${units}${fraction}`);
  const power = Number(exponent) - fraction.length;
  return power >= 0 ? reduce(digits * 10n ** BigInt(power), 1n, what) : reduce(digits, 10n ** BigInt(-power), what);
}

function positive(value: Decimal, what: string): Ratio {
  const ratio = decimalRatio(value, what);
  if (ratio.num <= 0) throw new UnitError(`${what} must be above zero, was ${value}`);
  return ratio;
}

function pointOf(digits: number, what: string): Ratio {
  if (!Number.isInteger(digits) || digits < 0 || digits > 12)
    throw new UnitError(`${what} must be 0 to 12, was ${digits}`);
  return { num: 1, den: 10 ** digits };
}

function whole(ratio: Ratio, complaint: string): number {
  if (ratio.den !== 1) throw new UnitError(complaint);
  return ratio.num;
}

const divide = (a: Ratio, b: Ratio, what: string): Ratio => multiply([a, { num: b.den, den: b.num }], what);

function multiply(ratios: readonly Ratio[], what: string): Ratio {
  const numerator = ratios.reduce((all, each) => all * BigInt(each.num), 1n);
  const denominator = ratios.reduce((all, each) => all * BigInt(each.den), 1n);
  return reduce(numerator, denominator, what);
}

function reduce(numerator: bigint, denominator: bigint, what: string): Ratio {
  if (numerator === 0n) return ZERO;
  let divisor = numerator < 0n ? -numerator : numerator;
  for (let rest = denominator; rest > 0n; ) [divisor, rest] = [rest, divisor % rest];
  const ratio = { num: Number(numerator / divisor), den: Number(denominator / divisor) };
  if (Number.isSafeInteger(ratio.num) && Number.isSafeInteger(ratio.den)) return ratio;
  throw new UnitError(`${what} has too many digits to be held exactly`);
}

function fx(base: string, quote: string, swapLongPoints: number, swapShortPoints: number): InstrumentSpec {
  const digits = quote === 'JPY' ? 3 : 5;
  return {
    symbol: base + quote,
    assetClass: 'fx',
    baseCurrency: base,
    quoteCurrency: quote,
    digits,
    tickSize: `1e-${digits}`,
    contractSize: 100_000,
    lotStep: 0.01,
    lotMin: 0.01,
    lotMax: 100,
    stopDistanceMinPoints: 0,
    swapLongPoints,
    swapShortPoints,
  };
}

const CENT_LOTS = { lotStep: 0.01, lotMin: 0.01, stopDistanceMinPoints: 0 } as const;
const CENT_PRICES = { digits: 2, tickSize: 0.01 } as const;

/** A cash index, one unit of the index a lot; its base is the index itself. */
const index = (
  symbol: string,
  quoteCurrency: string,
  swapLongPoints: number,
  swapShortPoints: number,
): InstrumentSpec => ({
  ...CENT_LOTS,
  ...CENT_PRICES,
  symbol,
  assetClass: 'index',
  baseCurrency: symbol,
  quoteCurrency,
  contractSize: 1,
  lotMax: 250,
  swapLongPoints,
  swapShortPoints,
});

/** One coin a lot. */
const crypto = (coin: string, lotMax: number, swapPoints: number): InstrumentSpec => ({
  ...CENT_LOTS,
  ...CENT_PRICES,
  symbol: `${coin}USD`,
  assetClass: 'crypto',
  baseCurrency: coin,
  quoteCurrency: 'USD',
  contractSize: 1,
  lotMax,
  swapLongPoints: swapPoints,
  swapShortPoints: swapPoints,
});

const XAUUSD: InstrumentSpec = {
  ...CENT_LOTS,
  ...CENT_PRICES,
  symbol: 'XAUUSD',
  assetClass: 'metal',
  baseCurrency: 'XAU',
  quoteCurrency: 'USD',
  contractSize: 100,
  lotMax: 50,
  swapLongPoints: -48.2,
  swapShortPoints: 21.4,
};

const XAGUSD: InstrumentSpec = {
  ...XAUUSD,
  symbol: 'XAGUSD',
  baseCurrency: 'XAG',
  digits: 3,
  tickSize: 0.001,
  contractSize: 5000,
  swapLongPoints: -6.1,
  swapShortPoints: 2.3,
};

/** Conventional contracts by symbol. Swaps are typical, not anyone's price list. */
export const INSTRUMENTS: Readonly<Record<string, InstrumentSpec>> = Object.fromEntries(
  [
    fx('EUR', 'USD', -8.6, 3.9),
    fx('GBP', 'USD', -3.1, -1.9),
    fx('AUD', 'USD', -2.4, -0.6),
    fx('NZD', 'USD', -2.2, -0.8),
    fx('USD', 'JPY', 8.9, -19.7),
    fx('USD', 'CHF', 6.2, -11.8),
    fx('USD', 'CAD', 1.9, -6.4),
    fx('EUR', 'GBP', -6.9, 2.4),
    fx('EUR', 'JPY', 6.1, -17.2),
    fx('EUR', 'CHF', 1.8, -7.1),
    fx('EUR', 'AUD', -13.4, 4.8),
    fx('EUR', 'CAD', -7.7, 1.6),
    fx('EUR', 'NZD', -12.8, 4.1),
    fx('GBP', 'JPY', 15.4, -31.6),
    fx('GBP', 'CHF', 8.8, -17.9),
    fx('GBP', 'AUD', -4.6, -3.7),
    fx('GBP', 'CAD', -1.4, -6.2),
    fx('AUD', 'JPY', 6.8, -14.9),
    fx('AUD', 'NZD', -4.1, -1.8),
    fx('AUD', 'CAD', -0.9, -3.6),
    fx('CAD', 'JPY', 4.9, -12.1),
    fx('CHF', 'JPY', -4.4, -9.3),
    fx('NZD', 'JPY', 6.2, -13.3),
    XAUUSD,
    XAGUSD,
    index('US500', 'USD', -97.4, 31.2),
    index('US30', 'USD', -712.5, 228.6),
    index('NAS100', 'USD', -391.8, 124.9),
    index('DE40', 'EUR', -284.3, 21.7),
    crypto('BTC', 20, -2450),
    crypto('ETH', 200, -84.5),
  ].map((spec) => [spec.symbol, spec]),
);

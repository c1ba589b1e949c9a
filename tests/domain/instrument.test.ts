/** What a tick is worth: built-in contracts, their exact conversions, and the refusals of a contract that cannot be exact. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ConversionRate,
  conversionRate,
  deviationTicks,
  formatPrice,
  type Instrument,
  marginOf,
  multiplyRatio,
  priceFromNumber,
  priceToNumber,
  profitOf,
  quantityFromLots,
  quantityToLots,
  riskOf,
  SAME_CURRENCY,
  shareOf,
  ticksFromDistance,
} from '../../src/domain/instrument.ts';
import {
  conversionRuleFor,
  INSTRUMENTS,
  type InstrumentSpec,
  makeInstrument,
  ticksFromPoints,
} from '../../src/domain/instruments.ts';
import { moneyToUnits, price, quantity, UnitError } from '../../src/domain/units.ts';

const specOf = (symbol: string): InstrumentSpec => {
  const spec = INSTRUMENTS[symbol];
  if (spec === undefined) throw new Error(`no contract ${symbol}`);
  return spec;
};
const builtIn = (symbol: string): Instrument => makeInstrument(specOf(symbol));
const ALL = Object.values(INSTRUMENTS).map(makeInstrument);
const EURUSD = builtIn('EURUSD');
const USDJPY = builtIn('USDJPY');

const rateBy = (instrument: Instrument, at: number, kind: 'multiply' | 'divide'): ConversionRate => {
  const by = { instrument, price: priceFromNumber(instrument, at) };
  const rate = conversionRate({ kind, symbol: instrument.symbol }, by);
  if (rate === undefined) throw new Error('no rate');
  return rate;
};

describe('profit in the account currency', () => {
  const PER_JPY = rateBy(USDJPY, 150, 'divide');
  const PER_EUR = rateBy(EURUSD, 1.1, 'multiply');
  const PER_USD_IN_EUR = rateBy(EURUSD, 1.1, 'divide');

  test.each<[string, number, number, ConversionRate, number]>([
    // symbol, price change, lots, rate, profit in account units
    ['EURUSD', 0.001, 1, SAME_CURRENCY, 100],
    ['EURUSD', -0.001, 0.01, SAME_CURRENCY, -1],
    ['EURUSD', 0.00001, 0.01, SAME_CURRENCY, 0.01],
    ['EURUSD', 0.0011, 1, PER_USD_IN_EUR, 100],
    ['USDJPY', 0.15, 1, PER_JPY, 100],
    ['USDJPY', 0.1, 1, PER_JPY, 66.666667],
    ['USDJPY', -0.1, 1, PER_JPY, -66.666667],
    ['XAUUSD', 1, 1, SAME_CURRENCY, 100],
    ['XAUUSD', 12.34, 0.05, SAME_CURRENCY, 61.7],
    ['XAGUSD', 0.1, 1, SAME_CURRENCY, 500],
    ['US500', -25.5, 2, SAME_CURRENCY, -51],
    ['DE40', 100, 1, PER_EUR, 110],
    ['BTCUSD', 1234.56, 0.25, SAME_CURRENCY, 308.64],
    ['ETHUSD', -10, 3.5, SAME_CURRENCY, -35],
  ])('%s %d on %d lots', (symbol, change, lots, rate, expected) => {
    const instrument = builtIn(symbol);
    const ticks = Math.round((change * instrument.tickSize.den) / instrument.tickSize.num);
    expect(moneyToUnits(profitOf(instrument, ticks, quantityFromLots(instrument, lots), rate))).toBe(expected);
  });

  test('equals exact fractions for every contract, size and rate', () => {
    const halfAway = (n: bigint, d: bigint): bigint => {
      const size = (2n * (n < 0n ? -n : n) + d) / (2n * d);
      return n < 0n ? -size : size;
    };
    const up = (n: bigint, d: bigint): bigint => (n + d - 1n) / d;
    fc.assert(
      fc.property(
        fc.constantFrom(...ALL),
        fc.integer({ min: -300_000, max: 300_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.record({ num: fc.integer({ min: 1, max: 20_000 }), den: fc.integer({ min: 20_000, max: 4_000_000 }) }),
        fc.integer({ min: 1, max: 500 }),
        (instrument, ticks, steps, rate, leverage) => {
          const spec = specOf(instrument.symbol);
          // From the sheet's own numbers in millionths, not from the instrument under test.
          const millionths = (decimal: number | string) => BigInt(Math.round(Number(decimal) * 1_000_000));
          const unit = millionths(spec.tickSize) * millionths(spec.contractSize) * millionths(spec.lotStep);
          const scale = 10n ** 12n;
          const value = (t: number) => unit * BigInt(t) * BigInt(steps) * BigInt(rate.num);
          const divisor = scale * BigInt(rate.den);
          const size = Math.abs(ticks);
          const at = price(size + 1);
          expect(BigInt(profitOf(instrument, ticks, steps, rate))).toBe(halfAway(value(ticks), divisor));
          expect(BigInt(riskOf(instrument, size, steps, rate))).toBe(up(value(size), divisor));
          const margin = marginOf(instrument, at, steps, rate, leverage);
          expect(BigInt(margin)).toBe(up(value(at), divisor * BigInt(leverage)));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('a loss and a profit of one size mirror each other, and risk is never below the loss', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 10_000 }), (ticks, steps) => {
        const profit = profitOf(USDJPY, ticks, steps, PER_JPY);
        expect(profitOf(USDJPY, -ticks, steps, PER_JPY)).toBe(profit === 0 ? 0 : -profit);
        expect(riskOf(USDJPY, ticks, steps, PER_JPY)).toBeGreaterThanOrEqual(profit);
        expect(riskOf(USDJPY, ticks, steps, PER_JPY)).toBeLessThanOrEqual(profit + 1);
      }),
    );
  });

  test('closing in parts costs at most half a micro a part against closing whole', () => {
    const parts = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(fc.integer({ min: -5000, max: 5000 }), parts, (ticks, sizes) => {
        const whole = sizes.reduce((sum, size) => sum + size, 0);
        const apart = sizes.reduce((sum, size) => sum + profitOf(USDJPY, ticks, size, PER_JPY), 0);
        const together = profitOf(USDJPY, ticks, whole, PER_JPY);
        expect(Math.abs(apart - together)).toBeLessThanOrEqual((sizes.length + 1) / 2);
      }),
    );
  });

  test('margin is the notional over the leverage', () => {
    const at = priceFromNumber(EURUSD, 1.1);
    expect(moneyToUnits(marginOf(EURUSD, at, 100, SAME_CURRENCY, 30))).toBe(3666.666667);
    expect(moneyToUnits(marginOf(USDJPY, priceFromNumber(USDJPY, 150), 100, PER_JPY, 100))).toBe(1000);
  });
});

describe('conversion rates', () => {
  test('same, multiply and divide', () => {
    const by = { instrument: USDJPY, price: priceFromNumber(USDJPY, 150) };
    expect(conversionRate({ kind: 'same' }, undefined)).toEqual({ num: 1, den: 1 });
    expect(conversionRate({ kind: 'divide', symbol: 'USDJPY' }, by)).toEqual({ num: 1000, den: 150_000 });
    expect(conversionRate({ kind: 'multiply', symbol: 'USDJPY' }, by)).toEqual({ num: 150_000, den: 1000 });
  });

  test('there is none without a price', () => {
    expect(conversionRate({ kind: 'divide', symbol: 'USDJPY' }, undefined)).toBeUndefined();
    expect(
      conversionRate({ kind: 'divide', symbol: 'USDJPY' }, { instrument: USDJPY, price: price(0) }),
    ).toBeUndefined();
  });

  test.each([
    ['USD', 'USD', { kind: 'same' }],
    ['JPY', 'USD', { kind: 'divide', symbol: 'USDJPY' }],
    ['GBP', 'USD', { kind: 'multiply', symbol: 'GBPUSD' }],
    ['USD', 'EUR', { kind: 'divide', symbol: 'EURUSD' }],
    ['EUR', 'USD', { kind: 'multiply', symbol: 'EURUSD' }],
    ['JPY', 'CHF', { kind: 'divide', symbol: 'CHFJPY' }],
    ['XAU', 'USD', undefined],
    ['BTC', 'USD', undefined],
    ['ZAR', 'USD', undefined],
  ])('from %s to %s', (quoteCurrency, accountCurrency, expected) => {
    expect(conversionRuleFor(quoteCurrency, accountCurrency, ALL)).toEqual(expected);
  });

  test('knows a pair by a name with a broker suffix, and only pairs at hand', () => {
    const suffixed = makeInstrument({ ...specOf('USDJPY'), symbol: 'USDJPY.pro' });
    expect(conversionRuleFor('JPY', 'USD', [EURUSD, suffixed])).toEqual({ kind: 'divide', symbol: 'USDJPY.pro' });
    expect(conversionRuleFor('JPY', 'USD', [EURUSD])).toBeUndefined();
  });
});

describe('prices and volumes', () => {
  test('every tick of every contract goes to a number and back', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ALL), fc.integer({ min: 1, max: 100_000_000 }), (instrument, ticks) => {
        expect(priceFromNumber(instrument, priceToNumber(instrument, ticks))).toBe(ticks);
        expect(priceFromNumber(instrument, Number(formatPrice(instrument, ticks)))).toBe(ticks);
      }),
    );
  });

  test('every lot step goes to lots and back, and nothing is rounded up', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ALL), fc.nat(1_000_000), (instrument, steps) => {
        expect(quantityFromLots(instrument, quantityToLots(instrument, steps))).toBe(steps);
        expect(quantityFromLots(instrument, quantityToLots(instrument, steps + 0.999))).toBe(steps);
      }),
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 0, -1.1])('%d is no price', (value) => {
    expect(() => priceFromNumber(EURUSD, value)).toThrow(/EURUSD: a price must be a positive finite number/);
  });

  test('prices show all their digits', () => {
    expect(formatPrice(EURUSD, 110_000)).toBe('1.10000');
    expect(formatPrice(USDJPY, 150_001)).toBe('150.001');
    expect(formatPrice(builtIn('BTCUSD'), 8_800_000)).toBe('88000.00');
  });

  test('a deviation is rounded down and at least a tick, a share to the nearest step', () => {
    expect(deviationTicks(price(110_000), 0.0002)).toBe(22);
    expect(deviationTicks(price(110_000), 0.000_000_1)).toBe(1);
    expect(shareOf(quantity(5), 0.5)).toBe(3);
    expect(shareOf(quantity(10), 0.04)).toBe(0);
  });
});

test('a tick and a lot step need not be one over something', () => {
  const odd = makeInstrument({
    ...specOf('US500'),
    digits: 1,
    tickSize: '2.5',
    lotStep: '0.3',
    lotMin: '0.3',
    lotMax: '9',
  });
  expect([odd.tickSize, odd.lotStep]).toEqual([
    { num: 5, den: 2 },
    { num: 3, den: 10 },
  ]);
  expect([priceToNumber(odd, 4), priceFromNumber(odd, 10), ticksFromDistance(odd, 10)]).toEqual([10, 4, 4]);
  expect([quantityToLots(odd, 3), quantityFromLots(odd, 0.9)]).toEqual([0.9, 3]);
  expect(conversionRate({ kind: 'multiply', symbol: 'X' }, { instrument: odd, price: price(4) })).toEqual({
    num: 20,
    den: 2,
  });
  expect(multiplyRatio({ num: 2, den: 3 }, { num: 5, den: 7 })).toBe(10 / 21);
});

describe('makeInstrument', () => {
  test('EURUSD by the sheet', () => {
    expect(EURUSD).toEqual({
      symbol: 'EURUSD',
      assetClass: 'fx',
      baseCurrency: 'EUR',
      quoteCurrency: 'USD',
      tickSize: { num: 1, den: 100_000 },
      digits: 5,
      lotStep: { num: 1, den: 100 },
      tickValue: { num: 10_000, den: 1 },
      quantityMin: 1,
      quantityMax: 10_000,
      stopDistanceMin: 0,
      freezeDistance: 0,
      swapLong: -86_000,
      swapShort: 39_000,
    });
  });

  test('every built-in contract is made under its own name', () => {
    expect(Object.keys(INSTRUMENTS).length).toBeGreaterThanOrEqual(30);
    for (const [symbol, spec] of Object.entries(INSTRUMENTS)) expect(makeInstrument(spec).symbol).toBe(symbol);
  });

  test('a tick of several points, as futures have them', () => {
    const future = makeInstrument({
      ...specOf('US500'),
      symbol: 'ES',
      digits: 2,
      tickSize: 0.25,
      contractSize: 50,
      lotStep: 1,
      lotMin: 1,
      lotMax: 100,
      stopDistanceMinPoints: 60,
      swapLongPoints: -2.5,
    });
    expect(future.tickSize).toEqual({ num: 1, den: 4 });
    expect(future.tickValue).toEqual({ num: 12_500_000, den: 1 });
    expect(future.stopDistanceMin).toBe(3);
    expect(future.swapLong).toBe(-1_250_000);
    expect([0, 1, 25, 26].map((points) => ticksFromPoints(future, points))).toEqual([0, 1, 1, 2]);
  });

  test('numbers may be decimal texts, also with an exponent', () => {
    const made = makeInstrument({ ...specOf('EURUSD'), tickSize: '1e-5', contractSize: '1e5', lotStep: '0.010' });
    expect(made).toEqual(EURUSD);
  });

  test.each<[string, Partial<InstrumentSpec>, string]>([
    ['no number', { tickSize: 'tiny' }, 'X: tickSize must be a decimal number, was tiny'],
    ['not finite', { contractSize: Number.NaN }, 'X: contractSize must be a decimal number, was NaN'],
    ['zero', { lotStep: 0 }, 'X: lotStep must be above zero, was 0'],
    ['negative', { tickSize: -0.01 }, 'X: tickSize must be above zero, was -0.01'],
    ['binary dust', { contractSize: 0.1 + 0.2 }, 'X: contractSize has too many digits to be held exactly'],
    ['a tick finer than its digits', { tickSize: 0.000_001 }, 'X: tickSize 0.000001 does not fit 5 digits'],
    ['half a digit', { digits: 2.5 }, 'X: digits must be 0 to 12, was 2.5'],
    ['lotMin off the step', { lotMin: 0.015 }, 'X: lotMin 0.015 is not a multiple of lotStep'],
    ['lotMax off the step', { lotMax: 1.001 }, 'X: lotMax 1.001 is not a multiple of lotStep'],
    ['lotMax below lotMin', { lotMin: 1, lotMax: 0.5 }, 'X: lotMax 0.5 is below lotMin 1'],
    ['a negative distance', { stopDistanceMinPoints: -1 }, 'a distance in points must not be negative, was -1'],
    ['a swap that is no number', { swapLongPoints: '?' }, 'X: swapLongPoints must be a decimal number, was ?'],
  ])('refuses %s', (_name, change, message) => {
    const make = () => makeInstrument({ ...specOf('EURUSD'), symbol: 'X', ...change });
    expect(make).toThrow(UnitError);
    expect(make).toThrow(message);
  });
});

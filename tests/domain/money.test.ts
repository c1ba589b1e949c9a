/** Money on its way through contracts, rates and partial closes: rounded once, never understated, and none of it made or lost. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  conversionRate,
  type Instrument,
  marginOf,
  profitOf,
  riskOf,
  SAME_CURRENCY,
} from '../../src/domain/instrument.ts';
import { INSTRUMENTS, makeInstrument } from '../../src/domain/instruments.ts';
import { partialCloseOf } from '../../src/domain/management/partial-close.ts';
import { opposite } from '../../src/domain/order.ts';
import { type Position, settleClosing, type Trade } from '../../src/domain/position.ts';
import { fractionOfMoney, money, moneyFromUnits, moneyToUnits, price, quantity } from '../../src/domain/units.ts';
import { fillWith, positionWith } from './builders.ts';

const ALL = Object.values(INSTRUMENTS).map(makeInstrument);
const PAIRS = ALL.filter(({ assetClass }) => assetClass === 'fx');
const contract = fc.constantFrom(...ALL);
const pair = fc.constantFrom(...PAIRS);
/** Of a pair, in ticks: from well under to well over one. */
const pairPrice = fc.integer({ min: 40_000, max: 250_000 });
const steps = fc.integer({ min: 1, max: 1500 });
const kinds = fc.constantFrom('multiply' as const, 'divide' as const);

const rateBy = (kind: 'multiply' | 'divide', instrument: Instrument, at: number) => {
  const rate = conversionRate({ kind, symbol: instrument.symbol }, { instrument, price: price(at) });
  if (rate === undefined) throw new Error('no rate');
  return rate;
};

describe('conversion', () => {
  test('there and back is the same money: a rate and its inverse cancel exactly', () => {
    fc.assert(
      fc.property(pair, pairPrice, (instrument, at) => {
        const [there, back] = [rateBy('multiply', instrument, at), rateBy('divide', instrument, at)];
        expect(BigInt(there.num) * BigInt(back.num)).toBe(BigInt(there.den) * BigInt(back.den));
      }),
      { numRuns: 200 },
    );
  });

  test('of a profit by the price of a pair rounds once: it is nowhere more than half a micro from the exact fraction', () => {
    const size = (value: bigint) => (value < 0n ? -value : value);
    fc.assert(
      fc.property(contract, pair, kinds, pairPrice, fc.integer({ min: -10_000, max: 10_000 }), steps, (...drawn) => {
        const [instrument, by, kind, at, ticks, volume] = drawn;
        const profit = BigInt(profitOf(instrument, ticks, volume, rateBy(kind, by, at)));
        const { num, den } = instrument.tickValue;
        const quoted = BigInt(ticks) * BigInt(volume) * BigInt(num);
        // A pair's price is `at` over ten to its digits.
        const [one, ticksOfOne] = [10n ** BigInt(by.digits), BigInt(at)];
        const [up, down] = kind === 'multiply' ? [ticksOfOne, one] : [one, ticksOfOne];
        expect(size(2n * (profit * BigInt(den) * down - quoted * up))).toBeLessThanOrEqual(BigInt(den) * down);
      }),
      { numRuns: 500 },
    );
  });

  test('without a price there is no rate, and none is made up', () => {
    const [instrument] = PAIRS;
    if (instrument === undefined) throw new Error('no pair');
    for (const kind of ['multiply', 'divide'] as const) {
      expect(conversionRate({ kind, symbol: instrument.symbol }, undefined)).toBeUndefined();
      expect(conversionRate({ kind, symbol: instrument.symbol }, { instrument, price: price(0) })).toBeUndefined();
    }
    expect(conversionRate({ kind: 'same' }, undefined)).toBe(SAME_CURRENCY);
  });
});

describe('parts of a whole', () => {
  test('risk and margin of the parts are at least those of the whole, and at most a micro a part more', () => {
    fc.assert(
      fc.property(contract, kinds, pair, pairPrice, fc.array(steps, { minLength: 1, maxLength: 6 }), (...drawn) => {
        const [instrument, kind, by, at, parts] = drawn;
        const rate = rateBy(kind, by, at);
        const whole = parts.reduce((sum, part) => sum + part, 0);
        for (const of of [
          (volume: number) => riskOf(instrument, 217, volume, rate),
          (volume: number) => marginOf(instrument, price(10_007), volume, rate, 30),
        ]) {
          const summed = parts.reduce((sum, part) => sum + of(part), 0);
          expect(summed).toBeGreaterThanOrEqual(of(whole));
          expect(summed).toBeLessThan(of(whole) + parts.length);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a fraction of money and the rest never add up to more than there is', () => {
    fc.assert(
      fc.property(fc.nat(10 ** 11), fc.nat(10_000), (micros, parts) => {
        const [share, rest] = [parts, 10_000 - parts].map((each) => fractionOfMoney(money(micros), each / 10_000));
        const sum = (share ?? Number.NaN) + (rest ?? Number.NaN);
        expect(sum).toBeLessThanOrEqual(micros);
        expect(sum).toBeGreaterThanOrEqual(micros - 1);
      }),
      { numRuns: 500 },
    );
  });

  test('every micro goes to units and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 15), max: 10 ** 15 }), (micros) => {
        expect(moneyFromUnits(moneyToUnits(money(micros)))).toBe(micros);
      }),
      { numRuns: 500 },
    );
  });
});

/** What a position closed: part after part by `partial_close`, and what was left at the end. */
function closeInParts(position: Position, fractions: readonly number[], least: number, exitTicks: readonly number[]) {
  const parts: number[] = [];
  let open = position;
  let [cash, trade]: [number, Trade | undefined] = [0, undefined];
  const close = (volume: number, at: number): void => {
    const ticks = (position.side === 'buy' ? 1 : -1) * (at - position.entryPrice);
    const fill = fillWith({
      effect: 'close',
      side: opposite(position.side),
      quantity: quantity(volume),
      price: price(at),
      profit: profitOf(YEN, ticks, volume, YEN_RATE),
      commission: money(-volume * 35_001),
    });
    const settled = settleClosing(open, fill, 'loss_warning');
    parts.push(volume);
    cash += settled.cash;
    trade = settled.trade;
    open = settled.position ?? open;
  };
  fractions.forEach((fraction, i) => {
    const part = partialCloseOf(open, fraction, least);
    if (part > 0) close(part, exitTicks[i] ?? position.entryPrice);
  });
  close(open.quantity, exitTicks.at(-1) ?? position.entryPrice);
  return { parts, cash, trade };
}

const YEN = makeInstrument(INSTRUMENTS['USDJPY']!);
const YEN_RATE = rateBy('divide', YEN, 149_993);

test('however a position is closed in parts: the parts are the whole, none is a crumb, and its profit is the money that moved', () => {
  const story = fc.record({
    side: fc.constantFrom('buy' as const, 'sell' as const),
    opened: fc.integer({ min: 1, max: 400 }),
    fractions: fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 6 }),
    least: fc.integer({ min: 0, max: 50 }),
    exits: fc.array(fc.integer({ min: 148_000, max: 152_000 }), { minLength: 7, maxLength: 7 }),
  });
  let partial = 0;
  fc.assert(
    fc.property(story, ({ side, opened, fractions, least, exits }) => {
      const position = positionWith({
        symbol: 'USDJPY',
        side,
        quantity: quantity(opened),
        openingQuantity: quantity(opened),
        entryPrice: price(150_000),
        realised: money(-opened * 35_001),
        commission: money(-opened * 35_001),
      });
      const shares = fractions.map((percent) => percent / 100);
      const { parts, cash, trade } = closeInParts(position, shares, least / 100, exits);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(opened);
      for (const part of parts) expect(part * 100).toBeGreaterThanOrEqual(opened * least);
      const commission = -2 * opened * 35_001;
      expect(trade).toMatchObject({ quantity: opened, profit: position.realised + cash, commission });
      if (parts.length > 1) partial += 1;
    }),
    { numRuns: 300 },
  );
  expect(partial).toBeGreaterThan(50);
});

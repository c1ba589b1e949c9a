/** Where stop and target lie, and how a stop follows the price: whole steps, never back, never nearer than allowed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { direction, type Side } from '../../src/domain/order.ts';
import { bracketOf, trailedStop } from '../../src/domain/stops.ts';
import { price, quantity, UnitError } from '../../src/domain/units.ts';
import { positionWith } from './builders.ts';
import { EURUSD } from './random-bars.ts';

const BID = price(110_000);
const ASK = price(110_008);

describe('the bracket of an entry', () => {
  test.each<[Side, number, number, number]>([
    // side, entry, stop, target
    ['buy', 110_008, 109_808, 110_308],
    ['sell', 110_000, 110_200, 109_700],
  ])('a %s enters at %d with its stop at %d and its target at %d', (side, entryPrice, stopLoss, takeProfit) => {
    expect(bracketOf(side, BID, ASK, price(200), price(300))).toEqual({ entryPrice, stopLoss, takeProfit });
  });

  test('a stop or target that is no number throws', () => {
    expect(() => bracketOf('buy', BID, ASK, Number.NaN as typeof BID, price(300))).toThrow(UnitError);
    expect(() => bracketOf('buy', BID, ASK, price(200), Number.NaN as typeof BID)).toThrow(UnitError);
  });
});

describe('a trailing stop', () => {
  // A step of 0.0001 is 11 ticks from 110,000 up, and 10 below.
  const STEP = 0.0001;
  const LONG = positionWith({ side: 'buy', entryPrice: price(110_000), stopLoss: price(109_800) });
  const SHORT = positionWith({ side: 'sell', entryPrice: price(110_000), stopLoss: price(110_200) });

  test.each<[string, typeof LONG, number, number, number | undefined]>([
    // position, bid, ask, new stop
    ['a long where it was opened', LONG, 110_000, 110_008, undefined],
    ['10 ticks further are no step', LONG, 110_010, 110_018, undefined],
    ['11 ticks further are one', LONG, 110_011, 110_019, 109_811],
    ['32 ticks further are two', LONG, 110_032, 110_040, 109_822],
    ['a long that lost', LONG, 109_850, 109_858, undefined],
    ['a short where it was opened, by the ask it closes at', SHORT, 109_992, 110_000, undefined],
    ['9 ticks further are no step', SHORT, 109_983, 109_991, undefined],
    ['10 ticks further are one', SHORT, 109_982, 109_990, 110_190],
    ['29 ticks further are two', SHORT, 109_963, 109_971, 110_180],
    ['a short that lost', SHORT, 110_150, 110_158, undefined],
  ])('%s', (_, position, bid, ask, expected) => {
    expect(trailedStop(EURUSD, position, price(bid), price(ask), STEP)).toBe(expected);
  });

  test('keeps the distance that the venue asks for where the first stop was nearer', () => {
    const strict = { ...EURUSD, stopDistanceMin: price(500) };
    expect(trailedStop(strict, LONG, price(110_300), price(110_308), STEP)).toBeUndefined();
    expect(trailedStop(strict, LONG, price(110_400), price(110_408), STEP)).toBe(109_899);
  });

  test('moves by at least a tick, however small the step', () => {
    expect(trailedStop(EURUSD, LONG, price(110_001), price(110_009), 1e-9)).toBe(109_801);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('a step of %d moves nothing: it throws', (step) => {
    expect(() => trailedStop(EURUSD, LONG, price(110_100), price(110_108), step)).toThrow(UnitError);
  });

  test('over any path of prices it never moves back, moves whole steps and stays behind the price', () => {
    const changes = fc.array(fc.integer({ min: -60, max: 60 }), { minLength: 1, maxLength: 60 });
    let moves = 0;
    fc.assert(
      fc.property(fc.constantFrom<Side>('buy', 'sell'), changes, (side, path) => {
        const sign = direction(side);
        let position = positionWith({ side, stopLoss: price(110_000 - sign * 200), quantity: quantity(10) });
        let bid = 110_000;
        for (const change of path) {
          bid += change;
          const stop = trailedStop(EURUSD, position, price(bid), price(bid + 8), STEP);
          if (stop === undefined) continue;
          moves += 1;
          const market = side === 'buy' ? bid : bid + 8;
          const gained = sign * (stop - position.stopLoss);
          expect(gained).toBeGreaterThan(0);
          expect(gained % Math.floor(market / 10_000)).toBe(0);
          const distance = sign * (market - stop);
          expect(distance).toBeGreaterThanOrEqual(200);
          expect(distance).toBeLessThan(200 + Math.floor(market / 10_000));
          position = { ...position, stopLoss: stop };
        }
      }),
      { numRuns: 300 },
    );
    expect(moves).toBeGreaterThan(100);
  });
});

/** Where stop and target lie. */
import { describe, expect, test } from 'vitest';
import type { Side } from '../../src/domain/order.ts';
import { bracketOf, permittedStop } from '../../src/domain/stops.ts';
import { price, UnitError } from '../../src/domain/units.ts';
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

test.each<[number, number | undefined]>([
  // wanted, permitted: from 109,800, at a market of 110,000
  [109_799, undefined],
  [109_800, undefined],
  [109_801, 109_801],
  [109_999, 109_999],
  [110_000, undefined],
])('a stop at %d is permitted as %s: forward, and a tick from the market', (wanted, permitted) => {
  expect(permittedStop(EURUSD, positionWith(), price(110_000), wanted)).toBe(permitted);
});

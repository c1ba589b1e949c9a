/** Where stop and target lie. */
import { describe, expect, test } from 'vitest';
import type { Side } from '../../src/domain/order.ts';
import { bracketOf } from '../../src/domain/stops.ts';
import { price, UnitError } from '../../src/domain/units.ts';

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

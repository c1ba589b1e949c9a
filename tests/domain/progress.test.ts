/** What a position remembers of the bars it has been open for: only what one of its rules asks for. */
import { describe, expect, test } from 'vitest';
import { afterBar, asksForBestPrice, betterPrice, remembering } from '../../src/domain/management/progress.ts';
import type { PositionPolicy, TrailingPolicy } from '../../src/domain/policy.ts';
import { price } from '../../src/domain/units.ts';
import { barAt, M5, NOON, POLICY, positionWith } from './builders.ts';

const rules = (change: Partial<PositionPolicy>): PositionPolicy => ({ ...POLICY.position, ...change });
const trailing = (kind: TrailingPolicy['kind'], startR: number) => ({ trailing: { kind, atrMultiple: 3, startR } });
const BREAK_EVEN = { breakEven: { after: 1, unit: 'r' } } as const;
const TIME_STOP = { timeStop: { bars: 5 } };

describe('the best price is asked for', () => {
  test.each<[string, Partial<PositionPolicy>, boolean]>([
    ['by no rule', {}, false],
    ['by break-even', { ...BREAK_EVEN, trailingStop: false }, true],
    ['not by a trail from the start', trailing('initial', 0), false],
    ['nor by one behind the ATR', trailing('atr', 0), false],
    ['by a trail that waits for a profit', trailing('atr', 0.5), true],
    ['by a chandelier, from the start', trailing('chandelier', 0), true],
    ['by a chandelier that waits', trailing('chandelier', 1), true],
    ['not by a trail that is off', { ...trailing('chandelier', 1), trailingStop: false }, false],
    ['not by a time stop', TIME_STOP, false],
  ])('%s', (_, change, asked) => {
    expect(asksForBestPrice(rules(change))).toBe(asked);
  });
});

test.each([
  ['buy', undefined, 110_000, 110_000],
  ['buy', 110_000, 110_001, 110_001],
  ['buy', 110_000, 109_999, 110_000],
  ['sell', undefined, 110_000, 110_000],
  ['sell', 110_000, 109_999, 109_999],
  ['sell', 110_000, 110_001, 110_000],
] as const)('better for a %s than %s and %d is %d', (side, best, seen, better) => {
  expect(betterPrice(side, best && price(best), price(seen))).toBe(better);
});

describe('after a bar', () => {
  const bar = barAt('EURUSD', NOON + M5, 110_100);

  test('a long has seen its high and a short its low, at the ask', () => {
    const seen = (side: 'buy' | 'sell') => afterBar(rules(BREAK_EVEN), positionWith({ side }), bar).progress;
    expect([seen('buy'), seen('sell')]).toEqual([{ bestPrice: 110_105 }, { bestPrice: 110_095 + 8 }]);
  });

  test('bars are counted for a time stop alone, and both for both', () => {
    const position = positionWith();
    const once = afterBar(rules(TIME_STOP), position, bar);
    expect(once.progress).toEqual({ barsHeld: 1 });
    expect(Object.keys(once.progress ?? {})).toEqual(['barsHeld']);
    const best = afterBar(rules(BREAK_EVEN), position, bar);
    expect(Object.keys(best.progress ?? {})).toEqual(['bestPrice']);
    const both = rules({ ...TIME_STOP, ...BREAK_EVEN });
    const twice = afterBar(both, afterBar(both, position, bar), barAt('EURUSD', NOON + 2 * M5, 109_000));
    expect(twice.progress).toEqual({ bestPrice: 110_105, barsHeld: 2 });
  });

  test('the position is the same where nothing is to be remembered', () => {
    const position = positionWith();
    expect(afterBar(rules({}), position, bar)).toBe(position);
    expect(afterBar(rules(BREAK_EVEN), position, barAt('GBPUSD', NOON + M5, 125_000))).toBe(position);
    // It had begun before the position was there.
    expect(afterBar(rules(BREAK_EVEN), position, barAt('EURUSD', NOON + M5 - 1, 110_100))).toBe(position);
    const seen = afterBar(rules(BREAK_EVEN), position, bar);
    expect(afterBar(rules(BREAK_EVEN), seen, barAt('EURUSD', NOON + 2 * M5, 110_000))).toBe(seen);
  });

  test('what another rule has left there is kept', () => {
    const fired = positionWith({ progress: { bestPrice: price(110_400), barsHeld: 7 } });
    expect(afterBar(rules(TIME_STOP), fired, bar).progress).toEqual({ bestPrice: 110_400, barsHeld: 8 });
    expect(remembering(rules(BREAK_EVEN), fired, price(110_500), 99).progress).toEqual({
      bestPrice: 110_500,
      barsHeld: 7,
    });
  });
});

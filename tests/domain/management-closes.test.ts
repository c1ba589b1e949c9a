/** Rules that close: the time stop, and the profit ladder, whose rungs are closed once and whose parts add up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterBar } from '../../src/domain/management/progress.ts';
import { actionOn } from '../../src/domain/management/rules.ts';
import type { LadderRung, PositionPolicy } from '../../src/domain/policy.ts';
import type { Position } from '../../src/domain/position.ts';
import { price, quantity, unixMs } from '../../src/domain/units.ts';
import { barAt, M5, NOON, positionWith, SPREAD } from './builders.ts';
import { LONG, lookAt, policyOf, SHORT } from './look.ts';

describe('the time stop', () => {
  const closingAfter = (bars: number, belowR?: number): Partial<PositionPolicy> => ({ timeStop: { bars, belowR } });

  test.each<[string, Position, number, number, number | undefined, boolean]>([
    // position, bid, bars held, below R, closes
    ['a bar too early', LONG, 110_000, 11, undefined, false],
    ['in time', LONG, 110_000, 12, undefined, true],
    ['later still', LONG, 110_299, 40, undefined, true],
    ['not in profit', LONG, 109_999, 12, 0, true],
    ['at its entry it is not under 0 R', LONG, 110_000, 12, 0, false],
    ['a tick under half an R', LONG, 110_099, 12, 0.5, true],
    ['at half an R', LONG, 110_100, 12, 0.5, false],
    ['a short, by its ask', SHORT, 109_892, 12, 0.5, false],
    ['a short a tick under half an R', SHORT, 109_893, 12, 0.5, true],
  ])('%s', (_, position, bid, barsHeld, belowR, closes) => {
    const action = actionOn(lookAt(position, bid, closingAfter(12, belowR), { barsHeld }));
    expect(action).toEqual(closes ? { kind: 'close', quantity: 10, reason: 'time_stop' } : undefined);
  });

  test('goes before a rung of the ladder and before the stop', () => {
    const rules = { ...closingAfter(12), trailingStop: true, profitLadder: [{ atR: 1, fraction: 0.5 }] };
    const reasons = [11, 12].map((barsHeld) => actionOn(lookAt(LONG, 110_250, rules, { barsHeld }))?.reason);
    expect(reasons).toEqual(['take_profit_ladder', 'time_stop']);
  });
});

describe('the profit ladder', () => {
  const HALF_THEN_QUARTER: readonly LadderRung[] = [
    { atR: 1, fraction: 0.5 },
    { atR: 1.4, fraction: 0.25 },
  ];
  const of = (opening: number, open = opening, rungs?: number): Position => ({
    ...LONG,
    openingQuantity: quantity(opening),
    quantity: quantity(open),
    ...(rungs !== undefined && { progress: { rungs } }),
  });
  const closes = (position: Position, bid: number, ladder = HALF_THEN_QUARTER, rest: Partial<PositionPolicy> = {}) => {
    const action = actionOn(lookAt(position, bid, { profitLadder: ladder, ...rest }));
    return action?.kind === 'close' ? [action.quantity, action.rungs] : undefined;
  };

  test.each<[string, Position, number, [number, number] | undefined]>([
    // position, bid, [steps, rungs done]
    ['a tick under 1 R', of(100), 110_199, undefined],
    ['half at 1 R', of(100), 110_200, [50, 1]],
    ['nothing more there', of(100, 50, 1), 110_200, undefined],
    ['a quarter of the opening volume at 1.4 R', of(100, 50, 1), 110_280, [25, 2]],
    ['nothing after the last rung', of(100, 25, 2), 110_900, undefined],
    ['both at once where one bar passes both', of(100), 110_290, [75, 2]],
    ['rounded to the lot step', of(7), 110_200, [4, 1]],
    // A quarter of 7 is 1.75, so 2 steps of the 3 that are left.
    ['and so the next', of(7, 3, 1), 110_280, [2, 2]],
    ['half of a single step would leave nothing', of(1), 110_200, undefined],
    ['two steps can be halved, and what is left is no more divided', of(2), 110_200, [1, 1]],
    ['one step is left', of(2, 1, 1), 110_280, undefined],
    ['what a loss limit has halved already has no half of the opening volume left', of(100, 50), 110_200, undefined],
    ['but a quarter', of(100, 50), 110_280, [25, 2]],
  ])('%s', (_, position, bid, expected) => {
    expect(closes(position, bid)).toEqual(expected);
  });

  test.each<[string, number, number, [number, number] | undefined]>([
    // of 100 steps: min_close_size, fraction, what is closed
    ['a part smaller than min_close_size is not made', 0.3, 0.29, undefined],
    ['as large as that it is', 0.3, 0.3, [30, 1]],
    ['nor one that leaves less', 0.3, 0.71, undefined],
    ['as much as that may be left', 0.3, 0.7, [70, 1]],
  ])('%s', (_, minCloseSize, fraction, expected) => {
    expect(closes(of(100), 110_200, [{ atR: 1, fraction }], { minCloseSize })).toEqual(expected);
  });

  test('a ladder of the whole ends with all that is left', () => {
    const thirds = [0.5, 1, 1.2].map((atR) => ({ atR, fraction: 1 / 3 }));
    expect([closes(of(10), 110_100, thirds), closes(of(10, 7, 1), 110_200, thirds)]).toEqual([
      [3, 1],
      [3, 2],
    ]);
    expect(closes(of(10, 4, 2), 110_240, thirds)).toEqual([4, 3]);
  });

  test('is off where partial closes are', () => {
    expect(closes(of(100), 110_200, HALF_THEN_QUARTER, { partialClose: false })).toBeUndefined();
  });

  test('whatever the ladder and the path: each rung once, in order, and parts and rest add up to the opening volume', () => {
    const ladders = fc
      .array(fc.tuple(fc.double({ min: 0.1, max: 1, noNaN: true }), fc.double({ min: 0.01, max: 0.6, noNaN: true })), {
        minLength: 1,
        maxLength: 4,
      })
      .map((steps) => {
        const whole = Math.max(
          1,
          steps.reduce((sum, [, fraction]) => sum + fraction, 0),
        );
        return steps.map(([, fraction], i) => ({
          atR: steps.slice(0, i + 1).reduce((sum, [further]) => sum + further, 0),
          fraction: fraction / whole,
        }));
      });
    const paths = fc.array(fc.integer({ min: -150, max: 200 }), { minLength: 1, maxLength: 20 });
    let made = 0;
    fc.assert(
      fc.property(ladders, fc.integer({ min: 1, max: 300 }), paths, (profitLadder, opening, path) => {
        let position = of(opening);
        let [closed, bid, done] = [0, 110_000, 0];
        for (const change of path) {
          bid += change;
          const action = actionOn(lookAt(position, bid, { profitLadder, minCloseSize: 0.1 }));
          if (action?.kind !== 'close') continue;
          const { quantity: part, rungs = 0 } = action;
          expect(rungs).toBeGreaterThan(done);
          expect(part).toBeGreaterThanOrEqual(Math.min(position.quantity, opening * 0.1));
          closed += part;
          done = rungs;
          made += 1;
          const rest = quantity(position.quantity - part);
          if (rest === 0) break;
          expect(rest).toBeGreaterThanOrEqual(opening * 0.1);
          position = { ...position, quantity: rest, progress: { rungs } };
        }
        expect(closed).toBeLessThanOrEqual(opening);
        const rest = closed === opening ? 0 : position.quantity;
        expect(closed + rest).toBe(opening);
      }),
      { numRuns: 400 },
    );
    expect(made).toBeGreaterThan(80);
  });
});

describe('what a position remembers of the bars it is open for', () => {
  const counting = policyOf({ timeStop: { bars: 5 } }).position;
  const reaching = policyOf({ breakEven: { after: 1, unit: 'r' } }).position;
  const later = (bars: number, bid: number) => barAt('EURUSD', NOON + bars * M5, bid);

  test('bars that opened when it did or later', () => {
    const position = positionWith({ openedAt: unixMs(NOON) });
    expect(afterBar(counting, position, later(0, 110_000))).toBe(position);
    expect(afterBar(counting, position, later(1, 110_000)).progress).toEqual({ barsHeld: 1 });
    const three = { ...position, progress: { barsHeld: 3, rungs: 1 } };
    expect(afterBar(counting, three, later(9, 110_000)).progress).toEqual({ barsHeld: 4, rungs: 1 });
    expect(afterBar(counting, three, barAt('GBPUSD', NOON + M5, 125_000))).toBe(three);
  });

  test('the best price it could have been closed at: the highest bid of a long, the lowest ask of a short', () => {
    const long = afterBar(reaching, positionWith({ side: 'buy' }), later(1, 110_000));
    expect(long.progress).toEqual({ bestPrice: 110_005 });
    expect(afterBar(reaching, long, later(2, 109_990))).toBe(long);
    expect(afterBar(reaching, long, later(2, 110_001)).progress).toEqual({ bestPrice: 110_006 });
    const short = afterBar(reaching, positionWith({ side: 'sell' }), later(1, 110_000));
    expect(short.progress).toEqual({ bestPrice: price(109_995 + SPREAD) });
    expect(afterBar(reaching, short, later(2, 110_010))).toBe(short);
  });

  test('nothing that no rule asks for', () => {
    const position = positionWith();
    expect(afterBar(policyOf({ trailingStop: true }).position, position, later(1, 110_000))).toBe(position);
  });
});

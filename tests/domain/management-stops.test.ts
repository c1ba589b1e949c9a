/** Rules that move a stop: trailing of three kinds and break-even. Whole steps, never back, never nearer than the venue allows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { breakEven } from '../../src/domain/management/break-even.ts';
import { actionOn } from '../../src/domain/management/rules.ts';
import { trail } from '../../src/domain/management/trailing.ts';
import { direction, type Side } from '../../src/domain/order.ts';
import type { PositionPolicy } from '../../src/domain/policy.ts';
import type { Position, Progress } from '../../src/domain/position.ts';
import { price, quantity, UnitError } from '../../src/domain/units.ts';
import { positionWith } from './builders.ts';
import { closingAt, LONG, lookAt, SHORT } from './look.ts';
import { EURUSD } from './random-bars.ts';

/** A step of 0.0001 is 11 ticks from 110,000 up, and 10 below. */
const SEED: Partial<PositionPolicy> = { trailingStop: true, trailingStep: 0.0001 };
const remembering = (position: Position, progress: Progress): Position => ({ ...position, progress });

describe("a stop that trails at the first stop's distance", () => {
  test.each<[string, Position, number, number | undefined]>([
    // position, bid, new stop
    ['a long where it was opened', LONG, 110_000, undefined],
    ['10 ticks further are no step', LONG, 110_010, undefined],
    ['11 ticks further are one', LONG, 110_011, 109_811],
    ['32 ticks further are two', LONG, 110_032, 109_822],
    ['a long that lost', LONG, 109_850, undefined],
    ['a short where it was opened, by the ask it closes at', SHORT, 109_992, undefined],
    ['9 ticks further are no step', SHORT, 109_983, undefined],
    ['10 ticks further are one', SHORT, 109_982, 110_190],
    ['29 ticks further are two', SHORT, 109_963, 110_180],
    ['a short that lost', SHORT, 110_150, undefined],
  ])('%s', (_, position, bid, expected) => {
    expect(trail(lookAt(position, bid, SEED))?.stopLoss).toBe(expected);
  });

  test('keeps the distance that the venue asks for where the first stop was nearer', () => {
    const instrument = { ...EURUSD, stopDistanceMin: price(500) };
    expect(trail(lookAt(LONG, 110_300, SEED, { instrument }))).toBeUndefined();
    expect(trail(lookAt(LONG, 110_400, SEED, { instrument }))?.stopLoss).toBe(109_899);
  });

  test('moves by at least a tick, however small the step', () => {
    expect(trail(lookAt(LONG, 110_001, { ...SEED, trailingStep: 1e-9 }))?.stopLoss).toBe(109_801);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('a step of %d moves nothing: it throws', (trailingStep) => {
    expect(() => trail(lookAt(LONG, 110_100, { ...SEED, trailingStep }))).toThrow(UnitError);
  });

  test('waits until the price has been far enough, and then goes on though it has come back', () => {
    const rules = { ...SEED, trailing: { kind: 'initial', atrMultiple: 3, startR: 1 } } as const;
    expect(trail(lookAt(LONG, 110_199, rules))).toBeUndefined();
    expect(trail(lookAt(LONG, 110_200, rules))?.stopLoss).toBe(109_998);
    const once = remembering(LONG, { bestPrice: price(110_200) });
    expect(trail(lookAt(once, 110_050, rules))?.stopLoss).toBe(109_844);
  });
});

describe('a stop that trails by the ATR of 100 ticks', () => {
  const behind = (kind: 'atr' | 'chandelier', atrMultiple: number) => ({
    ...SEED,
    trailing: { kind, atrMultiple, startR: 0 },
  });

  test.each<[string, Position, number, number | undefined]>([
    // 1.5 ATRs behind the price: 110,100 − 150 = 109,950, which is 150 ticks or 13 steps of 11 above the stop.
    ['a long', LONG, 110_100, 109_943],
    // The stop is 200 behind from the start: the first move is more than a step.
    ['a long where it was opened', LONG, 110_000, 109_844],
    ['a long whose price is nearer to the stop than that', LONG, 109_955, undefined],
    // 109,908 + 150 = 110,058: 142 ticks, 14 steps of 10.
    ['a short', SHORT, 109_900, 110_060],
  ])('1.5 behind the price: %s', (_, position, bid, expected) => {
    expect(trail(lookAt(position, bid, behind('atr', 1.5)))?.stopLoss).toBe(expected);
  });

  test('a wider ATR takes nothing back', () => {
    const moved = { ...LONG, stopLoss: price(109_943) };
    expect(trail(lookAt(moved, 110_100, behind('atr', 1.5), { atrTicks: 300 }))).toBeUndefined();
  });

  test.each<[string, Position, number | undefined]>([
    // 2 ATRs under the highest bid of 110,400: 110,200, which is 400 ticks or 36 steps of 11 above the stop.
    ['a long hangs under its highest bid', remembering(LONG, { bestPrice: price(110_400) }), 110_196],
    ['which it has not left behind yet', remembering(LONG, { bestPrice: price(110_000) }), 110_097],
  ])('chandelier, 2 from the best price: %s', (_, position, expected) => {
    expect(trail(lookAt(position, 110_300, behind('chandelier', 2)))?.stopLoss).toBe(expected);
  });

  test('chandelier: a short hangs over its lowest ask', () => {
    const low = remembering(SHORT, { bestPrice: price(109_600) });
    // 109,600 + 200 = 109,800: 400 ticks, 40 steps of 10.
    expect(trail(lookAt(low, 109_700, behind('chandelier', 2)))?.stopLoss).toBe(109_800);
  });

  test('a price that fell through where the stop should hang gets it as near as the venue allows', () => {
    const high = remembering(LONG, { bestPrice: price(110_400) });
    const instrument = { ...EURUSD, stopDistanceMin: price(30) };
    // 110,150 − 30 = 110,120: 320 ticks, 29 steps of 11.
    expect(trail(lookAt(high, 110_150, behind('chandelier', 2), { instrument }))?.stopLoss).toBe(110_119);
  });

  test.each(['atr', 'chandelier'] as const)('%s: without an ATR the stop stays', (kind) => {
    expect(trail(lookAt(LONG, 110_300, behind(kind, 2), { atrTicks: Number.NaN }))).toBeUndefined();
  });
});

describe('break-even', () => {
  /** EURUSD: 7 USD a lot are 7 ticks, and the stop slips 2: 9 ticks beyond the entry nothing is lost. */
  const AFTER_1R: Partial<PositionPolicy> = { breakEven: { after: 1, unit: 'r' } };

  test.each<[string, Position, number, number | undefined]>([
    ['a long a tick short of 1 R', LONG, 110_199, undefined],
    ['a long at 1 R', LONG, 110_200, 110_009],
    ['a short a tick short of 1 R', SHORT, 109_793, undefined],
    ['a short at 1 R, by its ask', SHORT, 109_792, 109_991],
    ['a long that was there within a bar', remembering(LONG, { bestPrice: price(110_200) }), 110_050, 110_009],
    ['one that has come back too far waits', remembering(LONG, { bestPrice: price(110_200) }), 110_009, undefined],
    ['and goes when it can', remembering(LONG, { bestPrice: price(110_200) }), 110_010, 110_009],
    ['a stop that is further already stays', { ...LONG, stopLoss: price(110_020) }, 110_300, undefined],
    ['once', remembering({ ...LONG, stopLoss: price(110_001) }, { breakEven: true }), 110_300, undefined],
  ])('%s', (_, position, bid, expected) => {
    expect(breakEven(lookAt(position, bid, AFTER_1R))?.stopLoss).toBe(expected);
  });

  test('in ATRs, and by points of its own', () => {
    const rules = { breakEven: { after: 1.5, unit: 'atr', points: 3 } } as const;
    expect(breakEven(lookAt(LONG, 110_149, rules))).toBeUndefined();
    expect(breakEven(lookAt(LONG, 110_150, rules))?.stopLoss).toBe(110_003);
    expect(breakEven(lookAt(LONG, 110_300, rules, { atrTicks: Number.NaN }))).toBeUndefined();
  });

  test('waits while nobody knows what the commission is worth', () => {
    expect(breakEven(lookAt(LONG, 110_200, AFTER_1R, { rate: undefined }))).toBeUndefined();
    const points = { breakEven: { after: 1, unit: 'r', points: 0 } } as const;
    expect(breakEven(lookAt(LONG, 110_200, points, { rate: undefined }))?.stopLoss).toBe(110_000);
  });

  test('stays away from the market by what the venue asks for', () => {
    const instrument = { ...EURUSD, stopDistanceMin: price(192) };
    expect(breakEven(lookAt(LONG, 110_200, AFTER_1R, { instrument }))).toBeUndefined();
    expect(breakEven(lookAt(LONG, 110_201, AFTER_1R, { instrument }))?.stopLoss).toBe(110_009);
  });
});

describe('two rules on one bar', () => {
  const both: Partial<PositionPolicy> = { ...SEED, breakEven: { after: 1, unit: 'r' } };

  test('the nearer stop is sent, under its own name', () => {
    // At 110,200 the trailing stop would be at 109,998, break-even at 110,009; at 110,400 the trailing stop is at 110,196.
    expect(actionOn(lookAt(LONG, 110_200, both))).toEqual({
      kind: 'move_stop',
      stopLoss: 110_009,
      reason: 'break_even',
    });
    expect(actionOn(lookAt(LONG, 110_400, both))).toEqual({
      kind: 'move_stop',
      stopLoss: 110_196,
      reason: 'trailing_stop',
    });
  });

  test.each<[string, number, number | undefined]>([
    ['sixty ticks from the target', 110_240, 110_031],
    ['fifty', 110_250, undefined],
  ])('a level within the freeze distance of 50 is left alone: %s', (_, bid, expected) => {
    const instrument = { ...EURUSD, freezeDistance: price(50) };
    const action = actionOn(lookAt(LONG, bid, both, { instrument }));
    expect(action?.kind === 'move_stop' ? action.stopLoss : undefined).toBe(expected);
  });

  test('and so is one whose stop is that near', () => {
    const near = { ...LONG, stopLoss: price(110_100) };
    const rules = { ...SEED, trailing: { kind: 'atr', atrMultiple: 0.1, startR: 0 } } as const;
    const stopAt = (bid: number) =>
      actionOn(lookAt(near, bid, rules, { instrument: { ...EURUSD, freezeDistance: price(50) } }));
    expect(stopAt(110_150)).toBeUndefined();
    expect(stopAt(110_151)).toMatchObject({ stopLoss: 110_133 });
  });
});

test('over any path of prices, by any rules: never back, never nearer than allowed, trailing in whole steps, break-even once', () => {
  const bars = fc.array(fc.tuple(fc.integer({ min: -50, max: 60 }), fc.integer({ min: 0, max: 40 })), {
    minLength: 1,
    maxLength: 60,
  });
  const rules = fc.record({
    trailingStop: fc.boolean(),
    trailing: fc.record({
      kind: fc.constantFrom('initial', 'atr', 'chandelier'),
      atrMultiple: fc.double({ min: 0.1, max: 5, noNaN: true }),
      startR: fc.constantFrom(0, 0.5),
    }),
    breakEven: fc.option(
      fc.record({ after: fc.double({ min: 0.1, max: 2, noNaN: true }), unit: fc.constantFrom('r', 'atr') }),
      { nil: undefined },
    ),
  });
  const least = fc.constantFrom(0, 12, 90);
  const moves = { break_even: 0, trailing_stop: 0 };
  fc.assert(
    fc.property(fc.constantFrom<Side>('buy', 'sell'), rules, least, bars, (side, rule, stopDistanceMin, path) => {
      const sign = direction(side);
      const instrument = { ...EURUSD, stopDistanceMin: price(stopDistanceMin) };
      let position = positionWith({
        side,
        stopLoss: price(110_000 - sign * 200),
        takeProfit: price(110_000 + sign * 90_000),
        quantity: quantity(10),
      });
      let bid = 110_000;
      for (const [change, reach] of path) {
        bid += change;
        const best = closingAt(position, bid + sign * reach);
        if (sign * (best - (position.progress?.bestPrice ?? 110_000)) > 0)
          position = remembering(position, { ...position.progress, bestPrice: best });
        const action = actionOn(lookAt(position, bid, rule, { instrument, atrTicks: 40 + reach }));
        if (action?.kind !== 'move_stop') continue;
        const { reason, stopLoss } = action;
        const market = closingAt(position, bid);
        const gained = sign * (stopLoss - position.stopLoss);
        expect(gained).toBeGreaterThan(0);
        expect(sign * (market - stopLoss)).toBeGreaterThanOrEqual(Math.max(1, stopDistanceMin));
        if (reason === 'trailing_stop') expect(gained % Math.floor(market / 10_000)).toBe(0);
        if (reason === 'break_even') expect(position.progress?.breakEven).toBeUndefined();
        moves[reason as keyof typeof moves] += 1;
        position = remembering(
          { ...position, stopLoss },
          { ...position.progress, ...(reason === 'break_even' && { breakEven: true }) },
        );
      }
    }),
    { numRuns: 500 },
  );
  expect(moves.trailing_stop).toBeGreaterThan(100);
  expect(moves.break_even).toBeGreaterThan(20);
});

/** The model's opinion as a trade idea: the formula by hand, flat without value, and nothing traded on what is no number. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  makeSignal,
  type Prediction,
  probabilitiesFault,
  type Signal,
  type SignalInput,
} from '../../src/domain/signal.ts';
import { price, UnitError, unixMs } from '../../src/domain/units.ts';
import { believes, M5, NOON } from './builders.ts';
import { EURUSD } from './random-bars.ts';

/** 100 ticks of ATR: the stop 200 away, the target 300; costs are 8 of spread and 12 of trading, a tenth of the stop. */
const INPUT: SignalInput = {
  symbol: 'EURUSD',
  barClosedAt: unixMs(NOON),
  timeframeMs: M5,
  prediction: believes(0.7, 0.2),
  regime: 'trend_up',
  regimeConfidence: 0.4,
  atrTicks: 100,
  stopFactor: 1,
  reachAtr: undefined,
  bid: price(110_000),
  ask: price(110_008),
  tradingCostTicks: 12,
};
const signalOf = (change: Partial<SignalInput>): Signal =>
  makeSignal(EURUSD, { stopAtrMultiple: 2, targetAtrMultiple: 3 }, { ...INPUT, ...change });

test('a signal carries what it was made of', () => {
  expect(signalOf({})).toEqual({
    decisionId: `EURUSD-${NOON}`,
    symbol: 'EURUSD',
    barClosedAt: NOON,
    expiresAt: NOON + M5,
    side: 'buy',
    prediction: believes(0.7, 0.2),
    confidence: expect.closeTo(0.7 / 0.9, 12),
    expectedValueR: expect.closeTo(0.7 - 0.2 - 0.1, 12),
    regime: 'trend_up',
    regimeConfidence: 0.4,
    stopDistance: 200,
    targetDistance: 300,
    costTicks: 20,
    bid: 110_000,
    ask: 110_008,
  });
});

test('a regime widens stop and target alike', () => {
  // 100 × 1.5 × 2 and 100 × 1.5 × 3.
  const wide = signalOf({ stopFactor: 1.5 });
  expect([wide.stopDistance, wide.targetDistance]).toEqual([300, 450]);
});

describe('side, confidence and expected value', () => {
  test.each<[number, number, Signal['side'], number, number]>([
    // up, down, side, confidence = p ÷ (up + down), value = p_win − p_lose − 0.1, because the reach is the stop's distance
    [0.7, 0.2, 'buy', 0.7 / 0.9, 0.4],
    [0.2, 0.7, 'sell', 0.7 / 0.9, 0.4],
    [1, 0, 'buy', 1, 0.9],
    [0.5, 0.5, 'flat', 0, -0.1],
    [0.35, 0.2, 'buy', 0.35 / 0.55, 0.05],
    [0.14, 0.03, 'buy', 0.14 / 0.17, 0.01],
    [0.14, 0.05, 'flat', 0, -0.01],
    [0.05, 0.14, 'flat', 0, -0.01],
    [0, 0, 'flat', 0, -0.1],
  ])('up %d, down %d', (up, down, side, confidence, value) => {
    const signal = signalOf({ prediction: believes(up, down) });
    expect(signal.side).toBe(side);
    expect(signal.confidence).toBeCloseTo(confidence, 12);
    expect(signal.expectedValueR).toBeCloseTo(value, 12);
  });

  test.each<[number, number, number]>([
    // A reach in ATRs of 100 ticks, a stop 200 away, costs of 20: (0.7 − 0.2) × reach ÷ 200 − 0.1; by how far the regime widens the stop.
    [1, 1, 0.15],
    [2, 1, 0.4],
    [3, 1, 0.65],
    // A stop 400 away: the foretold move is half as many risks, and so are the costs: 0.5 × 200 ÷ 400 − 20 ÷ 400.
    [2, 2, 0.2],
  ])('a reach of %d ATR at a stop factor of %d', (reachAtr, stopFactor, value) => {
    expect(signalOf({ reachAtr, stopFactor }).expectedValueR).toBeCloseTo(value, 12);
  });

  test('a farther target earns no more than was foretold', () => {
    const near = makeSignal(EURUSD, { stopAtrMultiple: 2, targetAtrMultiple: 1 }, INPUT);
    const far = makeSignal(EURUSD, { stopAtrMultiple: 2, targetAtrMultiple: 9 }, INPUT);
    expect(far.expectedValueR).toBe(near.expectedValueR);
  });

  test('a value of exactly nothing is not traded', () => {
    // 0.5 − 0.25 of the stop, and costs of 8 + 42 ticks: a quarter of it.
    const even = { prediction: believes(0.5, 0.25), tradingCostTicks: 42 };
    const signal = makeSignal(EURUSD, { stopAtrMultiple: 2, targetAtrMultiple: 2 }, { ...INPUT, ...even });
    expect(signal).toMatchObject({ side: 'flat', confidence: 0, expectedValueR: 0 });
  });

  test('a crossed quote pays for no opinion', () => {
    const signal = signalOf({ prediction: believes(0, 0), ask: price(109_900) });
    expect(signal).toMatchObject({ side: 'flat', confidence: 0, expectedValueR: 0.44 });
  });

  test('up and down are treated alike', () => {
    const chances = fc.double({ min: 0, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(chances, chances, (a, b) => {
        fc.pre(a !== b);
        const [one, other] = [signalOf({ prediction: believes(a, b) }), signalOf({ prediction: believes(b, a) })];
        const mirrored = { buy: 'sell', sell: 'buy', flat: 'flat' } as const;
        expect(other.side).toBe(mirrored[one.side]);
        expect(other.confidence).toBe(one.confidence);
        expect(other.expectedValueR).toBe(one.expectedValueR);
      }),
    );
  });

  test('a side is only taken for a value above nothing, and costs only lower it', () => {
    const chances = fc.tuple(
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      fc.double({ min: 0, max: 0.5, noNaN: true }),
    );
    fc.assert(
      fc.property(chances, fc.integer({ min: 0, max: 400 }), ([up, down], tradingCostTicks) => {
        const prediction = believes(up, down);
        const free = signalOf({ prediction, bid: price(110_000), ask: price(110_000), tradingCostTicks: 0 });
        const paid = signalOf({ prediction, tradingCostTicks });
        expect(paid.side === 'flat').toBe(!(paid.expectedValueR > 0));
        expect(paid.expectedValueR).toBeLessThan(free.expectedValueR);
        if (paid.side === 'flat') expect(paid.confidence).toBe(0);
        else expect(paid.confidence).toBeGreaterThanOrEqual(0.5);
      }),
    );
  });
});

describe('no opinion', () => {
  const neutral: Prediction = { kind: 'neutral', model: 'm', reason: 'timeout', detail: 'after 1000 ms' };

  test('a neutral prediction stays what it is, and flat', () => {
    expect(signalOf({ prediction: neutral })).toMatchObject({
      side: 'flat',
      confidence: 0,
      expectedValueR: 0,
      prediction: neutral,
    });
  });

  test.each<[string, { up: number; down: number; flat: number }]>([
    ['up of NaN', { up: Number.NaN, down: 0.2, flat: 0.1 }],
    ['down of NaN', { up: 0.7, down: Number.NaN, flat: 0.1 }],
    ['flat of NaN', { up: 0.7, down: 0.2, flat: Number.NaN }],
    ['an infinite chance', { up: Number.POSITIVE_INFINITY, down: 0, flat: 0 }],
    ['more than certain', { up: 1.2, down: 0, flat: -0.2 }],
    ['a sum of 0.5', { up: 0.4, down: 0.1, flat: 0 }],
  ])('%s is none, and says why', (_, probabilities) => {
    const signal = signalOf({ prediction: { kind: 'prediction', model: 'm', probabilities } });
    expect(signal).toMatchObject({ side: 'flat', confidence: 0, expectedValueR: 0 });
    expect(signal.prediction).toMatchObject({ kind: 'neutral', reason: 'output_invalid', model: 'm' });
  });

  test('costs that are no number trade nothing', () => {
    expect(signalOf({ tradingCostTicks: Number.NaN }).side).toBe('flat');
    expect(signalOf({ tradingCostTicks: Number.POSITIVE_INFINITY }).side).toBe('flat');
  });
});

describe('distances', () => {
  test.each([
    // ATR, stop, target
    [100, 200, 300],
    [33.4, 67, 100],
    [0.1, 1, 1],
    [0, 1, 1],
  ])('an ATR of %d ticks puts the stop %d and the target %d away', (atrTicks, stopDistance, targetDistance) => {
    expect(signalOf({ atrTicks })).toMatchObject({ stopDistance, targetDistance });
  });

  test('neither is nearer than the venue allows', () => {
    const strict = { ...EURUSD, stopDistanceMin: price(250) };
    const signal = makeSignal(strict, { stopAtrMultiple: 2, targetAtrMultiple: 3 }, INPUT);
    expect(signal).toMatchObject({ stopDistance: 250, targetDistance: 300 });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('an ATR of %d is a bug and throws', (atrTicks) => {
    expect(() => signalOf({ atrTicks })).toThrow(UnitError);
  });
});

describe('probabilities', () => {
  test.each<[number, number, number, string | undefined]>([
    // down, flat, up
    [0.2, 0.1, 0.7, undefined],
    [0, 0, 1, undefined],
    [0.3333, 0.3333, 0.3333, undefined],
    // Rounding of a 32-bit model.
    [-0.000_000_5, 0.3, 0.7, undefined],
    [0, 0, 1.000_000_5, undefined],
    [0.2, 0.1, 0.701, undefined],
    [0.2, 0.1, 0.702, 'probabilities sum to 1.002, not 1'],
    [0.2, 0.1, 0.69, 'probabilities sum to 0.99, not 1'],
    [0, 0, 0, 'probabilities sum to 0, not 1'],
    [-0.1, 0.4, 0.7, 'probabilities outside [0, 1]: -0.1, 0.4, 0.7'],
    [0, 0, 1.1, 'probabilities outside [0, 1]: 0, 0, 1.1'],
    [Number.NaN, 0.3, 0.7, 'probabilities outside [0, 1]: NaN, 0.3, 0.7'],
    [0.3, Number.NaN, 0.7, 'probabilities outside [0, 1]: 0.3, NaN, 0.7'],
    [0.3, 0.7, Number.NaN, 'probabilities outside [0, 1]: 0.3, 0.7, NaN'],
    [Number.NEGATIVE_INFINITY, 1, Number.POSITIVE_INFINITY, 'probabilities outside [0, 1]: -Infinity, 1, Infinity'],
  ])('down %d, flat %d, up %d', (down, flat, up, fault) => {
    expect(probabilitiesFault({ down, flat, up })).toBe(fault);
  });
});

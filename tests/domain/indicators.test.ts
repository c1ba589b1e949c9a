/** Streaming indicators equal their slow twins; what they remember survives JSON. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Adx } from '../../src/domain/indicators/adx.ts';
import { Atr } from '../../src/domain/indicators/atr.ts';
import { Candle, doji, engulfing, hammer, star } from '../../src/domain/indicators/candle.ts';
import { Ema } from '../../src/domain/indicators/ema.ts';
import { LinearSlope } from '../../src/domain/indicators/linear-slope.ts';
import { Macd } from '../../src/domain/indicators/macd.ts';
import { Ring } from '../../src/domain/indicators/ring.ts';
import { RollingSum } from '../../src/domain/indicators/rolling-sum.ts';
import { Rsi } from '../../src/domain/indicators/rsi.ts';
import { restoreInto, snapshotOf } from '../../src/domain/indicators/snapshot.ts';
import { SquaredChanges } from '../../src/domain/indicators/squared-changes.ts';
import * as slow from '../oracle/indicators.ts';
import { randomBars } from './random-bars.ts';

function expectNear(actual: number | undefined, expected: number, relative: number, scale = Math.abs(expected)): void {
  expect(actual).toBeDefined();
  expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(relative * scale);
}

describe('against the slow twins', () => {
  const bars = randomBars({ count: 160, seed: 'twins' });
  const closes = bars.map((bar) => bar.close);
  /** The twin sees the series up to and with `i`. */
  function check(first: number, streamed: (number | undefined)[], twin: (end: number) => number, scale?: number) {
    expect(streamed.slice(0, first).every((value) => value === undefined)).toBe(true);
    for (let i = first; i < bars.length; i++) expectNear(streamed[i], twin(i + 1), 1e-9, scale);
  }

  test('EMA', () => {
    const ema = new Ema(20);
    const values = closes.map((close) => {
      ema.push(close);
      return ema.ready ? ema.value : undefined;
    });
    check(19, values, (end) => slow.ema(closes.slice(0, end), 20));
  });

  test('RSI', () => {
    const rsi = new Rsi(14);
    const values = closes.map((close) => {
      rsi.push(close);
      return rsi.ready ? rsi.value : undefined;
    });
    check(14, values, (end) => slow.rsi(closes.slice(0, end), 14));
  });

  test('ATR', () => {
    const atr = new Atr(14);
    const values = bars.map((bar) => {
      atr.push(bar.high, bar.low, bar.close);
      return atr.ready ? atr.value : undefined;
    });
    check(14, values, (end) => slow.atr(bars.slice(0, end), 14));
  });

  test('ADX and both DI', () => {
    const adx = new Adx(14);
    const lines = { adx: [] as (number | undefined)[], plusDi: [] as number[], minusDi: [] as number[] };
    for (const bar of bars) {
      adx.push(bar.high, bar.low, bar.close);
      lines.adx.push(adx.ready ? adx.value : undefined);
      lines.plusDi.push(adx.plusDi);
      lines.minusDi.push(adx.minusDi);
    }
    check(27, lines.adx, (end) => slow.directionalMovement(bars.slice(0, end), 14).adx);
    for (let i = 14; i < bars.length; i++) {
      const twin = slow.directionalMovement(bars.slice(0, i + 1), 14);
      expectNear(lines.plusDi[i], twin.plusDi, 1e-9);
      expectNear(lines.minusDi[i], twin.minusDi, 1e-9);
    }
  });

  test('MACD', () => {
    const macd = new Macd(12, 26, 9);
    const line: (number | undefined)[] = [];
    const histogram: (number | undefined)[] = [];
    for (const close of closes) {
      macd.push(close);
      line.push(macd.ready ? macd.value : undefined);
      histogram.push(macd.ready ? macd.histogram : undefined);
    }
    check(33, line, (end) => slow.macd(closes.slice(0, end), 12, 26, 9).macd, 20);
    check(33, histogram, (end) => slow.macd(closes.slice(0, end), 12, 26, 9).histogram, 20);
  });

  test('windows: mean, deviation, extremes, slope, squared changes', () => {
    const ring = new Ring(31);
    const changesRing = new Ring(31);
    const slope = new LinearSlope(30);
    const squares = new SquaredChanges(30);
    for (let i = 0; i < closes.length; i++) {
      ring.push(closes[i]!);
      changesRing.push(i === 0 ? 0 : closes[i]! - closes[i - 1]!);
      slope.update(ring);
      squares.update(changesRing);
      if (i < 30) continue;
      const window = closes.slice(i - 29, i + 1);
      const mean = ring.mean(30);
      expectNear(mean, slow.mean(window), 1e-12);
      expectNear(ring.deviation(30, mean), slow.deviation(window), 1e-9);
      expect(ring.highest(30)).toBe(Math.max(...window));
      expect(ring.lowest(30)).toBe(Math.min(...window));
      expectNear(slope.value, slow.slope(window), 1e-9, 1);
      expect(slope.mean).toBe(window.reduce((all, each) => all + each, 0) / 30);
      const changes = slow.differences(closes.slice(i - 30, i + 1));
      expectNear(squares.variance, slow.rootMeanSquare(changes) ** 2, 1e-12);
    }
  });
});

test('a rolling sum of ticks is exact whatever came before', () => {
  const ticks = fc.integer({ min: 1, max: 100_000_000_000 });
  fc.assert(
    fc.property(fc.array(ticks, { minLength: 8, maxLength: 60 }), (series) => {
      const ring = new Ring(8);
      const sum = new RollingSum(7);
      for (const value of series) {
        ring.push(value);
        sum.update(ring);
      }
      expect(sum.value).toBe(series.slice(-7).reduce((all, each) => all + each, 0));
    }),
  );
});

test('a market that stands still has finite indicators', () => {
  const [rsi, atr, adx, macd] = [new Rsi(14), new Atr(14), new Adx(14), new Macd(12, 26, 9)];
  for (let i = 0; i < 60; i++) {
    rsi.push(1000);
    atr.push(1000, 1000, 1000);
    adx.push(1000, 1000, 1000);
    macd.push(1000);
  }
  expect([rsi.value, atr.value, adx.value, adx.plusDi, adx.balance, macd.value, macd.histogram]).toEqual([
    50, 0, 0, 0, 0, 0, 0,
  ]);
});

describe('candle shapes', () => {
  const candle = (open: number, high: number, low: number, close: number): Candle => {
    const made = new Candle();
    made.set(open, high, low, close);
    return made;
  };
  const falling = candle(110, 112, 99, 100);
  const rising = candle(100, 112, 99, 110);

  test.each([
    ['covers a falling body and rises', candle(99, 116, 98, 115), falling, 1],
    ['covers a rising body and falls', candle(111, 112, 94, 95), rising, -1],
    ['same direction', candle(99, 116, 98, 115), rising, 0],
    ['only part of the body', candle(101, 116, 100, 115), falling, 0],
    ['the same body turned round', candle(100, 112, 99, 110), falling, 0],
  ])('engulfing: %s', (_, latest, previous, expected) => expect(engulfing(latest, previous)).toBe(expected));

  test.each([
    ['no body, shadows', candle(100, 110, 90, 100), 1],
    ['a body of a tenth of the mean shadow', candle(100, 111, 90, 101), 1],
    ['a body', candle(100, 110, 90, 105), 0],
    ['no range at all', candle(100, 100, 100, 100), 0],
  ])('doji: %s', (_, bar, expected) => expect(doji(bar)).toBe(expected));

  test.each([
    ['long lower shadow', candle(100, 102, 90, 101), 1],
    ['long upper shadow', candle(101, 112, 99, 100), -1],
    ['both shadows long', candle(100, 110, 90, 101), 0],
    ['a plain body', rising, 0],
    ['no range at all', candle(100, 100, 100, 100), 0],
  ])('hammer: %s', (_, bar, expected) => expect(hammer(bar)).toBe(expected));

  test.each([
    ['morning star', candle(99, 107, 98, 106), candle(100, 101, 98, 99), falling, 10, 1],
    ['evening star', candle(111, 112, 103, 104), candle(110, 112, 109, 111), rising, 10, -1],
    ['closes below the middle', candle(99, 105, 98, 104), candle(100, 101, 98, 99), falling, 10, 0],
    ['no pause', candle(99, 107, 98, 106), candle(100, 101, 94, 95), falling, 10, 0],
    ['first body small against the ATR', candle(99, 107, 98, 106), candle(100, 101, 98, 99), falling, 21, 0],
  ])('star: %s', (_, latest, pause, first, atr, expected) => expect(star(latest, pause, first, atr)).toBe(expected));
});

describe('snapshots', () => {
  class Pair {
    readonly ema = new Ema(3);
    readonly ring = new Ring(2);
  }
  const warmed = () => {
    const pair = new Pair();
    for (const value of [1, 2, 4, 8, 0.1]) {
      pair.ema.push(value);
      pair.ring.push(value);
    }
    return pair;
  };

  test('a restored tree goes on as the one it was taken from', () => {
    const original = warmed();
    const restored = new Pair();
    restoreInto(restored, JSON.parse(JSON.stringify(snapshotOf(original))));
    for (const pair of [original, restored]) pair.ema.push(0.3);
    for (const pair of [original, restored]) pair.ring.push(0.3);
    expect(restored).toEqual(original);
    expect(restored.ema.value).toBe(original.ema.value);
  });

  test.each([
    ['a missing field', { ema: snapshotOf(new Ema(3)) }, 'field ring is missing'],
    ['an unknown field', { ...snapshotOf(new Pair()), extra: 1 }, 'field extra that is not known'],
    ['a null, which is how JSON writes NaN', { ...snapshotOf(new Pair()), ring: null }, 'field ring is missing'],
    [
      'another length',
      { ...snapshotOf(new Pair()), ring: { count: 0, mask: 1, values: [0] } },
      'holds 1 values, not 2',
    ],
    [
      'a NaN in a series',
      { ...snapshotOf(new Pair()), ring: { count: 0, mask: 1, values: [0, null] } },
      'not a finite',
    ],
  ])('%s is refused', (_, snapshot, message) => {
    expect(() => restoreInto(new Pair(), snapshot as never)).toThrow(message);
  });

  test('what is not finite is not written', () => {
    const pair = warmed();
    pair.ema.value = Number.NaN;
    expect(() => snapshotOf(pair)).toThrow('field value holds NaN, not a finite number');
  });
});

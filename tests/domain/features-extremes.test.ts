/** Dead markets, jumps, missing volume, odd scales: the features stay finite and mean the same. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FeatureEngine } from '../../src/domain/features.ts';
import type { Bar } from '../../src/domain/market.ts';
import { type Price, price, unixMs } from '../../src/domain/units.ts';
import { byName, names, push, type Row, run, warmupBars } from './features-support.ts';
import { EURUSD, M5, randomBars } from './random-bars.ts';

describe('values are finite and bounded where markets are not', () => {
  const flat = (count: number, volume: number): Bar[] =>
    randomBars({ count, seed: 'flat' }).map((bar) => ({
      ...bar,
      open: price(5000),
      high: price(5000),
      low: price(5000),
      close: price(5000),
      volume,
    }));
  const moved = (bar: Bar, close: number): Bar => ({
    ...bar,
    high: price(Math.max(bar.open, close)),
    low: price(Math.min(bar.open, close)),
    close: price(close),
  });

  test.each([
    ['with volume', 100],
    ['without volume', 0],
  ])('a price that never moves, %s', (_, volume) => {
    const engine = push(new FeatureEngine(EURUSD, M5), flat(1000, volume));
    expect(engine.ready).toBe(true);
    expect(engine.atrTicks).toBe(0);
    expect(byName(engine)).toMatchObject({
      rsi: 50,
      bb_position: 0.5,
      return_zscore: 0,
      volume_ratio: 1,
      atr_ratio: 1,
    });
  });

  test('a jump after a price that never moved', () => {
    const bars = flat(1000, 0);
    const jump = moved(bars[700] as Bar, 10_000);
    const engine = push(new FeatureEngine(EURUSD, M5), [...bars.slice(0, 700), jump]);
    for (const bar of bars.slice(701)) {
      for (const value of engine.values()) expect(Math.abs(value)).toBeLessThan(5001);
      engine.push(bar);
    }
    expect(engine.ready).toBe(true);
  });

  test('without volume the volume features stand at their neutral values', () => {
    const engine = push(new FeatureEngine(EURUSD, M5), randomBars({ count: 500, seed: 'dry', volume: 'none' }));
    expect(byName(engine)).toMatchObject({
      volume_zscore: 0,
      volume_ma_ratio: 1,
      volume_variation: 0,
      vwap_ratio: 1,
      volume_ratio: 1,
      volume_trend: 0,
    });
  });

  test('any sequence of bars', () => {
    const step = fc.record({
      move: fc.oneof(fc.constant(0), fc.integer({ min: -50, max: 50 }), fc.integer({ min: -100_000, max: 100_000 })),
      up: fc.nat(100),
      down: fc.nat(100),
      volume: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e12, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 50 }), (steps) => {
        const engine = new FeatureEngine(EURUSD, M5);
        let close = 110_000;
        let openAt = 0;
        for (let i = 0; i < 450; i++, openAt += M5) {
          const { move, up, down, volume } = steps[i % steps.length] ?? { move: 0, up: 0, down: 0, volume: 0 };
          const open = close;
          close = Math.max(200, close + move);
          const high = price(Math.max(open, close) + up);
          const low = price(Math.min(open, close) - down);
          engine.push(barOf(openAt, { open, high, low, close, volume }));
        }
        expect(engine.ready).toBe(true);
        expect(JSON.stringify(engine.snapshot())).not.toContain('null');
      }),
      { numRuns: 60 },
    );
  });

  const barOf = (
    openAt: number,
    shape: { open: number; high: number; low: number; close: number; volume: number },
  ) => ({
    symbol: 'EURUSD',
    openAt: unixMs(openAt),
    closeAt: unixMs(openAt + M5),
    open: price(shape.open),
    high: price(shape.high),
    low: price(shape.low),
    close: price(shape.close),
    spread: price(1),
    volume: shape.volume,
  });
});

test('the size of a price and of a tick does not matter', () => {
  const bars = randomBars({ count: 700, seed: 'scale' });
  const finer = bars.map((bar) => {
    const scaled = (ticks: Price) => price(ticks * 10);
    return { ...bar, open: scaled(bar.open), high: scaled(bar.high), low: scaled(bar.low), close: scaled(bar.close) };
  });
  const rows = run(bars);
  const scaledRows = run(finer);
  for (let i = warmupBars; i < bars.length; i++) {
    for (const [k, value] of (scaledRows[i] as Row).values.entries()) {
      const expected = rows[i]?.values[k] ?? Number.NaN;
      expect(Math.abs(value - expected), names[k]).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
    }
    expect(scaledRows[i]?.atrTicks).toBeCloseTo(10 * (rows[i]?.atrTicks ?? 0), 6);
    expect(scaledRows[i]?.regime).toBe(rows[i]?.regime);
  }
});

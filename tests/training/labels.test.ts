/** Labels: the first barrier touched, nothing later than its end looked at, and the multiple tuned on training rows alone. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { atrDistance, ewmaDistance, scaled } from '../../src/training/labels/barrier-distance.ts';
import { fixedHorizon } from '../../src/training/labels/fixed-horizon.ts';
import {
  classShares,
  DOWN,
  FLAT,
  knownRows,
  type PriceColumns,
  type Prices,
  UNKNOWN,
  UP,
} from '../../src/training/labels/labels.ts';
import { tripleBarrier } from '../../src/training/labels/triple-barrier.ts';
import { tuneMultiple } from '../../src/training/labels/tune-multiple.ts';
import { slowTripleBarrier } from '../oracle/labels.ts';

const columns = (bars: readonly (readonly [high: number, low: number, close: number])[]): PriceColumns => ({
  high: Float64Array.from(bars, ([high]) => high),
  low: Float64Array.from(bars, ([, low]) => low),
  close: Float64Array.from(bars, ([, , close]) => close),
});

const walk = (bars: number, seed: string): PriceColumns => {
  const random = seededRandom(seed);
  let close = 10_000;
  return columns(
    Array.from({ length: bars }, () => {
      const before = close;
      close += Math.round(random.normal() * 10);
      const high = Math.max(before, close) + Math.floor(random.next() * 8);
      return [high, Math.min(before, close) - Math.floor(random.next() * 8), close] as const;
    }),
  );
};

const all = (length: number, value: number): Float64Array => new Float64Array(length).fill(value);

describe('tripleBarrier', () => {
  test('worked by hand: up, down, both in one bar, neither, not over yet', () => {
    const bars = columns([
      [105, 95, 100], // 0: entry at 100, barriers 110 and 90
      [109, 91, 101], // 1: touches neither of row 0; entry at 101, barriers 111 and 91
      [110, 100, 105], // 2: row 0 up, exactly on the barrier; entry at 105, barriers 115 and 95
      [112, 90, 100], // 3: row 1 up and down: flat. Row 2 down
      [101, 99, 100], // 4: entry at 100
      [104, 96, 100],
      [109, 91, 100], // 6: row 3 ran for 3 bars without a touch
      [100, 100, 100],
    ]);
    const barrier = all(8, 10);
    const labels = tripleBarrier(bars, { upTicks: barrier, downTicks: barrier, horizonBars: 3 });
    expect([...labels.classes]).toEqual([UP, FLAT, DOWN, FLAT, FLAT, UNKNOWN, UNKNOWN, UNKNOWN]);
    expect([...labels.endsAt]).toEqual([2, 3, 3, 6, 7, -1, -1, -1]);
    expect([...knownRows(labels)]).toEqual([0, 1, 2, 3, 4]);
    expect([...knownRows(labels, Uint8Array.of(1, 0, 1, 0, 1, 1, 1, 1))]).toEqual([0, 2, 4]);
  });

  test('the bar of the entry itself touches nothing, and a row without a distance has no label', () => {
    const bars = columns([
      [150, 50, 100],
      [101, 99, 100],
      [101, 99, 100],
      [150, 50, 100],
    ]);
    const barrier = Float64Array.of(10, Number.NaN, 0, 10);
    const labels = tripleBarrier(bars, { upTicks: barrier, downTicks: barrier, horizonBars: 1 });
    expect([...labels.classes]).toEqual([FLAT, UNKNOWN, UNKNOWN, UNKNOWN]);
  });

  test('each barrier has its own distance', () => {
    const bars = columns([
      [100, 100, 100],
      [106, 96, 100],
    ]);
    const label = (up: number, down: number) =>
      tripleBarrier(bars, { upTicks: all(2, up), downTicks: all(2, down), horizonBars: 1 }).classes[0];
    expect([label(6, 5), label(7, 4), label(6, 4), label(7, 5)]).toEqual([UP, DOWN, FLAT, FLAT]);
  });

  test('equals the definition on random walks, whatever the distances', () => {
    const cases = fc.record({
      seed: fc.string(),
      horizonBars: fc.integer({ min: 1, max: 12 }),
      up: fc.integer({ min: -5, max: 60 }),
      down: fc.integer({ min: -5, max: 60 }),
    });
    let seen = 0;
    fc.assert(
      fc.property(cases, ({ seed, horizonBars, up, down }) => {
        const bars = walk(60, seed);
        const labels = tripleBarrier(bars, { upTicks: all(60, up), downTicks: all(60, down), horizonBars });
        for (let row = 0; row < 60; row++) {
          const slow = slowTripleBarrier(bars, row, up, down, horizonBars);
          const expected = slow === undefined ? UNKNOWN : { down: DOWN, flat: FLAT, up: UP }[slow.label];
          expect([labels.classes[row], labels.endsAt[row]]).toEqual([expected, slow?.endsAt ?? -1]);
          seen++;
        }
      }),
      { numRuns: 50 },
    );
    expect(seen).toBe(3000);
  });

  test('a label depends on no bar after its end', () => {
    const bars = walk(400, 'ends');
    const options = { upTicks: all(400, 25), downTicks: all(400, 25), horizonBars: 12 };
    const labels = tripleBarrier(bars, options);
    for (const row of [3, 57, 120, 250, 380]) {
      const end = labels.endsAt[row]!;
      const changed = (values: Prices) => Float64Array.from(values, (value, bar) => (bar > end ? value * 3 : value));
      const other = { high: changed(bars.high), low: changed(bars.low), close: changed(bars.close) };
      expect(tripleBarrier(other, options).classes[row]).toBe(labels.classes[row]);
    }
  });
});

test('fixedHorizon: the sign of the move, beyond the threshold', () => {
  const close = Float64Array.of(100, 103, 98, 102, 108, 95);
  const labels = fixedHorizon(close, { thresholdTicks: Float64Array.of(2, 1, 4, 7, 0, 0), horizonBars: 2 });
  // Moves: −2 (not beyond 2), −1 (not beyond 1), +10, −7 (not beyond 7).
  expect([...labels.classes]).toEqual([FLAT, FLAT, UP, FLAT, UNKNOWN, UNKNOWN]);
  expect([...labels.endsAt]).toEqual([2, 3, 4, 5, -1, -1]);
  const narrow = fixedHorizon(close, { thresholdTicks: all(6, 1.5), horizonBars: 2 });
  expect([...narrow.classes.subarray(0, 4)]).toEqual([DOWN, FLAT, UP, DOWN]);
});

describe('barrier distances', () => {
  test('the EWMA of squared log-returns over the horizon, by numpy', () => {
    const close = Float64Array.of(100, 102, 101, 104, 103);
    const found = ewmaDistance(close, 3, 4, 1.5);
    expect([...found.subarray(0, 3)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(found[3]).toBeCloseTo(7.4706161466397, 12);
    expect(found[4]).toBeCloseTo(5.504550225208567, 12);
  });

  test('the ATR by hand', () => {
    const bars = columns([
      [12, 8, 10],
      [14, 10, 13], // true range 4
      [15, 12, 12], // 3
      [20, 13, 19], // 8
    ]);
    const found = atrDistance(bars, 2, 2);
    // Wilder: (4 + 3) ÷ 2 = 3.5; (3.5 + 8) ÷ 2 = 5.75; times 2.
    expect([...found]).toEqual([Number.NaN, Number.NaN, 7, 11.5]);
  });

  test('neither looks ahead', () => {
    const bars = walk(200, 'ahead');
    const cut = (values: Prices) => values.slice(0, 120);
    const part = { high: cut(bars.high), low: cut(bars.low), close: cut(bars.close) };
    expect(cut(ewmaDistance(bars.close, 20, 12, 1))).toEqual(ewmaDistance(part.close, 20, 12, 1));
    expect(cut(atrDistance(bars, 14, 1))).toEqual(atrDistance(part, 14, 1));
  });
});

describe('tuneMultiple', () => {
  const bars = walk(3000, 'tune');
  const unitTicks = ewmaDistance(bars.close, 50, 12, 1);
  const trainRows = Int32Array.from({ length: 2000 }, (_, row) => row);

  test('makes the classes nearly even', () => {
    const { multiple, shares, rows } = tuneMultiple(bars, { unitTicks, horizonBars: 12, trainRows });
    expect(rows).toBe(2000 - 50 - 12);
    for (const share of shares) expect(Math.abs(share - 1 / 3)).toBeLessThan(0.06);
    const fixed = scaled(unitTicks, 2 * multiple);
    const wide = tripleBarrier(bars, { upTicks: fixed, downTicks: fixed, horizonBars: 12 });
    expect(classShares(wide.classes, knownRows(wide))[FLAT]).toBeGreaterThan(0.6);
  });

  test('no bar after the training rows has a say', () => {
    const later = (values: Prices) => Float64Array.from(values, (value, bar) => (bar >= 2000 ? 1 : value));
    const other = { high: later(bars.high), low: later(bars.low), close: later(bars.close) };
    const options = { unitTicks, horizonBars: 12, trainRows };
    expect(tuneMultiple(other, options)).toEqual(tuneMultiple(bars, options));
  });

  test('says what is wrong when nothing can be learnt', () => {
    const rows = trainRows.subarray(0, 40);
    expect(() => tuneMultiple(bars, { unitTicks, horizonBars: 12, trainRows: rows })).toThrow(
      /none of 40 training rows/,
    );
  });
});

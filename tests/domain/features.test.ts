/** The feature pack v1: its 56 names, its values, and that no value knows the future, the sample or the moment the engine started. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FeatureEngine, type FeatureSnapshot } from '../../src/domain/features.ts';
import type { Bar } from '../../src/domain/market.ts';
import { unixMs } from '../../src/domain/units.ts';
import { featuresByHand } from '../oracle/features.ts';
import { atr as atrByHand } from '../oracle/indicators.ts';
import { byName, indexOf, names, push, type Row, rowOf, run, warmupBars } from './features-support.ts';
import { EURUSD, instrumentOf, M5, randomBars } from './random-bars.ts';

describe('the pack', () => {
  /** Cells of the rows that begin with the number of an upstream feature. */
  const rows = readFileSync(new URL('../../docs/FEATURES-V1.md', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => /^\| *\d+ *\|/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));

  test('has 56 different names', () => {
    expect(names.length).toBe(56);
    expect(new Set(names).size).toBe(56);
  });

  test('is documented: one row for each upstream feature, in order, kept or replaced with a reason, a formula and a warm-up', () => {
    expect(rows.map((row) => Number(row[1]))).toEqual(Array.from({ length: 56 }, (_, i) => i + 1));
    expect(rows.map((row) => row[3])).toEqual([...names]);
    expect(new Set(rows.map((row) => row[2])).size).toBe(56);
    for (const [, number, upstream, ours, verdict = '', formula = '', warmup] of rows) {
      const start = upstream === ours ? /^kept/ : /^replaced: .{9}/;
      expect(verdict, `row ${number}`).toMatch(start);
      expect(formula.length, `row ${number}`).toBeGreaterThan(3);
      expect(Number(warmup), `row ${number}`).toBeLessThanOrEqual(warmupBars);
    }
  });
});

test('every value equals the slow twin', () => {
  const bars = randomBars({ count: 3000, seed: 'twin' });
  const engine = new FeatureEngine(EURUSD, M5);
  let compared = 0;
  const seen = new Map<string, Set<number>>();
  for (const [i, bar] of bars.entries()) {
    engine.push(bar);
    if (i < warmupBars || i % 61 !== 0) continue;
    const twin = featuresByHand(bars.slice(0, i + 1));
    expect(Object.keys(twin).sort()).toEqual([...names].sort());
    for (const [name, value] of Object.entries(byName(engine))) {
      const expected = twin[name] ?? Number.NaN;
      const error = Math.abs(value - expected) / Math.max(Math.abs(expected), 1e-3);
      expect(error, `${name} at bar ${i}: ${value}, by hand ${expected}`).toBeLessThan(1e-7);
      seen.set(name, (seen.get(name) ?? new Set()).add(value));
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(56 * 40);
  // A comparison of constants would prove little.
  const constant = names.filter((name) => (seen.get(name)?.size ?? 0) < 2);
  expect(constant).toEqual([]);
});

describe('no look ahead', () => {
  test('a value never changes when later bars arrive, whatever they are', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 380, max: 520 }), fc.integer(), (seed, cut, otherSeed) => {
        const past = randomBars({ count: cut, seed });
        const lastClose = past.at(-1)?.closeAt ?? 0;
        const oneFuture = randomBars({ count: 60, seed: otherSeed, startAt: lastClose });
        const otherFuture = randomBars({ count: 60, seed: `other ${otherSeed}`, startAt: lastClose, change: 200 });
        const first = run([...past, ...oneFuture]);
        const second = run([...past, ...otherFuture]);
        expect(first.slice(0, cut)).toEqual(second.slice(0, cut));
        expect(first.slice(cut)).not.toEqual(second.slice(cut));
      }),
      { numRuns: 10 },
    );
  });

  test('the direction of the day is that of the day so far', () => {
    const bars = randomBars({ count: 1200, seed: 'day' });
    const rows = run(bars);
    const direction = indexOf('daily_direction');
    // 2024-03-06 22:00 UTC is 17:00 in New York: the day that begins there is Thursday's.
    const first = bars.findIndex((bar) => bar.openAt === Date.parse('2024-03-06T22:00:00Z'));
    const open = bars[first]?.open ?? 0;
    for (let i = first; i < first + 288; i++) {
      expect(rows[i]?.values[direction]).toBe((bars[i]?.close ?? 0) / open - 1);
      expect(rows[i]?.values[indexOf('day_of_week')]).toBe(4);
    }
    expect(rows[first - 1]?.values[indexOf('day_of_week')]).toBe(3);
    expect(rows[first + 288]?.values[indexOf('day_of_week')]).toBe(5);
  });
});

describe('sessions follow the clocks of their own cities', () => {
  const at = (iso: string): Record<string, number> => {
    const closeAt = Date.parse(iso);
    const bars = randomBars({ count: warmupBars, seed: 'clock', startAt: closeAt - 10 * 86_400_000 });
    const engine = push(new FeatureEngine(EURUSD, M5), bars);
    const last = { ...(bars.at(-1) as Bar), openAt: unixMs(closeAt - M5), closeAt: unixMs(closeAt) };
    engine.push(last);
    const { in_eu_session, in_us_session, in_asia_session, in_overlap_session, day_time_cos } = byName(engine);
    return { in_eu_session, in_us_session, in_asia_session, in_overlap_session, day_time_cos } as Record<
      string,
      number
    >;
  };
  const flags = (iso: string): string => {
    const { in_asia_session, in_eu_session, in_overlap_session, in_us_session } = at(iso);
    return `${in_asia_session}${in_eu_session}${in_overlap_session}${in_us_session}`;
  };

  test.each([
    // Winter: Tokyo 08:00, Berlin 08:00, New York 08:00, 08:30, 10:30 and 17:00.
    ['2024-01-16T22:55:00Z', '0000'],
    ['2024-01-16T23:00:00Z', '1000'],
    ['2024-01-17T06:55:00Z', '1000'],
    ['2024-01-17T07:00:00Z', '1100'],
    ['2024-01-17T08:00:00Z', '0100'],
    ['2024-01-17T13:00:00Z', '0101'],
    ['2024-01-17T13:30:00Z', '0111'],
    ['2024-01-17T15:30:00Z', '0101'],
    ['2024-01-17T16:00:00Z', '0001'],
    ['2024-01-17T22:00:00Z', '0000'],
    // Three weeks in March: New York has changed its clocks, Berlin has not.
    ['2024-03-13T12:00:00Z', '0101'],
    ['2024-03-13T07:00:00Z', '1100'],
    // Summer.
    ['2024-07-17T06:00:00Z', '1100'],
    ['2024-07-17T12:30:00Z', '0111'],
    // A Saturday.
    ['2024-01-20T13:30:00Z', '0000'],
  ])('at %s Asia, Europe, overlap, America are %s', (iso, expected) => expect(flags(iso)).toBe(expected));

  test('the day begins at 17:00 in New York, summer and winter', () => {
    expect(at('2024-01-17T22:00:00Z')['day_time_cos']).toBe(1);
    expect(at('2024-07-17T21:00:00Z')['day_time_cos']).toBe(1);
  });
});

test.each([
  ['M5', M5],
  // A day of these is longer than the warm-up.
  ['M1', 60_000],
])('a later start changes no value of %s bars by more than a millionth of its spread', (_, timeframeMs) => {
  const bars = randomBars({ count: 4000, seed: 'restart', timeframeMs });
  const rows = run(bars, new FeatureEngine(EURUSD, timeframeMs));
  const spread = names.map((_, k) => {
    const column = rows.slice(warmupBars).map((row) => row.values[k] ?? Number.NaN);
    const mean = column.reduce((all, each) => all + each, 0) / column.length;
    return Math.sqrt(column.reduce((all, each) => all + (each - mean) ** 2, 0) / column.length);
  });
  for (let start = 200; start + warmupBars <= bars.length; start += 211) {
    const engine = push(new FeatureEngine(EURUSD, timeframeMs), bars.slice(start, start + warmupBars));
    const row = rows[start + warmupBars - 1];
    expect(engine.ready).toBe(true);
    for (const [k, value] of engine.values().entries()) {
      const difference = Math.abs(value - (row?.values[k] ?? Number.NaN)) / (spread[k] ?? Number.NaN);
      expect(difference, `${names[k]} from bar ${start}`).toBeLessThanOrEqual(1e-6);
    }
    expect(Math.abs(engine.atrTicks / (row?.atrTicks ?? 0) - 1)).toBeLessThanOrEqual(1e-6);
  }
});

describe('a snapshot', () => {
  const bits = (row: Row) => [...new BigUint64Array(row.values.buffer)];

  test('taken anywhere, through JSON, continues bit for bit', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 700 }), fc.boolean(), (seed, cut, withVolume) => {
        const bars = randomBars({ count: 800, seed, volume: withVolume ? 'some' : 'none' });
        const options = { atrPeriod: 21 };
        const original = push(new FeatureEngine(EURUSD, M5, options), bars.slice(0, cut));
        const text = JSON.stringify(original.snapshot());
        const restored = FeatureEngine.restore(EURUSD, M5, JSON.parse(text), options);
        expect(JSON.stringify(restored.snapshot())).toBe(text);
        expect([rowOf(restored), restored.ready]).toEqual([rowOf(original), original.ready]);
        for (const bar of bars.slice(cut)) {
          original.push(bar);
          restored.push(bar);
          expect(bits(rowOf(restored))).toEqual(bits(rowOf(original)));
          expect(restored.atrTicks).toBe(original.atrTicks);
        }
        expect(restored.snapshot()).toEqual(original.snapshot());
      }),
      { numRuns: 8 },
    );
  });

  const snapshot = push(new FeatureEngine(EURUSD, M5), randomBars({ count: 10, seed: 1 })).snapshot();
  test.each([
    ['another pack', { ...snapshot, pack: 'v0' }, 'is of pack v0, not v1'],
    ['another symbol', { ...snapshot, symbol: 'GBPUSD' }, 'is of symbol GBPUSD, not EURUSD'],
    ['another timeframe', { ...snapshot, timeframeMs: 60_000 }, 'is of timeframeMs 60000, not 300000'],
    ['another ATR period', { ...snapshot, atrPeriod: 20 }, 'is of atrPeriod 20, not 14'],
    ['a damaged series', { ...snapshot, memory: { ...snapshot.memory, closedAt: null } }, 'closedAt is missing'],
    ['too few values', { ...snapshot, memory: { ...snapshot.memory, values: [1, 2] } }, 'holds 2 values, not 56'],
  ])('of %s is refused', (_, wrong, message) => {
    expect(() => FeatureEngine.restore(EURUSD, M5, wrong as FeatureSnapshot)).toThrow(message);
  });
});

describe('the engine', () => {
  const bars = randomBars({ count: 700, seed: 'engine' });

  test('is ready after the warm-up and not before', () => {
    const engine = push(new FeatureEngine(EURUSD, M5), bars.slice(0, warmupBars - 1));
    expect(engine.ready).toBe(false);
    engine.push(bars[warmupBars - 1] as Bar);
    expect(engine.ready).toBe(true);
    expect(engine.regime).not.toBe('unknown');
  });

  test('gives a fresh copy of its values', () => {
    const engine = push(new FeatureEngine(EURUSD, M5), bars);
    const values = engine.values();
    values.fill(Number.NaN);
    expect(engine.values()).not.toEqual(values);
    expect(engine.ready).toBe(true);
  });

  test.each([1, 14, 50])('measures stops by an ATR of %i bars of its own', (atrPeriod) => {
    const engine = push(new FeatureEngine(EURUSD, M5, { atrPeriod }), bars);
    expect(engine.atrTicks).toBeCloseTo(atrByHand(bars, atrPeriod), 8);
    expect(engine.values()).toEqual(push(new FeatureEngine(EURUSD, M5), bars).values());
  });

  test.each([0, 101, 1.5, Number.NaN])('refuses an ATR period of %f', (atrPeriod) => {
    expect(() => new FeatureEngine(EURUSD, M5, { atrPeriod })).toThrow(
      "the ATR's period must be a whole number of bars",
    );
  });

  test.each([
    ['another symbol', { symbol: 'GBPUSD' }, 'it is of GBPUSD'],
    ['another timeframe', { openAt: unixMs(bars[1]!.closeAt - 60_000) }, 'it lasts 60000 ms, not 300000'],
    ['the same bar again', { openAt: bars[0]!.openAt, closeAt: bars[0]!.closeAt }, 'not after'],
  ])('refuses a bar of %s and stays as it was', (_, change, message) => {
    const engine = push(new FeatureEngine(EURUSD, M5), bars.slice(0, 1));
    const before = engine.snapshot();
    expect(() => engine.push({ ...bars[1]!, ...change })).toThrow(message);
    expect(engine.snapshot()).toEqual(before);
  });

  test("crypto's day begins at midnight UTC and its weekend counts", () => {
    const bitcoin = instrumentOf('BTCUSD');
    const startAt = Date.parse('2024-03-06T00:00:00Z');
    const coins = randomBars({
      count: 1200,
      seed: 'coin',
      instrument: bitcoin,
      startPrice: 6_000_000,
      change: 5000,
      startAt,
    });
    const engine = new FeatureEngine(bitcoin, M5);
    for (const [i, bar] of coins.entries()) {
      engine.push(bar);
      if (i < warmupBars) continue;
      const { daily_direction, day_of_week } = byName(engine);
      expect(day_of_week).toBe(new Date(bar.openAt).getUTCDay());
      expect(daily_direction).toBe(bar.close / (coins[i - (i % 288)] as Bar).open - 1);
    }
    expect(byName(engine)['day_of_week']).toBe(0);
  });
});

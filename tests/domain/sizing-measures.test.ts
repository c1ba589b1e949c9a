/** What sizes follow from beside money: correlation and volatility of closes, by hand and by plain formulas. */
import { describe, expect, test } from 'vitest';
import {
  correlationOf,
  RETURNS_MIN,
  type RecentCloses,
  volatilityOf,
} from '../../src/domain/features/recent-closes.ts';
import { FeatureEngine } from '../../src/domain/features.ts';
import { correlation, deviation } from '../../src/domain/statistics.ts';
import { M5 } from './builders.ts';
import { EURUSD, randomBars } from './random-bars.ts';

/** Oldest first, as people write them. */
const closesOf = (closes: readonly number[], times = closes.map((_, i) => i)): RecentCloses => ({
  count: closes.length,
  closeAgo: (back) => closes[closes.length - 1 - back] ?? Number.NaN,
  closedAgo: (back) => times[times.length - 1 - back] ?? Number.NaN,
});
const walk = (seed: string) => randomBars({ count: 200, seed }).map(({ close }) => close as number);
const returnsOf = (closes: readonly number[]) =>
  closes.slice(1).map((close, i) => Math.log(close / (closes[i] ?? Number.NaN)));

describe('correlation', () => {
  const [a, b] = [walk('a'), walk('b')];
  const mixed = a.map((close, i) => Math.sqrt(close * (b[i] ?? Number.NaN)));

  test('is Pearson’s of the log returns, over the look-back alone', () => {
    for (const bars of [RETURNS_MIN, 150, 199]) {
      const plain = correlation(returnsOf(a).slice(-bars), returnsOf(mixed).slice(-bars));
      expect(correlationOf(closesOf(a), closesOf(mixed), bars)).toBeCloseTo(plain ?? Number.NaN, 9);
    }
    expect(correlationOf(closesOf(a), closesOf(a), 150)).toBeCloseTo(1, 12);
    expect(correlationOf(closesOf(a), closesOf(a.map((close) => 1e9 / close)), 150)).toBeCloseTo(-1, 9);
  });

  test('compares closes of the same moment: bars that one market lacks are left out', () => {
    const kept = a.map((_, i) => i).filter((i) => i % 7 !== 3);
    const thinned = closesOf(
      kept.map((i) => mixed[i] ?? Number.NaN),
      kept,
    );
    const at = (closes: readonly number[]) => returnsOf(kept.map((i) => closes[i] ?? Number.NaN));
    const plain = correlation(at(a), at(mixed));
    expect(correlationOf(closesOf(a), thinned, 999)).toBeCloseTo(plain ?? Number.NaN, 9);
    expect(correlationOf(thinned, closesOf(a), 999)).toBeCloseTo(plain ?? Number.NaN, 9);
  });

  test('is not known from too few returns, from other times, or of a market that stood still', () => {
    const few = (count: number) => closesOf(a.slice(0, count));
    expect(correlationOf(few(RETURNS_MIN), few(RETURNS_MIN), 999)).toBeUndefined();
    expect(correlationOf(few(RETURNS_MIN + 1), few(RETURNS_MIN + 1), 999)).toBeCloseTo(1, 12);
    expect(
      correlationOf(
        closesOf(a),
        closesOf(
          b,
          b.map((_, i) => i + 1000),
        ),
        999,
      ),
    ).toBeUndefined();
    expect(correlationOf(closesOf(a), closesOf(a.map(() => 5)), 999)).toBeUndefined();
  });
});

test('volatility is the standard deviation of the log returns', () => {
  const closes = walk('v');
  expect(volatilityOf(closesOf(closes), 100)).toBeCloseTo(deviation(returnsOf(closes).slice(-100)) ?? Number.NaN, 12);
  expect(volatilityOf(closesOf(closes.slice(0, RETURNS_MIN)), 100)).toBeUndefined();
});

test('an engine remembers its closes with their times, through a snapshot too', () => {
  const bars = randomBars({ count: 700, seed: 'kept' });
  const engine = new FeatureEngine(EURUSD, M5);
  for (const bar of bars) engine.push(bar);
  const restored = FeatureEngine.restore(EURUSD, M5, JSON.parse(JSON.stringify(engine.snapshot())));
  for (const { recent } of [engine, restored]) {
    expect(recent.count).toBe(289);
    for (const back of [0, 1, 288]) {
      const bar = bars.at(-1 - back);
      expect([recent.closeAgo(back), recent.closedAgo(back)]).toEqual([bar?.close, bar?.closeAt]);
    }
  }
});

/** What is remembered of a market: medians by the hour against a slow count, gaps with closed markets left out, and a memory that goes on. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUILT_IN_HOURS } from '../../src/domain/hours/built-in-hours.ts';
import { DAYS_KEPT, DAYS_MIN, HourlyMedian } from '../../src/domain/indicators/hourly-median.ts';
import { MarketRecord, type RecordRule } from '../../src/domain/market-record.ts';
import { restoreState, snapshotState } from '../../src/domain/snapshot.ts';
import { marketOf, newState } from '../../src/domain/state.ts';
import { unixMs } from '../../src/domain/units.ts';
import { policyWith } from './builders.ts';
import { EURUSD, randomBars } from './random-bars.ts';

const M5 = 300_000;
const RULE: RecordRule = {
  hours: BUILT_IN_HOURS.fx,
  timezone: 'America/New_York',
  timeframeMs: M5,
  atrBars: 10,
  gapBars: 2,
};
const utc = (text: string) => unixMs(Date.parse(`${text}Z`));

describe('the median of an hour', () => {
  test('is that of the means of its latest days, whatever else happened', () => {
    const hours = fc.array(fc.array(fc.nat(50), { minLength: 1, maxLength: 4 }), {
      minLength: 24 * 4,
      maxLength: 24 * 26,
      size: 'max',
    });
    let measured = 0;
    fc.assert(
      fc.property(hours, fc.nat(1_000_000), (values, first) => {
        const medians = new HourlyMedian();
        for (const [i, each] of values.entries()) for (const value of each) medians.push(first + i, value);
        const now = first + values.length - 1;
        for (let ahead = 0; ahead < 24; ahead++) {
          const days = values
            .slice(0, -1)
            .flatMap((each, i) =>
              (first + i - now - ahead) % 24 === 0 ? [each.reduce((a, b) => a + b) / each.length] : [],
            );
          const kept = days.slice(-DAYS_KEPT).sort((a, b) => a - b);
          const middle = kept.length >> 1;
          const upper = kept[middle] ?? 0;
          const expected = kept.length % 2 === 1 ? upper : ((kept[middle - 1] ?? 0) + upper) / 2;
          expect(medians.median(now + ahead)).toBe(kept.length < DAYS_MIN ? undefined : expected);
          if (kept.length >= DAYS_MIN) measured += 1;
        }
      }),
      { numRuns: 30 },
    );
    expect(measured).toBeGreaterThan(100);
  });

  test('follows the clock of the day: 9:00 in New York before and after it changed', () => {
    const record = new MarketRecord(RULE);
    // Wednesday to Wednesday around Sunday, 10 March 2024: 14:00 UTC, then 13:00.
    for (const day of ['06', '07', '08']) record.push(utc(`2024-03-${day}T14:00`), 7, 0, 1);
    for (const day of ['11', '12', '13']) record.push(utc(`2024-03-${day}T13:00`), 9, 0, 1);
    expect(record.usualSpread(utc('2024-03-14T13:30'))).toBe(7);
    expect(record.usualSpread(utc('2024-03-14T14:30'))).toBeUndefined();
    expect(record.usualVolume(utc('2024-03-14T13:30'))).toBeUndefined();
  });
});

describe('a gap', () => {
  const gapAfter = (last: string, next: string) => {
    const record = new MarketRecord(RULE);
    record.push(utc(last), 1, 1, 1);
    record.push(utc(next), 1, 1, 1);
    return record.gap;
  };
  test.each([
    ['two bars missing are none', '2024-03-06T12:00', '2024-03-06T12:15', undefined],
    ['three are one', '2024-03-06T12:00', '2024-03-06T12:20', 3],
    ['a weekend is none', '2024-03-08T21:55', '2024-03-10T21:00', undefined],
    ['a weekend and three bars after it are one', '2024-03-08T21:55', '2024-03-10T21:15', 3],
    ['three bars before a weekend are one', '2024-03-08T21:40', '2024-03-10T21:00', 3],
    ['Christmas is none', '2024-12-24T21:55', '2024-12-25T22:00', undefined],
  ])('%s', (_, last, next, missing) => {
    expect(gapAfter(last, next)).toEqual(missing === undefined ? undefined : { missing, barsSince: 1 });
  });
});

test('the share of bars with a smaller ATR, from half of the look-back on', () => {
  const record = new MarketRecord(RULE);
  const seen = [5, 1, 2, 3, 4, 9, 1, 5, 5, 6, 7, 0].map((atr, i) => {
    record.push(unixMs(i * M5), 1, 1, atr);
    return record.atrPercentile;
  });
  // At the eleventh bar the first is forgotten: below 7 are 1 2 3 4 1 5 5 6 of the nine others.
  expect(seen).toEqual([undefined, undefined, undefined, undefined, 3 / 4, 1, 0, 5 / 7, 5 / 8, 8 / 9, 8 / 9, 0]);
});

test('a restart goes on with it; what was remembered by another rule, or never, begins anew', () => {
  const policy = policyWith({ filters: { maxSpreadRatio: 3, atrPercentileMax: 0.9, maxGapBars: 3 } });
  const state = newState(policy);
  const bars = randomBars({ count: 400, seed: 5 });
  for (const bar of bars) marketOf(state, EURUSD.symbol).engine.push(bar);
  const snapshot = JSON.parse(JSON.stringify(snapshotState(state)));
  const recordIn = (changed: typeof policy, from = snapshot) =>
    marketOf(restoreState(changed, from), EURUSD.symbol).engine.record?.snapshot();
  expect(recordIn(policy)).toEqual(marketOf(state, EURUSD.symbol).engine.record?.snapshot());
  expect(recordIn(policyWith({ ...policy, filters: { ...policy.filters, maxGapBars: 4 } }))?.memory).toMatchObject({
    bars: 0,
  });
  for (const [, market] of snapshot.markets) delete market.engine.record;
  expect(recordIn(policy)?.memory).toMatchObject({ bars: 0 });
});

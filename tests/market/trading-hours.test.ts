/** The simulated week: from Sunday to Friday 17:00 in New York, summer and winter; crypto without a break. */
import { describe, expect, test } from 'vitest';
import { tradingWeekOf } from '../../src/market/trading-hours.ts';
import { utc } from './market-support.ts';

const HOUR_MS = 3_600_000;

describe('the week of currencies', () => {
  test.each([
    // at, opens, closes, New York minus UTC in hours
    ['a winter Wednesday', '2026-01-07T12:00:00Z', '2026-01-04T22:00:00Z', '2026-01-09T22:00:00Z', -5],
    ['a summer Wednesday', '2026-07-08T12:00:00Z', '2026-07-05T21:00:00Z', '2026-07-10T21:00:00Z', -4],
    ['its first moment', '2026-01-04T22:00:00Z', '2026-01-04T22:00:00Z', '2026-01-09T22:00:00Z', -5],
    ['its last moment', '2026-01-09T21:59:59Z', '2026-01-04T22:00:00Z', '2026-01-09T22:00:00Z', -5],
    ['the moment it closes', '2026-01-09T22:00:00Z', '2026-01-11T22:00:00Z', '2026-01-16T22:00:00Z', -5],
    ['a Saturday', '2026-01-10T12:00:00Z', '2026-01-11T22:00:00Z', '2026-01-16T22:00:00Z', -5],
    [
      'Saturday before the clocks go forward',
      '2026-03-07T12:00:00Z',
      '2026-03-08T21:00:00Z',
      '2026-03-13T21:00:00Z',
      -4,
    ],
    ['Sunday after they went forward', '2026-03-08T12:00:00Z', '2026-03-08T21:00:00Z', '2026-03-13T21:00:00Z', -4],
    ['Friday before the clocks go back', '2026-10-30T20:59:00Z', '2026-10-25T21:00:00Z', '2026-10-30T21:00:00Z', -4],
    ['Saturday before they go back', '2026-10-31T12:00:00Z', '2026-11-01T22:00:00Z', '2026-11-06T22:00:00Z', -5],
  ])('%s', (_name, at, opens, closes, offsetHours) => {
    expect(tradingWeekOf('fx', utc(at))).toEqual({
      opensAt: utc(opens),
      closesAt: utc(closes),
      offsetMs: offsetHours * HOUR_MS,
    });
  });
});

test('weeks of crypto follow on one another, 167 and 169 hours long where the clocks change', () => {
  const starts = ['2026-03-02T12:00:00Z', '2026-03-09T12:00:00Z', '2026-10-26T12:00:00Z', '2026-01-06T12:00:00Z'];
  const hours = starts.map((at) => {
    const week = tradingWeekOf('crypto', utc(at));
    expect(tradingWeekOf('crypto', week.closesAt).opensAt).toBe(week.closesAt);
    return (week.closesAt - week.opensAt) / HOUR_MS;
  });
  expect(hours).toEqual([167, 168, 169, 168]);
});

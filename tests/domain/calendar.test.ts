/** Trading days, weeks and months: by named zones, over changes of their clocks, from Sunday evening to Friday evening. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayLabel, floorToMinute, formatUtc, type TradingPeriods, tradingPeriods } from '../../src/domain/calendar.ts';
import { unixMs } from '../../src/domain/units.ts';

const HOUR = 3_600_000;
const utc = (text: string): number => Date.parse(`${text}Z`);

/** The two sessions that the documents name. */
const SESSIONS = { newYork: ['America/New_York', 17 * 60], berlin: ['Europe/Berlin', 0] } as const;
function periodsAt(session: keyof typeof SESSIONS, at: number): TradingPeriods {
  const [timezone, dayStartMinutes] = SESSIONS[session];
  return tradingPeriods(timezone, dayStartMinutes, unixMs(at));
}
const labelAt = (session: keyof typeof SESSIONS, at: number): string => dayLabel(periodsAt(session, at).day);

describe('the day that a moment belongs to', () => {
  test.each<[keyof typeof SESSIONS, string, string]>([
    // session, UTC, trading day
    ['newYork', '2024-01-15T21:59:59.999', '2024-01-15'],
    ['newYork', '2024-01-15T22:00', '2024-01-16'],
    ['newYork', '2024-07-15T20:59:59.999', '2024-07-15'],
    ['newYork', '2024-07-15T21:00', '2024-07-16'],
    // The week opens on Sunday evening, which is Monday's.
    ['newYork', '2024-01-14T22:05', '2024-01-15'],
    ['newYork', '2024-01-19T21:55', '2024-01-19'],
    ['newYork', '2024-12-31T21:59', '2024-12-31'],
    ['newYork', '2024-12-31T22:00', '2025-01-01'],
    ['berlin', '2024-01-15T22:59:59.999', '2024-01-15'],
    ['berlin', '2024-01-15T23:00', '2024-01-16'],
    ['berlin', '2024-07-15T21:59:59.999', '2024-07-15'],
    ['berlin', '2024-07-15T22:00', '2024-07-16'],
    ['berlin', '2024-02-29T12:00', '2024-02-29'],
  ])('%s, %s: %s', (session, at, label) => {
    expect(labelAt(session, utc(at))).toBe(label);
  });

  test.each<[keyof typeof SESSIONS, string, string, number]>([
    // session, first moment, first moment of the next day, hours
    ['newYork', '2024-03-08T22:00', '2024-03-09T22:00', 24],
    ['newYork', '2024-03-09T22:00', '2024-03-10T21:00', 23],
    ['newYork', '2024-03-10T21:00', '2024-03-11T21:00', 24],
    ['newYork', '2024-11-02T21:00', '2024-11-03T22:00', 25],
    ['newYork', '2024-11-03T22:00', '2024-11-04T22:00', 24],
    ['berlin', '2024-03-30T23:00', '2024-03-31T22:00', 23],
    ['berlin', '2024-10-26T22:00', '2024-10-27T23:00', 25],
  ])('%s: the day from %s to %s has %d', (session, from, to, hours) => {
    const { day } = periodsAt(session, utc(from));
    expect(utc(to) - utc(from)).toBe(hours * HOUR);
    expect(periodsAt(session, utc(from) - 1).day).toBe(day - 1);
    expect(periodsAt(session, utc(to) - 1).day).toBe(day);
    expect(periodsAt(session, utc(to)).day).toBe(day + 1);
  });
});

describe('weeks and months', () => {
  test.each<[keyof typeof SESSIONS, string]>([
    // The first moment of a week.
    ['newYork', '2024-01-14T22:00'],
    ['newYork', '2024-03-10T21:00'],
    ['newYork', '2024-11-03T22:00'],
    ['berlin', '2024-01-14T23:00'],
    ['berlin', '2024-07-14T22:00'],
  ])('%s: a week begins at %s', (session, first) => {
    const { week } = periodsAt(session, utc(first));
    expect(periodsAt(session, utc(first) - 1).week).toBe(week - 1);
    expect(periodsAt(session, utc(first) + 7 * 24 * HOUR - 2 * HOUR).week).toBe(week);
    expect(periodsAt(session, utc(first) + 7 * 24 * HOUR + 2 * HOUR).week).toBe(week + 1);
  });

  test.each<[keyof typeof SESSIONS, string]>([
    ['newYork', '2024-01-31T22:00'],
    ['newYork', '2024-02-29T22:00'],
    ['newYork', '2024-06-30T21:00'],
    ['newYork', '2024-12-31T22:00'],
    ['berlin', '2024-02-29T23:00'],
    ['berlin', '2024-12-31T23:00'],
  ])('%s: a month begins at %s', (session, first) => {
    const { month } = periodsAt(session, utc(first));
    expect(periodsAt(session, utc(first) - 1).month).toBe(month - 1);
    expect(periodsAt(session, utc(first) + 24 * HOUR).month).toBe(month);
  });

  test('a month may end within a week', () => {
    const [before, after] = [
      periodsAt('newYork', utc('2024-07-31T12:00')),
      periodsAt('newYork', utc('2024-08-01T12:00')),
    ];
    expect(after.week).toBe(before.week);
    expect(after.month).toBe(before.month + 1);
  });
});

test.each([
  // day start, UTC, trading day in UTC
  ['00:00', '2024-01-15T00:00', '2024-01-15'],
  ['02:30', '2024-01-15T02:29', '2024-01-14'],
  ['02:30', '2024-01-15T02:30', '2024-01-15'],
  ['11:59', '2024-01-15T11:58', '2024-01-14'],
  ['11:59', '2024-01-15T11:59', '2024-01-15'],
  // From noon on, a day bears the next date.
  ['12:00', '2024-01-15T11:59', '2024-01-15'],
  ['12:00', '2024-01-15T12:00', '2024-01-16'],
  ['23:59', '2024-01-15T23:59', '2024-01-16'],
])('a day from %s on: %s is of %s', (start, at, label) => {
  const minutes = Number(start.slice(0, 2)) * 60 + Number(start.slice(3));
  expect(dayLabel(tradingPeriods('UTC', minutes, unixMs(utc(at))).day)).toBe(label);
});

test('a day, its week and its month agree with the calendar of the platform', () => {
  fc.assert(
    fc.property(fc.integer({ min: -40_000, max: 60_000 }), (day) => {
      const date = new Date(day * 24 * HOUR);
      const { week, month } = tradingPeriods('UTC', 0, unixMs(day * 24 * HOUR + 7 * HOUR));
      expect(dayLabel(day)).toBe(date.toISOString().slice(0, 10));
      expect(month).toBe(date.getUTCFullYear() * 12 + date.getUTCMonth());
      const monday = day - ((date.getUTCDay() + 6) % 7);
      expect(week).toBe(tradingPeriods('UTC', 0, unixMs(monday * 24 * HOUR)).week);
      expect(week).toBe(tradingPeriods('UTC', 0, unixMs((monday - 1) * 24 * HOUR)).week + 1);
    }),
    { numRuns: 500 },
  );
});

test('times as people read them', () => {
  expect(formatUtc(unixMs(utc('2026-01-05T17:05')))).toBe('2026-01-05 17:05');
  expect(formatUtc(unixMs(utc('2026-01-05T00:00:59.999')))).toBe('2026-01-05 00:00');
  expect(floorToMinute(unixMs(utc('2026-01-05T17:05:59.999')))).toBe(utc('2026-01-05T17:05'));
});

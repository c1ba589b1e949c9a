/** Clocks of files: zones with a lead, days of 23 and 25 hours, hours that come twice or not at all. */
import { describe, expect, test } from 'vitest';
import { fileClock } from '../../src/market/file-clock.ts';
import { utc } from './market-support.ts';

const NOT_BEFORE = Number.NEGATIVE_INFINITY;
const HOUR_MS = 3_600_000;

describe('a wall time becomes UTC', () => {
  test.each([
    ['UTC', '2024-07-01T12:00', '2024-07-01T12:00'],
    ['utc+2', '2024-07-01T12:00', '2024-07-01T10:00'],
    ['GMT-5', '2024-07-01T12:00', '2024-07-01T17:00'],
    ['UTC+05:30', '2024-07-01T12:00', '2024-07-01T06:30'],
    ['America/New_York', '2024-01-15T12:00', '2024-01-15T17:00'],
    ['America/New_York', '2024-07-15T12:00', '2024-07-15T16:00'],
    // New York + 7 h is UTC+2 in winter and UTC+3 in summer, changing with America: 10 March and 3 November 2024.
    ['America/New_York+7h', '2024-03-08T12:00', '2024-03-08T10:00'],
    ['America/New_York+7h', '2024-03-11T12:00', '2024-03-11T09:00'],
    ['America/New_York+7h', '2024-11-04T12:00', '2024-11-04T10:00'],
    ['America/New_York-1:30h', '2024-01-15T12:00', '2024-01-15T18:30'],
    // Europe changes three weeks later than America: on 31 March 2024.
    ['Europe/Athens', '2024-03-28T12:00', '2024-03-28T10:00'],
    ['Europe/Athens', '2024-04-02T12:00', '2024-04-02T09:00'],
    ['Etc/GMT+2', '2024-04-02T12:00', '2024-04-02T14:00'],
  ])('%s %s', (name, wall, at) => {
    const clock = fileClock(name);
    const wallMs = utc(`${wall}:00Z`);
    expect(new Date(clock.toUtc(wallMs, NOT_BEFORE)).toISOString().slice(0, 16)).toBe(at);
    expect(clock.fromUtc(clock.toUtc(wallMs, NOT_BEFORE))).toBe(wallMs);
  });

  test('the hour that comes twice is told by the order of the rows', () => {
    const clock = fileClock('America/New_York');
    const half = utc('2024-11-03T01:30:00Z');
    const first = clock.toUtc(half, utc('2024-11-03T05:00:00Z'));
    expect(first).toBe(utc('2024-11-03T05:30:00Z'));
    expect(clock.toUtc(half, first)).toBe(first + HOUR_MS);
  });

  test('the hour that the clock skips is none', () => {
    expect(fileClock('America/New_York').toUtc(utc('2024-03-10T02:30:00Z'), NOT_BEFORE)).toBeNaN();
  });

  test.each([
    ['2024-03-10', 23],
    ['2024-11-03', 25],
    ['2024-06-10', 24],
  ])('the %s has %i hours in New York', (day, hours) => {
    const clock = fileClock('America/New_York');
    const midnight = utc(`${day}T00:00:00Z`);
    const lasts = clock.toUtc(midnight + 24 * HOUR_MS, NOT_BEFORE) - clock.toUtc(midnight, NOT_BEFORE);
    expect(lasts / HOUR_MS).toBe(hours);
  });

  test('every hour of a year of New York + 7 h comes back as it went', () => {
    const clock = fileClock('America/New_York+7h');
    let last = NOT_BEFORE;
    for (let at: number = utc('2024-01-01T00:00:00Z'); at < utc('2025-01-01T00:00:00Z'); at += HOUR_MS) {
      expect(clock.toUtc(clock.fromUtc(at), last)).toBe(at);
      last = at;
    }
    expect(last).toBe(utc('2024-12-31T23:00:00Z'));
  });
});

test.each(['Mars/Olympus', 'America/New_York+7', 'UTC+2d', ''])('%o is no clock', (name) => {
  expect(() => fileClock(name)).toThrow(/is no clock; write a zone and its lead such as America\/New_York\+7h/);
});

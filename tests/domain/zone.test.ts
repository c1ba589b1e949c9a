/** Offsets change at the very minute the clocks do; local times are those of the platform's own calendar. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unixMs } from '../../src/domain/units.ts';
import { localParts, zoneOffsetMs } from '../../src/domain/zone.ts';

const at = (iso: string) => unixMs(Date.parse(iso));
const HOUR_MS = 3_600_000;

describe('the clocks change', () => {
  test.each([
    ['Europe/Berlin', '2024-03-31T01:00:00Z', 1, 2],
    ['Europe/Berlin', '2024-10-27T01:00:00Z', 2, 1],
    ['America/New_York', '2024-03-10T07:00:00Z', -5, -4],
    ['America/New_York', '2024-11-03T06:00:00Z', -4, -5],
    ['Australia/Lord_Howe', '2024-04-06T15:00:00Z', 11, 10.5],
  ])('%s at %s', (zone, instant, hoursBefore, hoursAfter) => {
    const change = at(instant);
    expect(zoneOffsetMs(zone, unixMs(change - 1))).toBe(hoursBefore * HOUR_MS);
    expect(zoneOffsetMs(zone, change)).toBe(hoursAfter * HOUR_MS);
    expect(zoneOffsetMs(zone, unixMs(change - 5 * 24 * HOUR_MS))).toBe(hoursBefore * HOUR_MS);
    expect(zoneOffsetMs(zone, unixMs(change + 5 * 24 * HOUR_MS))).toBe(hoursAfter * HOUR_MS);
  });

  test.each([
    ['UTC', '2024-07-01T00:00:00Z', 0],
    ['Asia/Tokyo', '2024-07-01T00:00:00Z', 9],
    ['Asia/Kolkata', '2024-07-01T00:00:00Z', 5.5],
    ['Europe/London', '1969-07-01T00:00:00Z', 1],
  ])('%s at %s does not', (zone, instant, hours) => expect(zoneOffsetMs(zone, at(instant))).toBe(hours * HOUR_MS));
});

describe('local parts', () => {
  test.each([
    ['Europe/Berlin', '2024-03-31T00:59:00Z', { year: 2024, month: 3, day: 31, weekday: 0, hour: 1, minute: 59 }],
    ['Europe/Berlin', '2024-03-31T01:00:00Z', { year: 2024, month: 3, day: 31, weekday: 0, hour: 3, minute: 0 }],
    ['Europe/Berlin', '2024-10-27T00:30:00Z', { year: 2024, month: 10, day: 27, weekday: 0, hour: 2, minute: 30 }],
    ['Europe/Berlin', '2024-10-27T01:30:00Z', { year: 2024, month: 10, day: 27, weekday: 0, hour: 2, minute: 30 }],
    ['America/New_York', '2024-01-01T04:59:00Z', { year: 2023, month: 12, day: 31, weekday: 0, hour: 23, minute: 59 }],
    ['America/New_York', '2024-03-10T07:00:00Z', { year: 2024, month: 3, day: 10, weekday: 0, hour: 3, minute: 0 }],
    ['Asia/Tokyo', '2024-02-28T15:00:00Z', { year: 2024, month: 2, day: 29, weekday: 4, hour: 0, minute: 0 }],
    ['UTC', '1969-12-31T23:59:00Z', { year: 1969, month: 12, day: 31, weekday: 3, hour: 23, minute: 59 }],
  ])('%s at %s', (zone, instant, expected) => expect(localParts(zone, at(instant))).toEqual(expected));

  test('equal the platform calendar at any minute from 1970 to 2038, in any order', () => {
    const minute = fc.integer({ min: 0, max: 35_791_394 }).map((minutes) => unixMs(minutes * 60_000));
    const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Australia/Lord_Howe', 'America/Sao_Paulo'];
    const formats = new Map(zones.map((zone) => [zone, platformFormat(zone)]));
    fc.assert(
      fc.property(fc.constantFrom(...zones), minute, (zone, moment) => {
        const { year, month, day, hour, minute: ofHour } = localParts(zone, moment);
        const pad = (value: number) => String(value).padStart(2, '0');
        expect(`${pad(day)}/${pad(month)}/${year}, ${pad(hour)}:${pad(ofHour)}`).toBe(
          formats.get(zone)?.format(moment),
        );
      }),
      { numRuns: 500 },
    );
  });
});

test('a name that is no zone is refused with the way to mend it', () => {
  expect(() => zoneOffsetMs('Europe/Belin', at('2024-01-01T00:00:00Z'))).toThrow(
    '"Europe/Belin" is no time zone; use an IANA name such as Europe/Berlin',
  );
});

const platformFormat = (zone: string) =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });

/** When markets are open: against a look at the wall clock minute by minute, and by hand around holidays and changes of the clock. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tradingPeriods } from '../../src/domain/calendar.ts';
import { BUILT_IN_HOURS } from '../../src/domain/hours/built-in-hours.ts';
import { falls } from '../../src/domain/hours/market-day.ts';
import {
  closesSoon,
  LONG_CLOSE_MS,
  type MarketHours,
  msToClose,
  nextOpening,
  openMsBetween,
  sessionAt,
} from '../../src/domain/hours/market-hours.ts';
import { type UnixMs, unixMs } from '../../src/domain/units.ts';
import { dayNumber, localParts, wallToUtc, zoneOffsetMs } from '../../src/domain/zone.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const utc = (text: string): UnixMs => unixMs(Date.parse(`${text}Z`));
const iso = (at: number): string => new Date(at).toISOString().slice(0, 16);
const { fx, metal, crypto } = BUILT_IN_HOURS;
const isOpen = (hours: MarketHours, text: string): boolean => sessionAt(hours, utc(text)) !== undefined;

/** The slow second implementation: what the wall shows at this very minute. */
function opensByTheWall(hours: MarketHours, at: UnixMs): boolean {
  const { weekday, hour, minute } = localParts(hours.timezone, at);
  const minuteOfDay = hour * 60 + minute;
  const minuteOfWeek = weekday * 1_440 + minuteOfDay;
  const within = hours.sessions.some(({ opensAt, closesAt }) =>
    [minuteOfWeek, minuteOfWeek + 10_080].some((each) => each >= opensAt && each < closesAt),
  );
  const { day } = tradingPeriods(hours.timezone, hours.dayStartMinutes, at);
  const date = Math.floor((at + zoneOffsetMs(hours.timezone, at)) / (24 * HOUR));
  const rests = hours.holidays.some((holiday) => falls(holiday, day));
  const over = hours.earlyCloses.some(
    (close) => falls(close.day, day) && (date > day || (date === day && minuteOfDay >= close.atMinutes)),
  );
  return within && !rests && !over;
}

const anyHours: fc.Arbitrary<MarketHours> = fc.record({
  timezone: fc.constantFrom('America/New_York', 'Europe/Berlin', 'Asia/Tokyo', 'UTC', 'Australia/Lord_Howe'),
  sessions: fc.array(
    fc
      .record({ opensAt: fc.nat(10_079), lasts: fc.integer({ min: 1, max: 3_000 }) })
      .map(({ opensAt, lasts }) => ({ opensAt, closesAt: opensAt + lasts })),
    { maxLength: 6 },
  ),
  dayStartMinutes: fc.constantFrom(0, 120, 17 * 60),
  holidays: fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('yearly' as const), month: fc.constant(4), day: fc.integer({ min: 1, max: 30 }) }),
      fc.constant({ kind: 'good_friday' as const }),
    ),
    { maxLength: 2 },
  ),
  earlyCloses: fc.array(
    fc.record({
      day: fc.record({
        kind: fc.constant('yearly' as const),
        month: fc.constant(4),
        day: fc.integer({ min: 1, max: 30 }),
      }),
      atMinutes: fc.integer({ min: 200, max: 1_000 }),
    }),
    { maxLength: 1 },
  ),
});

describe('any market', () => {
  test('is open exactly when the wall says so, away from changes of the clock', () => {
    const seen = { open: 0, closed: 0 };
    const april = fc.integer({ min: utc('2024-04-08') / MINUTE, max: utc('2024-05-06') / MINUTE });
    fc.assert(
      fc.property(anyHours, fc.array(april, { minLength: 20, maxLength: 20 }), (hours, minutes) => {
        for (const minute of minutes) {
          const at = unixMs(minute * MINUTE);
          const open = opensByTheWall(hours, at);
          seen[open ? 'open' : 'closed'] += 1;
          expect(sessionAt(hours, at) !== undefined, iso(at)).toBe(open);
          expect(msToClose(hours, at) > 0).toBe(open);
          if (open) continue;
          const opening = nextOpening(hours, at);
          if (opening === undefined) continue;
          expect(opening).toBeGreaterThan(at);
          expect(opensByTheWall(hours, opening)).toBe(true);
          expect(opensByTheWall(hours, unixMs(opening - MINUTE))).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
    expect(Math.min(seen.open, seen.closed)).toBeGreaterThan(500);
  });

  test('counts its open time as a sum of open minutes', () => {
    const from = utc('2024-04-03T00:00');
    fc.assert(
      fc.property(anyHours, fc.nat(2_000), (hours, length) => {
        let open = 0;
        for (let i = 0; i < length; i++) if (opensByTheWall(hours, unixMs(from + i * MINUTE))) open += MINUTE;
        expect(openMsBetween(hours, from, unixMs(from + length * MINUTE))).toBe(open);
      }),
      { numRuns: 40 },
    );
  });

  test('that has no hours is closed without end, and a time that is none is no time to trade', () => {
    const never = { ...fx, sessions: [] };
    expect(sessionAt(never, utc('2024-04-03T12:00'))).toBeUndefined();
    expect(nextOpening(never, utc('2024-04-03T12:00'))).toBeUndefined();
    expect(sessionAt(crypto, Number.NaN as UnixMs)).toBeUndefined();
    expect(closesSoon(crypto, Number.NaN as UnixMs, 0)).toBe(false);
    expect(closesSoon(crypto, Number.NaN as UnixMs, 1)).toBe(true);
  });
});

describe('currencies', () => {
  test.each([
    ['a Wednesday', '2024-03-06T12:00', true],
    ['the last winter minute of a Friday', '2024-03-08T21:59', true],
    ['17:00 in New York in winter', '2024-03-08T22:00', false],
    ['the Sunday on which New York changed its clock, before 17:00', '2024-03-10T20:59', false],
    ['… and from 17:00, an hour earlier in UTC', '2024-03-10T21:00', true],
    ['17:00 in New York in summer', '2024-03-15T21:00', false],
    ['the autumn Sunday with 25 hours, before 17:00', '2024-11-03T21:59', false],
    ['… and from 17:00', '2024-11-03T22:00', true],
    ["Christmas Eve in New York's day of the 24th", '2024-12-24T21:59', true],
    ['Christmas, which begins at 17:00 the evening before', '2024-12-24T22:00', false],
    ['Christmas, to its end', '2024-12-25T21:59', false],
    ['the day after', '2024-12-25T22:00', true],
    ['Good Friday, on which currencies trade', '2024-03-29T12:00', true],
  ])('%s: %s is %s', (_, at, open) => {
    expect(isOpen(fx, at)).toBe(open);
  });

  test('a week lasts 120 hours, and each weekend 48; 47 and 49 where New York changes its clock in it', () => {
    const weekend = (friday: string) => {
      const session = sessionAt(fx, utc(friday));
      return (
        session && {
          lasts: (session.closesAt - session.opensAt) / HOUR,
          rests: (session.reopensAt - session.closesAt) / HOUR,
        }
      );
    };
    expect(weekend('2024-03-01T12:00')).toEqual({ lasts: 120, rests: 48 });
    expect(weekend('2024-03-08T12:00')).toEqual({ lasts: 120, rests: 47 });
    expect(weekend('2024-11-01T12:00')).toEqual({ lasts: 120, rests: 49 });
  });

  test('25 minutes before the weekend it closes soon, and not by an hour of the day', () => {
    const at = utc('2024-03-08T21:35');
    expect(msToClose(fx, at)).toBe(25 * MINUTE);
    expect(closesSoon(fx, at, 25 * MINUTE)).toBe(false);
    expect(closesSoon(fx, at, 26 * MINUTE)).toBe(true);
    expect(closesSoon(fx, utc('2024-03-07T21:35'), 60 * MINUTE)).toBe(false);
    expect(closesSoon(fx, utc('2024-12-24T21:35'), 60 * MINUTE)).toBe(true);
    expect(closesSoon(fx, utc('2024-03-09T12:00'), 1)).toBe(true);
  });
});

describe('metals', () => {
  test('rest an hour at the end of each day, which is no weekend', () => {
    expect(isOpen(metal, '2024-03-06T21:59')).toBe(true);
    expect(isOpen(metal, '2024-03-06T22:00')).toBe(false);
    expect(isOpen(metal, '2024-03-06T22:59')).toBe(false);
    expect(isOpen(metal, '2024-03-06T23:00')).toBe(true);
    const at = utc('2024-03-06T21:30');
    expect(msToClose(metal, at) / MINUTE).toBe(30);
    expect(msToClose(metal, at, LONG_CLOSE_MS) / HOUR).toBe(48.5);
  });

  test('rest on Good Friday and open on Sunday', () => {
    // Thursday 28 March 2024, 17:00 in New York, summer time.
    expect(isOpen(metal, '2024-03-28T20:59')).toBe(true);
    expect(isOpen(metal, '2024-03-29T12:00')).toBe(false);
    const opening = nextOpening(metal, utc('2024-03-29T12:00'));
    expect(opening && iso(opening)).toBe('2024-03-31T22:00');
  });

  test('an early close lasts to the end of the day', () => {
    const day = dayNumber(2024, 11, 29) ?? Number.NaN;
    const short = { ...metal, earlyCloses: [{ day: { kind: 'date', day } as const, atMinutes: 14 * 60 + 30 }] };
    expect(isOpen(short, '2024-11-29T19:29')).toBe(true);
    expect(isOpen(short, '2024-11-29T19:30')).toBe(false);
    expect(isOpen(short, '2024-11-22T19:30')).toBe(true);
  });
});

test('what never closes has no end in sight', () => {
  expect(sessionAt(crypto, utc('2024-03-09T12:00'))).toEqual({
    opensAt: Number.NEGATIVE_INFINITY,
    closesAt: Number.POSITIVE_INFINITY,
    reopensAt: Number.POSITIVE_INFINITY,
  });
  expect(closesSoon(crypto, utc('2024-03-09T12:00'), 1e12)).toBe(false);
});

describe('a session in the hour of a changing clock', () => {
  const berlin = (from: number, to: number): MarketHours => ({
    ...crypto,
    timezone: 'Europe/Berlin',
    sessions: [{ opensAt: from, closesAt: to }],
  });

  test('of 25 hours: it lasts to the first time the wall shows its end', () => {
    // Sunday 27 October 2024: 03:00 becomes 02:00 at 01:00 UTC.
    const session = sessionAt(berlin(60, 150), utc('2024-10-26T23:00'));
    expect(session && [iso(session.opensAt), iso(session.closesAt)]).toEqual(['2024-10-26T23:00', '2024-10-27T00:30']);
  });

  test('of 23 hours: what the wall skips is not there', () => {
    // Sunday 31 March 2024: 02:00 becomes 03:00 at 01:00 UTC.
    expect(sessionAt(berlin(130, 160), utc('2024-03-31T01:00'))).toBeUndefined();
    const session = sessionAt(berlin(60, 150), utc('2024-03-31T00:30'));
    expect(session && [iso(session.opensAt), iso(session.closesAt)]).toEqual(['2024-03-31T00:00', '2024-03-31T01:00']);
  });
});

test('wall time and back: every wall time that exists is met, the first time that it shows', () => {
  const zones = fc.constantFrom('America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC');
  fc.assert(
    fc.property(
      zones,
      fc.integer({ min: utc('2024-01-01') / MINUTE, max: utc('2025-01-01') / MINUTE }),
      (zone, minute) => {
        const at = unixMs(minute * MINUTE);
        const wall = at + zoneOffsetMs(zone, at);
        const found = wallToUtc(zone, wall);
        expect(found + zoneOffsetMs(zone, found)).toBe(wall);
        expect(found).toBeLessThanOrEqual(at);
      },
    ),
  );
  expect(iso(wallToUtc('Europe/Berlin', Date.parse('2024-10-27T02:30Z')))).toBe('2024-10-27T00:30');
  expect(iso(wallToUtc('Europe/Berlin', Date.parse('2024-03-31T02:30Z')))).toBe('2024-03-31T01:00');
});

test('a date has one number, and what is no date has none', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1970, max: 2200 }),
      fc.integer({ min: 0, max: 14 }),
      fc.integer({ min: 0, max: 33 }),
      (y, m, d) => {
        const date = new Date(Date.UTC(y, m - 1, d));
        const real = date.getUTCFullYear() === y && date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
        expect(dayNumber(y, m, d)).toBe(real ? date.getTime() / (24 * HOUR) : undefined);
      },
    ),
  );
});

/** The wall clock that a file's times are written in, and how they become UTC: by the rules of a zone, never by a fixed guess. */
import { UnitError, type UnixMs } from '../domain/units.ts';
import { zoneOffsetMs } from '../domain/zone.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** No zone is further from UTC, and no clock changes twice in so short a time. */
const REACH_MS = 26 * HOUR_MS;

export interface FileClock {
  /** As the user wrote it, e.g. `America/New_York+7h`. */
  readonly name: string;
  /**
   * UTC of a wall time, NaN for one that the clock skips. Of a time that it shows twice, the first that comes after `after`:
   * rows are in order, so the second pass of the hour is the one that would go back.
   */
  toUtc(wallMs: number, after: number): number;
  /** Wall time of a moment. */
  fromUtc(at: number): number;
}

export const UTC_CLOCK: FileClock = { name: 'UTC', toUtc: (wallMs) => wallMs, fromUtc: (at) => at };

const CLOCK_HINT = 'write a zone and its lead such as America/New_York+7h, a zone, UTC, or UTC+2';

/** Throws a `UnitError` on a name that says no clock. */
export function fileClock(name: string): FileClock {
  const fixed = /^(?:UTC|GMT|Z)(?:([+-])(\d{1,2})(?::?(\d\d))?h?)?$/i.exec(name.trim());
  if (fixed !== null) return fixedClock(name, leadMs(fixed[1], fixed[2], fixed[3]));
  const [, zone = '', sign, hours, minutes] = /^(.+?)(?:([+-])(\d{1,2})(?::(\d\d))?h)?$/.exec(name.trim()) ?? [];
  try {
    zoneOffsetMs(zone, 0 as UnixMs);
  } catch {
    throw new UnitError(`"${name}" is no clock; ${CLOCK_HINT}`);
  }
  return zoneClock(name, zone, leadMs(sign, hours, minutes));
}

const leadMs = (sign: string | undefined, hours = '0', minutes = '0'): number =>
  (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * 60_000);

function fixedClock(name: string, lead: number): FileClock {
  if (lead === 0) return UTC_CLOCK;
  return { name, toUtc: (wallMs) => wallMs - lead, fromUtc: (at) => at + lead };
}

function zoneClock(name: string, zone: string, lead: number): FileClock {
  const offsetAt = (at: number) => zoneOffsetMs(zone, at as UnixMs);
  let day = Number.NaN;
  let steadyOffset = Number.NaN;
  /** The offset of a whole local day whose surroundings have no change of clock, else NaN. */
  const offsetOfDay = (local: number): number => {
    const key = Math.floor(local / DAY_MS);
    if (key !== day) {
      const before = offsetAt(key * DAY_MS - REACH_MS);
      const after = offsetAt((key + 1) * DAY_MS + REACH_MS);
      day = key;
      steadyOffset = before === after ? before : Number.NaN;
    }
    return steadyOffset;
  };
  return {
    name,
    fromUtc: (at) => at + offsetAt(at) + lead,
    toUtc: (wallMs, after) => {
      const local = wallMs - lead;
      const steady = offsetOfDay(local);
      if (!Number.isNaN(steady)) return local - steady;
      const candidates = [offsetAt(local - REACH_MS), offsetAt(local + REACH_MS)]
        .filter((offset) => offsetAt(local - offset) === offset)
        .map((offset) => local - offset);
      return candidates.find((at) => at > after) ?? candidates.at(-1) ?? Number.NaN;
    },
  };
}

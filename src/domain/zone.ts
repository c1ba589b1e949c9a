/** Local time in a named IANA zone: the zone database is the platform's, asked twice a month of market time and remembered. */
import { UnitError, type UnixMs } from './units.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Shorter than the time between any two changes of one zone's clock, so that a span holds at most one. */
const SPAN_MS = 14 * DAY_MS;
/** A limit on what is remembered of each zone: twenty years. */
const SPANS_KEPT = 520;

/** A stretch of time: one offset before `changesAt`, another from there on. */
interface Span {
  readonly before: number;
  readonly changesAt: number;
  readonly after: number;
}

interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly spans: Map<number, Span>;
  latestKey: number;
  latest: Span;
}

const NO_SPAN: Span = { before: 0, changesAt: 0, after: 0 };
const zones = new Map<string, Zone>();

/** Local time minus UTC at a moment, e.g. 7,200,000 for Europe/Berlin in summer. Throws on a name that is no zone. */
export function zoneOffsetMs(zone: string, at: UnixMs): number {
  const known = zones.get(zone) ?? openZone(zone);
  const key = Math.floor(at / SPAN_MS);
  if (key !== known.latestKey) {
    known.latest = known.spans.get(key) ?? readSpan(known, key);
    known.latestKey = key;
  }
  const { before, changesAt, after } = known.latest;
  return at < changesAt ? before : after;
}

/** The first moment at which a clock shows a wall time; of one that it skips, the moment at which it does so. */
export function wallToUtc(zone: string, wallMs: number): UnixMs {
  // No zone is a day from UTC, and no clock changes twice in two days.
  const before = zoneOffsetMs(zone, (wallMs - DAY_MS) as UnixMs);
  const after = zoneOffsetMs(zone, (wallMs + DAY_MS) as UnixMs);
  if (before === after) return (wallMs - before) as UnixMs;
  for (const offset of [before, after]) {
    const at = (wallMs - offset) as UnixMs;
    if (zoneOffsetMs(zone, at) === offset) return at;
  }
  let [low, high] = [wallMs - after, wallMs - before];
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / (2 * MINUTE_MS)) * MINUTE_MS;
    if (zoneOffsetMs(zone, middle as UnixMs) === before) low = middle;
    else high = middle;
  }
  return high as UnixMs;
}

interface LocalParts {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

/** The wall clock and calendar of a zone at a moment. */
export function localParts(zone: string, at: UnixMs): LocalParts {
  const local = at + zoneOffsetMs(zone, at);
  const days = Math.floor(local / DAY_MS);
  const minutes = Math.floor((local - days * DAY_MS) / MINUTE_MS);
  // 1970-01-01 was a Thursday.
  const weekday = (((days + 4) % 7) + 7) % 7;
  return { ...civilDate(days), weekday, hour: Math.floor(minutes / 60), minute: minutes % 60 };
}

/** Days since the epoch to the Gregorian date, in years that begin in March so that the leap day is a year's last. */
export function civilDate(daysSinceEpoch: number): { year: number; month: number; day: number } {
  const days = daysSinceEpoch + 719_468;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const leapDays = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return {
    year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1,
  };
}

/** Days since the epoch of a Gregorian date, undefined where there is no such date. */
export function dayNumber(year: number, month: number, day: number): number | undefined {
  const fromMarch = (month + 9) % 12;
  const marchYear = month <= 2 ? year - 1 : year;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const days = 365 * marchYear + leapDays + Math.floor((153 * fromMarch + 2) / 5) + day - 1 - 719_468;
  const date = civilDate(days);
  return date.year === year && date.month === month && date.day === day ? days : undefined;
}

function openZone(name: string): Zone {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch {
    throw new UnitError(`"${name}" is no time zone; use an IANA name such as Europe/Berlin, America/New_York or UTC`);
  }
  const zone = { format, spans: new Map<number, Span>(), latestKey: Number.NaN, latest: NO_SPAN };
  zones.set(name, zone);
  return zone;
}

function readSpan(zone: Zone, key: number): Span {
  let low = key * SPAN_MS;
  let high = low + SPAN_MS;
  const before = zone.spans.get(key - 1)?.after ?? readOffset(zone.format, low);
  const after = readOffset(zone.format, high);
  // Clocks change on whole minutes of UTC.
  while (before !== after && high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / (2 * MINUTE_MS)) * MINUTE_MS;
    if (readOffset(zone.format, middle) === before) low = middle;
    else high = middle;
  }
  const span = { before, changesAt: high, after };
  if (zone.spans.size >= SPANS_KEPT) zone.spans.clear();
  zone.spans.set(key, span);
  return span;
}

/** From a text that ends in `GMT-04:00`; history knows offsets with seconds. */
function readOffset(format: Intl.DateTimeFormat, at: number): number {
  const text = format.format(at);
  const parts = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
  if (parts === null) throw new UnitError(`the platform writes the offset of a time zone in an unknown way: ${text}`);
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = parts;
  const size = Number(hours) * 3_600_000 + Number(minutes) * MINUTE_MS + Number(seconds) * 1_000;
  return sign === '-' ? -size : size;
}

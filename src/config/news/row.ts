/** One event as a calendar writes it, in words of whatever origin, read strictly. */
import { ALL_CURRENCIES, type Impact, type NewsEvent } from '../../domain/news.ts';
import { UnitError, type UnixMs } from '../../domain/units.ts';
import { dayNumber, wallToUtc } from '../../domain/zone.ts';

/** The cells of an event; what a file has no column for is left out. */
export interface WrittenEvent {
  readonly time: string;
  readonly currency: string;
  readonly impact: string;
  readonly title: string;
}

/** Where it stands: a line of the file, or the number of the event where lines mean nothing. */
export interface PlacedEvent extends WrittenEvent {
  readonly place: string;
  /** Of its time alone, where the file says so. */
  readonly zone?: string;
}

/** What is in a file, or why it cannot be read. */
export type Written =
  | { readonly kind: 'events'; readonly events: readonly PlacedEvent[] }
  | { readonly kind: 'fault'; readonly place: string; readonly message: string };

/** `untimed` is a day without an hour: such an event makes no window. */
export type ReadEvent =
  | { readonly kind: 'event'; readonly event: NewsEvent }
  | { readonly kind: 'untimed' }
  | { readonly kind: 'fault'; readonly message: string };

/** What a calendar's columns are called, here and elsewhere. */
export const COLUMN_NAMES = {
  time: ['time', 'datetime', 'date_time', 'date', 'timestamp', 'start'],
  currency: ['currency', 'country', 'ccy'],
  impact: ['impact', 'importance'],
  title: ['title', 'event', 'event_name', 'name', 'description'],
} as const satisfies Record<keyof WrittenEvent, readonly string[]>;

/** UTC of a wall time in milliseconds. */
export type Clock = (wallMs: number) => UnixMs;

export function readEvent({ time, currency, impact, title }: WrittenEvent, clock: Clock): ReadEvent {
  const at = readTime(time.trim(), clock);
  if (at === 'untimed') return { kind: 'untimed' };
  if (at === undefined) return fault(`time is "${time}"; write it like 2026-01-09 13:30, or 2026-01-09T13:30:00Z`);
  const code = readCurrency(currency.trim());
  if (code === undefined) return fault(`currency is "${currency}"; write a code such as USD, or ALL`);
  const grade = readImpact(impact.trim());
  if (grade === undefined) return fault(`impact is "${impact}"; write high, medium or low`);
  // Titles are shown in one line.
  const words = title.replaceAll(/\s+/g, ' ').trim().slice(0, 120);
  return { kind: 'event', event: { at, currency: code, impact: grade, title: words || 'an event' } };
}

const fault = (message: string): ReadEvent => ({ kind: 'fault', message });

const DATE_TIME = /^(\d{4})([-./])(\d\d)\2(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/;
const COMPACT = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?$/;
const NO_HOUR = /^(?:all day|day \d+|tentative|tba)$/i;

function readTime(text: string, clock: Clock): UnixMs | 'untimed' | undefined {
  const [date = '', ...hour] = text.split(' ');
  if (NO_HOUR.test(text) || (hour.length > 0 && /^\d{4}/.test(date) && NO_HOUR.test(hour.join(' ')))) return 'untimed';
  const long = DATE_TIME.exec(text);
  const short = COMPACT.exec(text);
  const [year, month, day, hours, minutes, seconds, zone] =
    long === null ? (short?.slice(1) ?? []) : [long[1], ...long.slice(3)];
  const days = dayNumber(Number(year), Number(month), Number(day));
  if (days === undefined) return undefined;
  if (hours === undefined) return 'untimed';
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds ?? 0)];
  if (h > 23 || m > 59 || s > 59) return undefined;
  const wallMs = ((days * 24 + h) * 60 + m) * 60_000 + s * 1000;
  return zone === undefined ? clock(wallMs) : ((wallMs - offsetMs(zone)) as UnixMs);
}

function offsetMs(zone: string): number {
  if (zone === 'Z') return 0;
  const [, sign, hours, minutes] = /([+-])(\d\d):?(\d\d)/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** Calendars of MetaTrader name countries. */
const CURRENCY_OF: Readonly<Record<string, string>> = {
  US: 'USD',
  EU: 'EUR',
  DE: 'EUR',
  FR: 'EUR',
  IT: 'EUR',
  ES: 'EUR',
  GB: 'GBP',
  UK: 'GBP',
  JP: 'JPY',
  CH: 'CHF',
  CA: 'CAD',
  AU: 'AUD',
  NZ: 'NZD',
  CN: 'CNY',
  SE: 'SEK',
  NO: 'NOK',
  SG: 'SGD',
  HK: 'HKD',
  MX: 'MXN',
  ZA: 'ZAR',
};

function readCurrency(text: string): string | undefined {
  const code = text.toUpperCase();
  if (code === '' || code === 'WW') return ALL_CURRENCIES;
  return CURRENCY_OF[code] ?? (/^[A-Z]{3}$/.test(code) ? code : undefined);
}

/** Holidays and speeches without a grade are the least. */
function readImpact(text: string): Impact | undefined {
  const word = text.toLowerCase().replace(/^calendar_importance_|[\s_-]*(?:impact|importance|volatility).*$/g, '');
  if (/^(?:high|3|\*\*\*)$/.test(word)) return 'high';
  if (/^(?:medium|moderate|2|\*\*)$/.test(word)) return 'medium';
  return /^(?:low|none|holiday|non-?economic|1|0|\*)$/.test(word) ? 'low' : undefined;
}

/** `UTC`, `UTC+2`, a zone, or a zone and its lead such as America/New_York+7h. Throws a `UnitError` on a name that says no clock. */
export function clockOf(name: string): Clock {
  const [, zone = '', sign, hours] = /^(.+?)(?:([+-])(\d{1,2})h?)?$/.exec(name.trim()) ?? [];
  const leadMs = (sign === '-' ? -1 : 1) * Number(hours ?? 0) * 3_600_000;
  try {
    wallToUtc(zone, 0);
  } catch {
    throw new UnitError(`"${name}" is no clock; write UTC, a zone such as Europe/Athens, or America/New_York+7h`);
  }
  return (wallMs) => wallToUtc(zone, wallMs - leadMs);
}

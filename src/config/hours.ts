/** Market hours as people write them, `Mon-Fri 09:00-17:30`, over the built-in ones of the asset class. */
import { BUILT_IN_HOURS } from '../domain/hours/built-in-hours.ts';
import type { MarketDay } from '../domain/hours/market-day.ts';
import type { EntryWindows, MarketHours, WeeklySession } from '../domain/hours/market-hours.ts';
import type { AssetClass } from '../domain/instrument.ts';
import { dayNumber } from '../domain/zone.ts';

/** As in the file: what is left out stays as it is built in. */
interface WrittenHours {
  readonly timezone?: string | undefined;
  readonly day_start?: string | undefined;
  readonly sessions?: readonly string[] | undefined;
  readonly holidays?: readonly string[] | undefined;
  readonly early_closes?: Readonly<Record<string, string>> | undefined;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/** A symbol's own words win over those for its asset class, and those over the built-in hours. */
export function hoursOf(
  markets: Readonly<Record<string, WrittenHours>>,
  symbol: string,
  assetClass: AssetClass,
): MarketHours {
  const builtIn = BUILT_IN_HOURS[assetClass];
  const written = { ...markets[assetClass], ...markets[symbol] };
  if (Object.keys(written).length === 0) return builtIn;
  const { timezone, day_start, sessions, holidays, early_closes } = written;
  return {
    timezone: timezone ?? builtIn.timezone,
    dayStartMinutes: day_start === undefined ? builtIn.dayStartMinutes : clockMinutes(day_start),
    sessions: sessions?.flatMap((text) => sessionsOf(text) ?? []) ?? builtIn.sessions,
    holidays: holidays?.flatMap((text) => dayOf(text) ?? []) ?? builtIn.holidays,
    earlyCloses: Object.entries(early_closes ?? {}).flatMap(([text, time]) => {
      const day = dayOf(text);
      return day === undefined ? [] : [{ day, atMinutes: clockMinutes(time) }];
    }),
  };
}

/** Minutes in the file. */
interface WrittenWindows {
  readonly before_weekend: number;
  readonly before_break: number;
  readonly after_open: number;
  readonly before_rollover: number;
  readonly after_rollover: number;
}

export const entryWindowsOf = (noEntry: WrittenWindows): EntryWindows => ({
  beforeWeekendMs: noEntry.before_weekend * MINUTE_MS,
  beforeBreakMs: noEntry.before_break * MINUTE_MS,
  afterOpenMs: noEntry.after_open * MINUTE_MS,
  beforeRolloverMs: noEntry.before_rollover * MINUTE_MS,
  afterRolloverMs: noEntry.after_rollover * MINUTE_MS,
});

/** Of `17:05`; 24:00 is the end of the day. */
export function clockMinutes(time: string): number {
  const [hours = Number.NaN, minutes = Number.NaN] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

const CLOCK = '((?:[01]\\d|2[0-3]):[0-5]\\d|24:00)';
const DAY = `(${DAYS.join('|')})`;
const EACH_DAY = new RegExp(`^${DAY}(?: ?- ?${DAY})? ${CLOCK} ?- ?${CLOCK}$`);
const ONE_STRETCH = new RegExp(`^${DAY} ${CLOCK} ?- ?${DAY} ${CLOCK}$`);

/** `Mon-Fri 09:00-17:30` is each of these days, past midnight where the end is not later; `Sun 17:00 - Fri 17:00` one stretch. Undefined where it is neither. */
export function sessionsOf(text: string): readonly WeeklySession[] | undefined {
  const [, from, opening, to, closing] = ONE_STRETCH.exec(text) ?? [];
  if (from !== undefined && opening !== undefined && to !== undefined && closing !== undefined) {
    const opensAt = weekMinute(from, opening);
    const closesAt = weekMinute(to, closing);
    return [{ opensAt, closesAt: closesAt > opensAt ? closesAt : closesAt + WEEK_MINUTES }];
  }
  const [, first, last = first, begin, end] = EACH_DAY.exec(text) ?? [];
  if (first === undefined || last === undefined || begin === undefined || end === undefined) return undefined;
  const [firstDay, lastDay] = [DAYS.indexOf(first), DAYS.indexOf(last)];
  const lasts = clockMinutes(end) - clockMinutes(begin);
  return Array.from({ length: ((lastDay - firstDay + 7) % 7) + 1 }, (_, i) => {
    const opensAt = ((firstDay + i) % 7) * DAY_MINUTES + clockMinutes(begin);
    return { opensAt, closesAt: opensAt + (lasts > 0 ? lasts : lasts + DAY_MINUTES) };
  });
}

const weekMinute = (day: string, time: string): number => DAYS.indexOf(day) * DAY_MINUTES + clockMinutes(time);

/** `2026-12-24`, `12-25` of every year, or `good_friday`; undefined where it is no day. */
export function dayOf(text: string): MarketDay | undefined {
  if (text === 'good_friday') return { kind: 'good_friday' };
  const [, year, month = '', day = ''] = /^(?:(\d{4})-)?(\d\d)-(\d\d)$/.exec(text) ?? [];
  // A day of every year may be 29 February.
  const number = dayNumber(Number(year ?? 2000), Number(month), Number(day));
  if (number === undefined) return undefined;
  return year === undefined
    ? { kind: 'yearly', month: Number(month), day: Number(day) }
    : { kind: 'date', day: number };
}

/** The trading day, week and month of a moment, by a named time zone: DST makes some days 23 or 25 hours long. */
import { type UnixMs, unixMs } from './units.ts';
import { civilDate, zoneOffsetMs } from './zone.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Longer than any day of any zone. */
const LONGEST_DAY_MINUTES = 27 * 60;

/** Serial numbers that rise by one from window to window; days count from 1970-01-01. */
export interface TradingPeriods {
  readonly day: number;
  readonly week: number;
  readonly month: number;
}

/** A day that starts at noon or later bears the next date: 17:00 New York on Sunday begins Monday. */
export function tradingPeriods(timezone: string, dayStartMinutes: number, at: UnixMs): TradingPeriods {
  const day = tradingDay(timezone, dayStartMinutes, at);
  const { year, month } = civilDate(day);
  // 1970-01-01 was a Thursday: adding three makes weeks begin on Monday.
  return { day, week: Math.floor((day + 3) / 7), month: year * 12 + month - 1 };
}

/** The first of the three, from which the others follow. */
export function tradingDay(timezone: string, dayStartMinutes: number, at: UnixMs): number {
  const local = at + zoneOffsetMs(timezone, at);
  return Math.floor((local + dayStartShiftMs(dayStartMinutes)) / DAY_MS);
}

/** From the start of a day by the clock to the midnight at which its date begins. */
export const dayStartShiftMs = (dayStartMinutes: number): number =>
  (dayStartMinutes >= 720 ? 1_440 - dayStartMinutes : -dayStartMinutes) * MINUTE_MS;

/** The minute at which the trading day of a moment ends: the first that belongs to a later one. */
export function tradingDayEnd(timezone: string, dayStartMinutes: number, at: UnixMs): UnixMs {
  const dayOf = (minute: number): number => tradingDay(timezone, dayStartMinutes, unixMs(minute * MINUTE_MS));
  const today = tradingDay(timezone, dayStartMinutes, at);
  // Where the clock does not change, the next day begins when the wall shows its start.
  const wall = at + zoneOffsetMs(timezone, at);
  const usual = Math.ceil((at + DAY_MS - modulo(wall - dayStartMinutes * MINUTE_MS, DAY_MS)) / MINUTE_MS);
  if (dayOf(usual) > today && dayOf(usual - 1) === today) return unixMs(usual * MINUTE_MS);
  let before = Math.floor(at / MINUTE_MS);
  let after = before + LONGEST_DAY_MINUTES;
  while (after - before > 1) {
    const middle = (before + after) >>> 1;
    if (dayOf(middle) > today) after = middle;
    else before = middle;
  }
  return unixMs(after * MINUTE_MS);
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;

/** `2026-01-05` of a day number. */
export function dayLabel(day: number): string {
  const date = civilDate(day);
  return `${date.year}-${String(date.month).padStart(2, '0')}-${String(date.day).padStart(2, '0')}`;
}

/** `2026-01-05 17:05` in UTC. */
export function formatUtc(at: UnixMs): string {
  const day = Math.floor(at / DAY_MS);
  const minutes = Math.floor((at - day * DAY_MS) / MINUTE_MS);
  const clock = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return `${dayLabel(day)} ${clock}`;
}

export const floorToMinute = (at: UnixMs): UnixMs => unixMs(at - (at % MINUTE_MS));

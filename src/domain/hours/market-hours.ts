/** When a market trades: weekly sessions by the clock of a named zone, without holidays and the ends of short days. */
import { dayStartShiftMs } from '../calendar.ts';
import { type UnixMs, unixMs } from '../units.ts';
import { wallToUtc } from '../zone.ts';
import { falls, type MarketDay } from './market-day.ts';

export interface MarketHours {
  readonly timezone: string;
  /** Minutes of the clock since Sunday 00:00. An end beyond Saturday lies in the next week; what touches is one session. */
  readonly sessions: readonly WeeklySession[];
  /** Minute of the clock at which the market's day begins; from noon on it bears the next date. */
  readonly dayStartMinutes: number;
  /** Days, from their start to the next, without trading. */
  readonly holidays: readonly MarketDay[];
  /** Days that end at this minute of their date; the market opens again with the next day. */
  readonly earlyCloses: readonly { readonly day: MarketDay; readonly atMinutes: number }[];
}

export interface WeeklySession {
  readonly opensAt: number;
  readonly closesAt: number;
}

/** Times without entries although a market is open; 0 for none of the sort. */
export interface EntryWindows {
  /** Before the close of a weekend or holiday, and before that of a shorter rest. */
  readonly beforeWeekendMs: number;
  readonly beforeBreakMs: number;
  readonly afterOpenMs: number;
  /** Around the start of the trading day. */
  readonly beforeRolloverMs: number;
  readonly afterRolloverMs: number;
}

/** One stretch of trading. Without an end in sight the times are infinite. */
export interface Session {
  readonly opensAt: number;
  readonly closesAt: number;
  /** Of the session after it. */
  readonly reopensAt: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-04 was a Sunday. */
const FIRST_SUNDAY_MS = 3 * DAY_MS;
/** Weeks looked at around a moment: a close that lasts longer has no end in sight. */
const WEEKS_BEFORE = 1;
const WEEKS_AFTER = 3;

/** The session that a moment lies in: it begins with its first moment and ends before its last. Undefined while the market is closed. */
export function sessionAt(hours: MarketHours, at: UnixMs): Session | undefined {
  for (const session of sessionsAround(hours, at)) {
    if (at < session.closesAt) return at >= session.opensAt ? session : undefined;
  }
  return undefined;
}

/** The first opening after a moment, from within a session that of the next; undefined where none is in sight. */
export function nextOpening(hours: MarketHours, at: UnixMs): UnixMs | undefined {
  const next = sessionsAround(hours, at).find(({ opensAt }) => opensAt > at);
  return next && unixMs(next.opensAt);
}

/** Closes that last as long are weekends and holidays, not the market's daily rest. */
export const LONG_CLOSE_MS = 20 * 60 * MINUTE_MS;

/** Time until the market closes for at least `closedForMs`: 0 while it is closed, infinite where no such close is in sight. */
export function msToClose(hours: MarketHours, at: UnixMs, closedForMs = 0): number {
  const sessions = sessionsAround(hours, at);
  const first = sessions.findIndex(({ closesAt }) => at < closesAt);
  if (!(first >= 0 && at >= (sessions[first]?.opensAt ?? Number.NaN))) return 0;
  const last = sessions.find(({ closesAt, reopensAt }, i) => i >= first && reopensAt - closesAt >= closedForMs);
  return last === undefined ? Number.POSITIVE_INFINITY : last.closesAt - at;
}

/** Time until the next weekend or holiday, 0 within one. A daily rest is none, and the time in it counts. */
export function msToLongClose(hours: MarketHours, at: UnixMs): number {
  const sessions = sessionsAround(hours, at);
  const next = sessions.findIndex(({ closesAt }) => at < closesAt);
  const before = sessions[next - 1];
  const isLong = ({ closesAt, reopensAt }: Session) => reopensAt - closesAt >= LONG_CLOSE_MS;
  const rests = !(at >= (sessions[next]?.opensAt ?? Number.POSITIVE_INFINITY));
  if (rests && (before === undefined || isLong(before))) return 0;
  const last = sessions.find((session, i) => i >= next && isLong(session));
  return last === undefined ? Number.POSITIVE_INFINITY : last.closesAt - at;
}

/** Whether the market closes for at least `closedForMs` in less than `withinMs`, or is closed: what "flat before the weekend" asks. */
export const closesSoon = (hours: MarketHours, at: UnixMs, withinMs: number, closedForMs = LONG_CLOSE_MS): boolean =>
  !(msToClose(hours, at, closedForMs) >= withinMs);

/** Open time between two moments. */
export function openMsBetween(hours: MarketHours, from: UnixMs, to: UnixMs): number {
  let open = 0;
  for (let at = from; at < to; ) {
    const session = sessionAt(hours, at);
    const until = Math.min(to, session?.closesAt ?? nextOpening(hours, at) ?? to);
    if (session !== undefined) open += until - at;
    at = until as UnixMs;
  }
  return open;
}

interface Known {
  readonly week: number;
  readonly sessions: readonly Session[];
}

/** Of the week asked for last: time moves on, and a week has many bars. */
const known = new WeakMap<MarketHours, Known>();
const NONE: readonly Session[] = [];

function sessionsAround(hours: MarketHours, at: UnixMs): readonly Session[] {
  if (!Number.isFinite(at)) return NONE;
  const week = Math.floor((at - FIRST_SUNDAY_MS) / WEEK_MS);
  const found = known.get(hours);
  if (found?.week === week) return found.sessions;
  const sessions = sessionsOf(hours, week);
  known.set(hours, { week, sessions });
  return sessions;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Everything is put together by the clock on the wall, and becomes UTC in the end. */
function sessionsOf(hours: MarketHours, week: number): readonly Session[] {
  const first = FIRST_SUNDAY_MS + (week - WEEKS_BEFORE) * WEEK_MS;
  const end = FIRST_SUNDAY_MS + (week + 1 + WEEKS_AFTER) * WEEK_MS;
  const weekly: Span[] = [];
  for (let sunday = first - WEEK_MS; sunday < end; sunday += WEEK_MS) {
    for (const { opensAt, closesAt } of hours.sessions) {
      weekly.push({ from: sunday + opensAt * MINUTE_MS, to: sunday + closesAt * MINUTE_MS });
    }
  }
  const open = without(joined(weekly), closedDays(hours, first, end));
  const utc = (wall: number) => wallToUtc(hours.timezone, wall);
  const sessions = open.flatMap(({ from, to }) => {
    const [opensAt, closesAt] = [
      from <= first ? Number.NEGATIVE_INFINITY : utc(from),
      to >= end ? Number.POSITIVE_INFINITY : utc(to),
    ];
    // A session within the hour that a clock skips does not take place.
    return opensAt < closesAt ? [{ opensAt, closesAt }] : [];
  });
  return sessions.map((session, i) => ({
    ...session,
    reopensAt: sessions[i + 1]?.opensAt ?? Number.POSITIVE_INFINITY,
  }));
}

/** In order of time; sessions that touch are one. */
function joined(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last === undefined || span.from > last.to) merged.push(span);
    else merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  return merged;
}

function closedDays(hours: MarketHours, first: number, end: number): Span[] {
  const { holidays, earlyCloses, dayStartMinutes } = hours;
  const shift = dayStartShiftMs(dayStartMinutes);
  const closed: Span[] = [];
  for (let day = Math.floor(first / DAY_MS) - 1; day * DAY_MS < end + DAY_MS; day++) {
    const [from, to] = [day * DAY_MS - shift, (day + 1) * DAY_MS - shift];
    if (holidays.some((holiday) => falls(holiday, day))) closed.push({ from, to });
    const early = earlyCloses.find((close) => falls(close.day, day));
    if (early !== undefined) closed.push({ from: Math.max(from, day * DAY_MS + early.atMinutes * MINUTE_MS), to });
  }
  return closed;
}

/** Both in order of time. */
function without(spans: readonly Span[], gaps: readonly Span[]): Span[] {
  let left = [...spans];
  for (const gap of gaps) {
    left = left.flatMap(({ from, to }) =>
      [
        { from, to: Math.min(to, gap.from) },
        { from: Math.max(from, gap.to), to },
      ].filter((part) => part.from < part.to),
    );
  }
  return left;
}

/** Bars that are missing although the market was open: the week is the calendar's, its daily breaks are the source's own habit. */
import type { AssetClass } from '../../domain/instrument.ts';
import { timeframeMs } from '../../domain/market.ts';
import type { UnixMs } from '../../domain/units.ts';
import { zoneOffsetMs } from '../../domain/zone.ts';
import type { Candles } from '../candles.ts';
import { isHoliday } from './holidays.ts';
import type { Gap } from './report.ts';

const NEW_YORK = 'America/New_York';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-04 was a Sunday. */
const FIRST_SUNDAY_MS = 3 * DAY_MS;
/** From Sunday to Friday 17:00. */
const OPENING_MS = 17 * HOUR_MS;
const CLOSING_MS = 5 * DAY_MS + 17 * HOUR_MS;
/** Fewer weeks show no habit. */
const WEEKS_TO_LEARN = 4;
/** A place in the week that is filled less often is one at which the source rests. */
const HABIT_SHARE = 0.5;
/** Bars are made from ticks: a quarter of an hour without any is a quiet market, not a hole. */
const QUIET_MS = 15 * 60_000;
const GAPS_KEPT = 20;

export interface GapFigures {
  /** Of the bars that the calendar expects: in holes, at holidays, in quiet moments. */
  readonly missingBars: number;
  readonly holidayBars: number;
  readonly quietBars: number;
  readonly gapCount: number;
  readonly longest: readonly Gap[];
}

export function findGaps(candles: Candles, assetClass: AssetClass | undefined): GapFigures {
  const { openAt, length } = candles;
  const periodMs = timeframeMs(candles.timeframe);
  const isOpen = openWeek(candles, assetClass);
  const gaps: Gap[] = [];
  let [missingBars, holidayBars, quietBars] = [0, 0, 0];
  for (let i = 1; i < length; i++) {
    const from = (openAt[i - 1] as number) + periodMs;
    const to = openAt[i] as number;
    if (from >= to) continue;
    let missing = 0;
    for (let at = from; at < to; at += periodMs) {
      if (!isOpen(at)) continue;
      if (assetClass !== 'crypto' && isHoliday(localDay(at))) holidayBars += 1;
      else missing += 1;
    }
    if (missing * periodMs <= QUIET_MS) quietBars += missing;
    else {
      missingBars += missing;
      gaps.push({ from, to, missingBars: missing });
    }
  }
  const longest = gaps.toSorted((a, b) => b.missingBars - a.missingBars || a.from - b.from).slice(0, GAPS_KEPT);
  return { missingBars, holidayBars, quietBars, gapCount: gaps.length, longest };
}

/** Whether a bar that opens then is expected. */
function openWeek(candles: Candles, assetClass: AssetClass | undefined): (at: number) => boolean {
  const { openAt, length } = candles;
  const periodMs = timeframeMs(candles.timeframe);
  // Longer bars stand on the grid of UTC and not of New York; a change of clock would move them from slot to slot.
  const weekTime = periodMs > HOUR_MS ? (at: number) => modulo(at - FIRST_SUNDAY_MS, WEEK_MS) : localWeekTime;
  const counts = new Float64Array(WEEK_MS / Math.min(periodMs, DAY_MS));
  const slotOf = (at: number) => Math.floor(weekTime(at) / periodMs);
  let weekendBars = 0;
  for (let i = 0; i < length; i++) {
    const at = openAt[i] as number;
    const inWeek = weekTime(at);
    const slot = Math.floor(inWeek / periodMs);
    counts[slot] = (counts[slot] ?? 0) + 1;
    if (isWeekend(inWeek)) weekendBars += 1;
  }
  const weeks = ((openAt[length - 1] ?? 0) - (openAt[0] ?? 0)) / WEEK_MS;
  const everyDay = assetClass === 'crypto' || (assetClass === undefined && weekendBars > length / 10);
  const byCalendar = (at: number) => everyDay || periodMs > HOUR_MS || !isWeekend(weekTime(at));
  if (weeks < WEEKS_TO_LEARN) return (at) => everyDay || !isWeekend(weekTime(at));
  return (at) => byCalendar(at) && (counts[slotOf(at)] ?? 0) >= HABIT_SHARE * weeks;
}

const isWeekend = (weekTimeMs: number): boolean => weekTimeMs < OPENING_MS || weekTimeMs >= CLOSING_MS;

const localTime = (at: number): number => at + zoneOffsetMs(NEW_YORK, at as UnixMs);
const localDay = (at: number): number => Math.floor(localTime(at) / DAY_MS);
/** Since Sunday 00:00 in New York. */
const localWeekTime = (at: number): number => modulo(localTime(at) - FIRST_SUNDAY_MS, WEEK_MS);

const modulo = (value: number, by: number): number => value - Math.floor(value / by) * by;

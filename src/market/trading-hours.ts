/** When the simulated markets trade: FX, metals and indices from Sunday to Friday 17:00 New York, crypto without a break. */
import type { AssetClass } from '../domain/instrument.ts';
import { type UnixMs, unixMs } from '../domain/units.ts';
import { zoneOffsetMs } from '../domain/zone.ts';

const NEW_YORK = 'America/New_York';
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
const OPEN_WEEK_MS = 5 * 24 * HOUR_MS;
/** 1970-01-04, the first Sunday of Unix time, at 17:00. */
const FIRST_OPENING_MS = (3 * 24 + 17) * HOUR_MS;

export interface TradingWeek {
  readonly opensAt: UnixMs;
  readonly closesAt: UnixMs;
  /** New York minus UTC in this week. */
  readonly offsetMs: number;
}

/** The week that `at` lies in, or, in the weekend's break, the one about to open. */
export function tradingWeekOf(assetClass: AssetClass, at: UnixMs): TradingWeek {
  const local = at + zoneOffsetMs(NEW_YORK, at);
  const opening = Math.floor((local - FIRST_OPENING_MS) / WEEK_MS) * WEEK_MS + FIRST_OPENING_MS;
  const week = weekFrom(assetClass, opening, at);
  return at < week.closesAt ? week : weekFrom(assetClass, opening + WEEK_MS, at);
}

function weekFrom(assetClass: AssetClass, opening: number, near: UnixMs): TradingWeek {
  const opensAt = newYorkTime(opening, near);
  const closesAt = newYorkTime(opening + (assetClass === 'crypto' ? WEEK_MS : OPEN_WEEK_MS), near);
  return { opensAt, closesAt, offsetMs: opening - opensAt };
}

/** UTC of a New York wall time. The clocks change at 02:00, so at 17:00 a guess half a day off still reads the right offset. */
function newYorkTime(local: number, near: UnixMs): UnixMs {
  const guess = unixMs(local - zoneOffsetMs(NEW_YORK, near));
  return unixMs(local - zoneOffsetMs(NEW_YORK, guess));
}

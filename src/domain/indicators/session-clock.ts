/** Where a bar lies in the trading day, the week and the sessions of three continents. */
import type { AssetClass } from '../instrument.ts';
import type { UnixMs } from '../units.ts';
import { zoneOffsetMs } from '../zone.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The day of currencies, metals and indices rolls over at 17:00 in New York, crypto's at midnight UTC. */
const ROLLOVER = { zone: 'America/New_York', toMidnightMs: 7 * HOUR_MS };

export class SessionClock {
  readonly #zone: string;
  readonly #toMidnightMs: number;
  /** Days since 1970-01-01, by the trading day in which the bar opened. */
  day = 0;
  /** Of that trading day; 0 is Sunday. A week of currencies runs from 1 to 5. */
  weekday = 0;
  /** Part of the trading day gone at the bar's close, in [0, 1). */
  dayFraction = 0;
  /** 1 where the bar closed inside, else 0. */
  inEu = 0;
  inUs = 0;
  inAsia = 0;
  inOverlap = 0;

  constructor(assetClass: AssetClass) {
    this.#zone = assetClass === 'crypto' ? 'UTC' : ROLLOVER.zone;
    this.#toMidnightMs = assetClass === 'crypto' ? 0 : ROLLOVER.toMidnightMs;
  }

  update(openAt: UnixMs, closeAt: UnixMs): void {
    this.day = Math.floor(this.localMs(openAt) / DAY_MS);
    this.weekday = weekdayOf(this.day);
    const closed = this.localMs(closeAt);
    this.dayFraction = (closed - Math.floor(closed / DAY_MS) * DAY_MS) / DAY_MS;
    this.inEu = isWithin('Europe/Berlin', closeAt, 8, 17);
    this.inUs = isWithin('America/New_York', closeAt, 8, 17);
    this.inAsia = isWithin('Asia/Tokyo', closeAt, 8, 17);
    this.inOverlap = isWithin('America/New_York', closeAt, 8.5, 10.5);
  }

  private localMs(at: UnixMs): number {
    return at + zoneOffsetMs(this.#zone, at) + this.#toMidnightMs;
  }
}

/** From one local hour up to, not including, another, from Monday to Friday. */
function isWithin(zone: string, at: UnixMs, fromHour: number, toHour: number): number {
  const local = at + zoneOffsetMs(zone, at);
  const day = Math.floor(local / DAY_MS);
  const hour = (local - day * DAY_MS) / HOUR_MS;
  const weekday = weekdayOf(day);
  return weekday >= 1 && weekday <= 5 && hour >= fromHour && hour < toHour ? 1 : 0;
}

/** 1970-01-01 was a Thursday. */
const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;

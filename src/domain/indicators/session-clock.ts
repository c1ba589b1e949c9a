/** Where a bar lies in the trading day, the week and the sessions of three continents. */
import type { AssetClass } from '../instrument.ts';
import type { UnixMs } from '../units.ts';
import { zoneOffsetMs } from '../zone.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Sessions begin and end on half hours of clocks that stand off UTC by whole hours. */
const HALF_HOUR_MS = HOUR_MS / 2;
const MINUTES_A_DAY = 1_440;
const angleOf = (minute: number): number => (2 * Math.PI * minute) / MINUTES_A_DAY;
/** Bars close on full minutes, so a day has few angles; a sine is dearer than most features. */
const SINES = Float64Array.from({ length: MINUTES_A_DAY }, (_, minute) => Math.sin(angleOf(minute)));
const COSINES = Float64Array.from({ length: MINUTES_A_DAY }, (_, minute) => Math.cos(angleOf(minute)));
/** The day of currencies, metals and indices rolls over at 17:00 in New York, crypto's at midnight UTC. */
const ROLLOVER = { zone: 'America/New_York', toMidnightMs: 7 * HOUR_MS };

/** Since 1970 these cities have changed their clocks on full hours of UTC only: within one hour an offset holds. */
class HourlyOffset {
  readonly #zone: string;
  #hour = Number.NaN;
  #offsetMs = 0;

  constructor(zone: string) {
    this.#zone = zone;
  }

  at(at: UnixMs): number {
    const hour = Math.floor(at / HOUR_MS);
    if (hour !== this.#hour) {
      this.#offsetMs = zoneOffsetMs(this.#zone, at);
      this.#hour = hour;
    }
    return this.#offsetMs;
  }
}

export class SessionClock {
  readonly #rollover: HourlyOffset;
  readonly #toMidnightMs: number;
  readonly #berlin = new HourlyOffset('Europe/Berlin');
  readonly #newYork = new HourlyOffset(ROLLOVER.zone);
  readonly #tokyo = new HourlyOffset('Asia/Tokyo');
  /** Of the latest close: the sessions hold for all of it. */
  private halfHour = Number.MIN_SAFE_INTEGER;
  /** Days since 1970-01-01, by the trading day in which the bar opened. */
  day = 0;
  /** Of that trading day; 0 is Sunday. A week of currencies runs from 1 to 5. */
  weekday = 0;
  /** Sine and cosine of the part of the trading day gone at the bar's close, once round a day. */
  daySine = 0;
  dayCosine = 1;
  /** 1 where the bar closed inside, else 0. */
  inEu = 0;
  inUs = 0;
  inAsia = 0;
  inOverlap = 0;

  constructor(assetClass: AssetClass) {
    const isCrypto = assetClass === 'crypto';
    this.#rollover = new HourlyOffset(isCrypto ? 'UTC' : ROLLOVER.zone);
    this.#toMidnightMs = isCrypto ? 0 : ROLLOVER.toMidnightMs;
  }

  update(openAt: UnixMs, closeAt: UnixMs): void {
    this.day = this.dayOf(openAt);
    this.weekday = weekdayOf(this.day);
    const closed = this.localMs(closeAt);
    this.setDayTime(closed - Math.floor(closed / DAY_MS) * DAY_MS);
    const halfHour = Math.floor(closeAt / HALF_HOUR_MS);
    if (halfHour !== this.halfHour) this.updateSessions(closeAt);
    this.halfHour = halfHour;
  }

  private setDayTime(sinceMidnightMs: number): void {
    const minute = sinceMidnightMs / MINUTE_MS;
    const isKnown = Number.isInteger(minute) && minute >= 0 && minute < MINUTES_A_DAY;
    this.daySine = isKnown ? (SINES[minute] as number) : Math.sin(angleOf(minute));
    this.dayCosine = isKnown ? (COSINES[minute] as number) : Math.cos(angleOf(minute));
  }

  private updateSessions(closeAt: UnixMs): void {
    const inNewYork = closeAt + this.#newYork.at(closeAt);
    this.inEu = isWithin(closeAt + this.#berlin.at(closeAt), 8, 17);
    this.inUs = isWithin(inNewYork, 8, 17);
    this.inAsia = isWithin(closeAt + this.#tokyo.at(closeAt), 8, 17);
    this.inOverlap = isWithin(inNewYork, 8.5, 10.5);
  }

  /** The trading day of a moment, in days since 1970-01-01. */
  dayOf(at: UnixMs): number {
    return Math.floor(this.localMs(at) / DAY_MS);
  }

  private localMs(at: UnixMs): number {
    return at + this.#rollover.at(at) + this.#toMidnightMs;
  }
}

/** From one local hour up to, not including, another, from Monday to Friday. */
function isWithin(localMs: number, fromHour: number, toHour: number): number {
  const day = Math.floor(localMs / DAY_MS);
  const hour = (localMs - day * DAY_MS) / HOUR_MS;
  const weekday = weekdayOf(day);
  return weekday >= 1 && weekday <= 5 && hour >= fromHour && hour < toHour ? 1 : 0;
}

/** 1970-01-01 was a Thursday. */
const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;

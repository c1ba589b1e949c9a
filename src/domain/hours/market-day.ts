/** A day on which a market rests: one date, the same date of every year, or Good Friday. */
import { civilDate } from '../zone.ts';

export type MarketDay =
  | { readonly kind: 'date' /** Since 1970-01-01. */; readonly day: number }
  | { readonly kind: 'yearly'; readonly month: number; readonly day: number }
  | { readonly kind: 'good_friday' };

/** Whether it is the day of this number since 1970-01-01. */
export function falls(rule: MarketDay, day: number): boolean {
  if (rule.kind === 'date') return rule.day === day;
  const date = civilDate(day);
  if (rule.kind === 'yearly') return rule.month === date.month && rule.day === date.day;
  return isEaster(date.year, date.month, date.day + 2);
}

/** Gauss's rule in the form of Butcher; a day of 0 or 32 and more is one of the month beside. */
export function isEaster(year: number, month: number, day: number): boolean {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const correction = Math.floor((8 * century + 13) / 25) - 2;
  const epact = (19 * golden + century - Math.floor(century / 4) - correction + 13) % 30;
  const moon = epact - Math.floor(epact / 28) * (1 - Math.floor(29 / (epact + 1)) * Math.floor((21 - golden) / 11));
  const shift = (year + Math.floor(year / 4) + moon + 2 - century + Math.floor(century / 4)) % 7;
  const fromMarch = 28 + moon - shift;
  const asked = month === 3 ? day : month === 4 ? day + 31 : month === 5 ? day + 61 : Number.NaN;
  return asked === fromMarch;
}

/** Days on which markets rest or close early: those of New York's exchanges and the turn of the year, by date of New York. */
import { civilDate } from '../../domain/zone.ts';

/** Month and day; the days beside them are half days or observed ones. */
const FIXED: ReadonlySet<number> = new Set([101, 102, 619, 703, 704, 705, 1224, 1225, 1226, 1231]);
const [JANUARY, FEBRUARY, MAY, SEPTEMBER, NOVEMBER] = [1, 2, 5, 9, 11];
const [MONDAY, THURSDAY, FRIDAY] = [1, 4, 5];

export function isHoliday(daysSinceEpoch: number): boolean {
  const { year, month, day } = civilDate(daysSinceEpoch);
  if (FIXED.has(month * 100 + day)) return true;
  const weekday = (((daysSinceEpoch + 4) % 7) + 7) % 7;
  const week = Math.ceil(day / 7);
  if (weekday === MONDAY) {
    const third = week === 3 && (month === JANUARY || month === FEBRUARY);
    return (
      third || (month === MAY && day > 24) || (month === SEPTEMBER && week === 1) || isEaster(year, month, day - 1)
    );
  }
  if (month === NOVEMBER && weekday === THURSDAY) return week === 4;
  if (month === NOVEMBER && weekday === FRIDAY) return Math.ceil((day - 1) / 7) === 4;
  return weekday === FRIDAY && isEaster(year, month, day + 2);
}

/** Gauss's rule in the form of Butcher; a day of 0 or 32 and more is one of the month beside. */
function isEaster(year: number, month: number, day: number): boolean {
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

/** Days on which markets rest or close early: those of New York's exchanges and the turn of the year, by date of New York. */
import { isEaster } from '../../domain/hours/market-day.ts';
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

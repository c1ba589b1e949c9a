/** The result by trading days: equity at their ends, the market's own way over the same days, and how many make a year. */
import type { TradingDaysPerYear } from '../../domain/metrics.ts';
import { moneyToUnits, type UnixMs, unixMs } from '../../domain/units.ts';
import type { BacktestResult, DayMark, SymbolRecord } from '../result.ts';
import { firstPlaceAfter } from './downsample.ts';

/** The opening balance, then each day's end. */
export const dailyEquity = ({ assumptions, days }: BacktestResult): number[] =>
  [assumptions.balance, ...days.map(({ equity }) => equity)].map(moneyToUnits);

/** The last moment of a day: a close at midnight still belongs to the day that it ends. */
export const lastMoment = (at: number): UnixMs => unixMs(at - 1);

const DAY_MS = 86_400_000;

/** Both days of the weekend, by UTC, must end with data: an FX week that begins on Sunday evening has none on Saturday. */
export function daysPerYear(days: readonly DayMark[]): TradingDaysPerYear {
  // 1970-01-01 was a Thursday.
  const weekdays = new Set(days.map(({ at }) => (Math.floor(lastMoment(at) / DAY_MS) + 4) % 7));
  return weekdays.has(0) && weekdays.has(6) ? 365 : 252;
}

/** Mean daily return of all symbols' closes; null for days at which no symbol has two closes. */
export function marketReturns({ days, records }: BacktestResult): (number | null)[] {
  const closes = records.map((record) => closesAtDayEnds(record, days));
  return days.map((_, day) => {
    let [total, counted] = [0, 0];
    for (const ofSymbol of closes) {
      const returned = (ofSymbol[day] ?? Number.NaN) / (ofSymbol[day - 1] ?? Number.NaN) - 1;
      if (!Number.isFinite(returned)) continue;
      total += returned;
      counted += 1;
    }
    return counted === 0 ? null : total / counted;
  });
}

/** The latest close at or before each day's end; NaN before the first. */
const closesAtDayEnds = (record: SymbolRecord, days: readonly DayMark[]): Float64Array =>
  Float64Array.from(days, ({ at }) => record.close[firstPlaceAfter(record.closeAt, at) - 1] ?? Number.NaN);

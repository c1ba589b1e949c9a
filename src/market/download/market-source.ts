/** Where candles and ticks are downloaded from: one adapter a source, all of them by periods that can be asked for again. */
import type { Timeframe } from '../../domain/market.ts';

/** Times in Unix ms, prices as the source writes them; a `spread` of NaN is one that the source does not know. */
export interface CandleRow {
  readonly openAt: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly spread: number;
  readonly volume: number;
}

export interface TickRow {
  readonly at: number;
  readonly bid: number;
  readonly ask: number;
}

/** From `from` to before `to`, a whole day, month or year of UTC. */
export interface Period {
  /** `2024-01-02`, `2024-01` or `2024`. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export type PeriodLength = 'day' | 'month' | 'year';

export interface MarketSource {
  /** Part of a folder's name and of the record of where data came from. */
  readonly name: string;
  readonly hasSpread: boolean;
  periodLength(timeframe: Timeframe | 'ticks'): PeriodLength;
  /** In order of time; bars that are not closed at `now` are left out. */
  candles(timeframe: Timeframe, period: Period, now: number): Promise<readonly CandleRow[]>;
  /** `undefined`: the source has candles alone. */
  readonly ticks: ((period: Period, now: number) => Promise<readonly TickRow[]>) | undefined;
}

export function periodsBetween(from: number, to: number, length: PeriodLength): Period[] {
  const periods: Period[] = [];
  for (let start = startOf(from, length, 0); start < to; ) {
    const end = startOf(start, length, 1);
    const name = new Date(start).toISOString().slice(0, { day: 10, month: 7, year: 4 }[length]);
    periods.push({ name, from: start, to: end });
    start = end;
  }
  return periods;
}

/** The beginning of the period that `at` lies in, or of the one so many later. */
function startOf(at: number, length: PeriodLength, later: number): number {
  const date = new Date(at);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (length === 'year') return Date.UTC(year + later, 0);
  return length === 'month' ? Date.UTC(year, month + later) : Date.UTC(year, month, day + later);
}

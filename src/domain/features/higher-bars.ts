/** Bars of a higher timeframe put together from lower ones. Each is known when a lower bar closes at or after its end, never before. */
import type { SessionClock } from '../indicators/session-clock.ts';
import { type Timeframe, timeframeMs } from '../market.ts';
import type { UnixMs } from '../units.ts';
import type { BarRow } from './column.ts';

/** Numbers one stretch of time after the other. */
type StretchOf = (at: number) => number;

/** Multiples of UTC; a day is the trading day of the instrument. */
export function stretchesOf(timeframe: Timeframe, clock: SessionClock): StretchOf {
  const lengthMs = timeframeMs(timeframe);
  return timeframe === 'D1' ? (at) => clock.dayOf(at as UnixMs) : (at) => Math.floor(at / lengthMs);
}

const NONE = Number.MIN_SAFE_INTEGER;

/** What is being put together, or was last: a bar of fields, so that a snapshot can hold it. */
export class HigherBar {
  private stretch = NONE;
  /** 0 where the beginning was missed: such a bar is not shown. */
  private isWhole = 0;
  openAt = 0;
  closeAt = 0;
  open = 0;
  high = 0;
  low = 0;
  close = 0;
  volume = 0;

  /** Calls back with each bar that has ended: one that a gap cut short too, but only once the gap is over. */
  push(row: BarRow, stretchOf: StretchOf, ended: (bar: BarRow) => void): void {
    const stretch = stretchOf(row.openAt);
    if (stretch !== this.stretch) {
      this.end(ended);
      this.begin(row, stretch, this.closeAt > 0 || stretchOf(row.openAt - 1) !== stretch);
    }
    this.high = Math.max(this.high, row.high);
    this.low = Math.min(this.low, row.low);
    this.close = row.close;
    this.closeAt = row.closeAt;
    this.volume += row.volume;
    if (stretchOf(row.closeAt) !== stretch) this.end(ended);
  }

  private end(ended: (bar: BarRow) => void): void {
    if (this.isWhole === 1) ended(this);
    this.isWhole = 0;
  }

  private begin({ openAt, open, high, low }: BarRow, stretch: number, isWhole: boolean): void {
    this.stretch = stretch;
    this.isWhole = isWhole ? 1 : 0;
    this.openAt = openAt;
    this.open = open;
    this.high = high;
    this.low = low;
    this.volume = 0;
  }
}

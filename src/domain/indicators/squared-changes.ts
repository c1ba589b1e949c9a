/** Sum of squared changes of a series of ticks over a window: realised variance, exact in whole numbers. */
import type { Ring } from './ring.ts';

/** A price on a grid of ticks is uncertain by the deviation of a uniform tick: no market is calmer than that. */
export const CALMEST_VARIANCE = 1 / 12;

export class SquaredChanges {
  readonly period: number;
  private sum = 0;

  constructor(period: number) {
    this.period = period;
  }

  /** Call it after each push to the ring, which holds two values more than the period. */
  update(series: Ring): void {
    if (series.count > 1) this.sum += squaredChange(series, 0);
    if (series.count > this.period + 1) this.sum -= squaredChange(series, this.period);
  }

  /** Mean squared change of a bar, in square ticks. */
  get variance(): number {
    return Math.max(this.sum / this.period, CALMEST_VARIANCE);
  }
}

function squaredChange(series: Ring, back: number): number {
  const change = series.ago(back) - series.ago(back + 1);
  return change * change;
}

/** Sum of squared changes of a series of ticks over a window: realised variance, exact in whole numbers. */
import type { Ring } from './ring.ts';

/** A price on a grid of ticks is uncertain by the deviation of a uniform tick: no market is calmer than that. */
export const CALMEST_VARIANCE = 1 / 12;

/** Of the `period` latest changes in a ring that holds one more. */
export class SquaredChanges {
  private readonly period: number;
  private sum = 0;

  constructor(period: number) {
    this.period = period;
  }

  /** Call it after each push to the ring. */
  update(changes: Ring): void {
    const latest = changes.ago(0);
    const leaving = changes.ago(this.period);
    this.sum += latest * latest - leaving * leaving;
  }

  /** Mean squared change of a bar, in square ticks. */
  get variance(): number {
    return Math.max(this.sum / this.period, CALMEST_VARIANCE);
  }
}

/** Sums over a long window of whole numbers, rolled on: exact, because sums of ticks stay far below 2^53. */
import type { Ring } from './ring.ts';

/** Of the `period` latest values of a ring that holds one more. */
export class RollingSum {
  readonly period: number;
  value = 0;

  constructor(period: number) {
    this.period = period;
  }

  /** Call it after each push to the ring. */
  update(series: Ring): void {
    this.value += series.ago(0) - series.ago(this.period);
  }

  get mean(): number {
    return this.value / this.period;
  }
}

/** The least-squares line through the latest values of whole numbers: its slope per bar (TA-Lib's LINEARREG_SLOPE), and their means. */
import type { Ring } from './ring.ts';

/** Of the `period` latest values of a ring that holds one more. */
export class LinearSlope {
  private readonly period: number;
  private sum = 0;
  /** Σ position × value, the oldest value of the window at position 0. */
  private weighted = 0;

  constructor(period: number) {
    this.period = period;
  }

  /** Call it after each push to the ring. */
  update(series: Ring): void {
    const { period } = this;
    const latest = series.ago(0);
    const leaving = series.ago(period);
    if (series.count <= period) this.weighted += (series.count - 1) * latest;
    // Every value but the oldest moves one position towards the start.
    else this.weighted += (period - 1) * latest - (this.sum - leaving);
    this.sum += latest - leaving;
  }

  get mean(): number {
    return this.sum / this.period;
  }

  /** The oldest value counts once, the latest `period` times (TA-Lib's WMA). */
  get weightedMean(): number {
    return (2 * (this.weighted + this.sum)) / (this.period * (this.period + 1));
  }

  /** The slope. */
  get value(): number {
    const { period } = this;
    const centred = this.weighted - ((period - 1) / 2) * this.sum;
    return (12 * centred) / (period * (period * period - 1));
  }
}

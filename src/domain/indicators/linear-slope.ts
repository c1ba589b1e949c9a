/** Slope of the least-squares line through the latest values of whole numbers, per bar (TA-Lib's LINEARREG_SLOPE). */
import type { Ring } from './ring.ts';
import { RollingSum } from './rolling-sum.ts';

export class LinearSlope {
  readonly sum: RollingSum;
  /** Σ position × value, the oldest value of the window at position 0. */
  private weighted = 0;

  constructor(period: number) {
    this.sum = new RollingSum(period);
  }

  /** Call it after each push to the ring, which holds one value more than the period. */
  update(series: Ring): void {
    const { period } = this.sum;
    const latest = series.ago(0);
    if (series.count <= period) {
      this.weighted += (series.count - 1) * latest;
    } else {
      // Every value but the oldest moves one position towards the start.
      this.weighted += (period - 1) * latest - (this.sum.value - series.ago(period));
    }
    this.sum.update(series);
  }

  get value(): number {
    const { period } = this.sum;
    const centred = this.weighted - ((period - 1) / 2) * this.sum.value;
    return (12 * centred) / (period * (period * period - 1));
  }
}

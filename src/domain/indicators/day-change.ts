/** Where the trading day so far is measured from: its open, or, on a long day, the close a fixed number of bars ago. */
import type { Ring } from './ring.ts';

const NO_DAY = Number.MIN_SAFE_INTEGER;

export class DayChange {
  /** The day so far looks back at most this many bars, so that no feature remembers more than the warm-up. */
  private readonly barsMax: number;
  private day = NO_DAY;
  private bars = 0;
  private open = 0;

  constructor(barsMax: number) {
    this.barsMax = barsMax;
  }

  push(day: number, open: number): void {
    if (day !== this.day) {
      this.day = day;
      this.bars = 0;
      this.open = open;
    }
    this.bars++;
  }

  openOf(closes: Ring): number {
    return this.bars > this.barsMax ? closes.ago(this.barsMax) : this.open;
  }
}

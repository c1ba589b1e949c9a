/** Williams' ultimate oscillator, 0 to 100: buying pressure over three windows, each twice as long as the one before. */
import { Ring } from './ring.ts';
import { RollingSum } from './rolling-sum.ts';

export class UltimateOscillator {
  private readonly pressures: Ring;
  private readonly ranges: Ring;
  private readonly fast: Share;
  private readonly middle: Share;
  private readonly slow: Share;
  private count = 0;
  private previousClose = 0;

  /** Windows of one, two and four periods. */
  constructor(period: number) {
    this.pressures = new Ring(4 * period + 1);
    this.ranges = new Ring(4 * period + 1);
    this.fast = new Share(period);
    this.middle = new Share(2 * period);
    this.slow = new Share(4 * period);
  }

  /** In whole ticks, so that the sums are exact. */
  push(high: number, low: number, close: number): void {
    this.count++;
    if (this.count > 1) {
      const bottom = Math.min(low, this.previousClose);
      this.pressures.push(close - bottom);
      this.ranges.push(Math.max(high, this.previousClose) - bottom);
      for (const share of [this.fast, this.middle, this.slow]) share.update(this.pressures, this.ranges);
    }
    this.previousClose = close;
  }

  get ready(): boolean {
    return this.count > this.slow.period;
  }

  get value(): number {
    return (100 * (4 * this.fast.value + 2 * this.middle.value + this.slow.value)) / 7;
  }
}

class Share {
  private readonly part: RollingSum;
  private readonly whole: RollingSum;

  constructor(period: number) {
    this.part = new RollingSum(period);
    this.whole = new RollingSum(period);
  }

  update(parts: Ring, wholes: Ring): void {
    this.part.update(parts);
    this.whole.update(wholes);
  }

  get period(): number {
    return this.part.period;
  }

  get value(): number {
    return this.whole.value > 0 ? this.part.value / this.whole.value : 0;
  }
}

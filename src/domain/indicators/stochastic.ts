/** Where the close lies in the range of the latest bars, 0 to 100: the slow stochastic (TA-Lib's STOCH) and Williams' %R. */
import { Extremes } from './extremes.ts';
import { Ring } from './ring.ts';

export class Stochastic {
  private readonly smoothing: number;
  private readonly range: Extremes;
  private readonly raw: Ring;
  private readonly smoothed: Ring;
  private close = 0;

  /** `smoothing` is that of %K and once more of %D. */
  constructor(period: number, smoothing = 3) {
    this.smoothing = smoothing;
    this.range = new Extremes(period);
    this.raw = new Ring(smoothing);
    this.smoothed = new Ring(smoothing);
  }

  push(high: number, low: number, close: number): void {
    this.range.push(high, low);
    this.close = close;
    if (!this.range.ready) return;
    const { highest, lowest } = this.range;
    this.raw.push(highest > lowest ? (100 * (close - lowest)) / (highest - lowest) : 0);
    if (this.raw.count >= this.smoothing) this.smoothed.push(this.raw.mean(this.smoothing));
  }

  get ready(): boolean {
    return this.smoothed.count >= this.smoothing;
  }

  get slowK(): number {
    return this.smoothed.ago(0);
  }

  get slowD(): number {
    return this.smoothed.mean(this.smoothing);
  }

  /** −100 at the lowest low, 0 at the highest high and where nothing moved. */
  get williamsR(): number {
    const { highest, lowest } = this.range;
    return highest > lowest ? (-100 * (highest - this.close)) / (highest - lowest) : 0;
  }
}

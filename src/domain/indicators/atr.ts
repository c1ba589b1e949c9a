/** Wilder's average true range. */
import { type Ema, wilderAverage } from './ema.ts';

export class Atr {
  private readonly average: Ema;
  private previousClose = 0;
  private count = 0;
  /** Of the latest bar; of the first bar, which has none before it, its high minus its low. */
  trueRange = 0;

  constructor(period: number) {
    this.average = wilderAverage(period);
  }

  push(high: number, low: number, close: number): void {
    const first = this.count === 0;
    this.trueRange = first ? high - low : Math.max(high, this.previousClose) - Math.min(low, this.previousClose);
    this.previousClose = close;
    this.count++;
    if (!first) this.average.push(this.trueRange);
  }

  get ready(): boolean {
    return this.average.ready;
  }

  get value(): number {
    return this.average.value;
  }
}

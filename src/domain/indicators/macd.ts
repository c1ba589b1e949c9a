/** Moving average convergence divergence. Both averages start on the slow one's first full window, as TA-Lib does. */
import { Ema } from './ema.ts';

export class Macd {
  private readonly fast: Ema;
  private readonly slow: Ema;
  private readonly average: Ema;

  constructor(fastPeriod: number, slowPeriod: number, signalPeriod: number) {
    this.fast = new Ema(fastPeriod);
    this.slow = new Ema(slowPeriod);
    this.average = new Ema(signalPeriod);
  }

  push(close: number): void {
    this.slow.push(close);
    if (this.slow.count > this.slow.period - this.fast.period) this.fast.push(close);
    if (this.slow.ready) this.average.push(this.value);
  }

  get ready(): boolean {
    return this.average.ready;
  }

  get value(): number {
    return this.fast.value - this.slow.value;
  }

  get signal(): number {
    return this.average.value;
  }

  get histogram(): number {
    return this.value - this.average.value;
  }
}

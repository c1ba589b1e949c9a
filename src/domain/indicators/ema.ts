/** Exponential moving average, seeded with the plain mean of its first `period` values, as TA-Lib does. */
export class Ema {
  readonly period: number;
  private readonly weight: number;
  /** Values pushed so far. */
  count = 0;
  /** Zero until `period` values were pushed. */
  value = 0;
  private seed = 0;

  /** Wilder's average is the one with weight 1 / period. */
  constructor(period: number, weight = 2 / (period + 1)) {
    this.period = period;
    this.weight = weight;
  }

  push(value: number): void {
    this.count++;
    if (this.count > this.period) {
      this.value += (value - this.value) * this.weight;
      return;
    }
    this.seed += value;
    if (this.count === this.period) this.value = this.seed / this.period;
  }

  get ready(): boolean {
    return this.count >= this.period;
  }
}

export const wilderAverage = (period: number): Ema => new Ema(period, 1 / period);

/** The last values of a series, in a buffer that is allocated once. Windows are summed afresh, so nothing drifts. */
export class Ring {
  /** Values pushed so far. */
  count = 0;
  private head = -1;
  private readonly values: Float64Array;

  constructor(length: number) {
    this.values = new Float64Array(length);
  }

  push(value: number): void {
    this.head = this.head + 1 === this.values.length ? 0 : this.head + 1;
    this.values[this.head] = value;
    this.count++;
  }

  /** The value pushed `back` pushes ago, 0 being the latest; 0 before there was one. */
  ago(back: number): number {
    const index = this.head - back;
    return this.values[index < 0 ? index + this.values.length : index] ?? 0;
  }

  sum(period: number): number {
    let sum = 0;
    for (let back = 0; back < period; back++) sum += this.ago(back);
    return sum;
  }

  mean(period: number): number {
    return this.sum(period) / period;
  }

  /** Population standard deviation around the window's `mean`. */
  deviation(period: number, mean: number): number {
    let squares = 0;
    for (let back = 0; back < period; back++) squares += (this.ago(back) - mean) ** 2;
    return Math.sqrt(squares / period);
  }

  highest(period: number): number {
    let highest = this.ago(0);
    for (let back = 1; back < period; back++) highest = Math.max(highest, this.ago(back));
    return highest;
  }

  lowest(period: number): number {
    let lowest = this.ago(0);
    for (let back = 1; back < period; back++) lowest = Math.min(lowest, this.ago(back));
    return lowest;
  }
}

/** The last values of a series, in a buffer that is allocated once. Windows are summed afresh, so nothing drifts. */
export class Ring {
  /** Values pushed so far. */
  count = 0;
  private readonly mask: number;
  private readonly values: Float64Array;

  /** Holds at least `length` values: a power of two, so that a place in it is a mask and not a division. */
  constructor(length: number) {
    const size = 2 ** Math.ceil(Math.log2(length));
    this.mask = size - 1;
    this.values = new Float64Array(size);
  }

  push(value: number): void {
    this.values[this.count & this.mask] = value;
    this.count++;
  }

  /** The value pushed `back` pushes ago, 0 being the latest; 0 before there was one. */
  ago(back: number): number {
    return this.values[(this.count - 1 - back) & this.mask] as number;
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
    for (let back = 0; back < period; back++) {
      const distance = this.ago(back) - mean;
      squares += distance * distance;
    }
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

/** Commodity channel index: distance of the typical price from its mean, in mean absolute deviations of 0.015. */
import { Ring } from './ring.ts';

export class Cci {
  private readonly period: number;
  private readonly typical: Ring;

  constructor(period: number) {
    this.period = period;
    this.typical = new Ring(period);
  }

  push(high: number, low: number, close: number): void {
    this.typical.push((high + low + close) / 3);
  }

  get ready(): boolean {
    return this.typical.count >= this.period;
  }

  /** 0 where nothing moved. */
  get value(): number {
    const mean = this.typical.mean(this.period);
    let deviations = 0;
    for (let back = 0; back < this.period; back++) deviations += Math.abs(this.typical.ago(back) - mean);
    const distance = this.typical.ago(0) - mean;
    return deviations > 0 && distance !== 0 ? distance / (0.015 * (deviations / this.period)) : 0;
  }
}

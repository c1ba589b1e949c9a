/** Aroon: how fresh the highest high and the lowest low of the latest bars are, each 0 to 100. */
import { Extremes } from './extremes.ts';

export class Aroon {
  private readonly period: number;
  /** The extreme may be as many bars old as the period is long, so there is one bar more. */
  private readonly range: Extremes;

  constructor(period: number) {
    this.period = period;
    this.range = new Extremes(period + 1);
  }

  push(high: number, low: number): void {
    this.range.push(high, low);
  }

  get ready(): boolean {
    return this.range.ready;
  }

  get up(): number {
    return this.fresh(this.range.highestAgo);
  }

  get down(): number {
    return this.fresh(this.range.lowestAgo);
  }

  get oscillator(): number {
    return this.up - this.down;
  }

  private fresh(barsAgo: number): number {
    return (100 * (this.period - barsAgo)) / this.period;
  }
}

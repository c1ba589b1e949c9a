/** The highest high and the lowest low of the latest bars. A window is walked again only when its extreme has left it. */
import { Ring } from './ring.ts';

export class Extremes {
  private readonly period: number;
  private readonly highs: Ring;
  private readonly lows: Ring;
  highest = 0;
  lowest = 0;
  /** Bars since each was reached, the latest time it was. */
  highestAgo = 0;
  lowestAgo = 0;

  constructor(period: number) {
    this.period = period;
    this.highs = new Ring(period);
    this.lows = new Ring(period);
  }

  push(high: number, low: number): void {
    this.highs.push(high);
    this.lows.push(low);
    this.highestAgo++;
    this.lowestAgo++;
    if (high >= this.highest || this.highs.count === 1) {
      this.highest = high;
      this.highestAgo = 0;
    } else if (this.highestAgo >= this.period) this.searchHighest();
    if (low <= this.lowest || this.lows.count === 1) {
      this.lowest = low;
      this.lowestAgo = 0;
    } else if (this.lowestAgo >= this.period) this.searchLowest();
  }

  private searchHighest(): void {
    this.highestAgo = 0;
    this.highest = this.highs.ago(0);
    for (let back = 1; back < this.period; back++) {
      if (this.highs.ago(back) > this.highest) {
        this.highest = this.highs.ago(back);
        this.highestAgo = back;
      }
    }
  }

  private searchLowest(): void {
    this.lowestAgo = 0;
    this.lowest = this.lows.ago(0);
    for (let back = 1; back < this.period; back++) {
      if (this.lows.ago(back) < this.lowest) {
        this.lowest = this.lows.ago(back);
        this.lowestAgo = back;
      }
    }
  }

  get ready(): boolean {
    return this.highs.count >= this.period;
  }
}

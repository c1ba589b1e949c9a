/** Kaufman's adaptive moving average: fast where the price goes straight, slow where it goes to and fro. */
import { Ring } from './ring.ts';
import { RollingSum } from './rolling-sum.ts';

const FAST = 2 / (2 + 1);
const SLOW = 2 / (30 + 1);

export class Kama {
  private readonly period: number;
  private readonly closes: Ring;
  private readonly changes: Ring;
  private readonly way: RollingSum;
  value = 0;

  constructor(period: number) {
    this.period = period;
    this.closes = new Ring(period + 1);
    this.changes = new Ring(period + 1);
    this.way = new RollingSum(period);
  }

  /** In whole ticks, so that the way gone is exact. */
  push(close: number): void {
    const before = this.closes.ago(0);
    this.changes.push(this.closes.count === 0 ? 0 : Math.abs(close - before));
    this.closes.push(close);
    this.way.update(this.changes);
    if (this.closes.count <= this.period) {
      this.value = close;
      return;
    }
    const net = Math.abs(close - this.closes.ago(this.period));
    const efficiency = this.way.value > 0 ? net / this.way.value : 1;
    const weight = (efficiency * (FAST - SLOW) + SLOW) ** 2;
    this.value += weight * (close - this.value);
  }

  get ready(): boolean {
    return this.closes.count > this.period;
  }
}

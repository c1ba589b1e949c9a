/** What volume says of direction: the money flow index, 0 to 100, and the balance of volume on rising and falling closes. */
import { Ring } from './ring.ts';

/** TA-Lib's MFI; 50 over a window in which nothing was traded or the typical price stood still. */
export class MoneyFlowIndex {
  private readonly period: number;
  private readonly inflows: Ring;
  private readonly outflows: Ring;
  private count = 0;
  private previous = 0;

  constructor(period: number) {
    this.period = period;
    this.inflows = new Ring(period);
    this.outflows = new Ring(period);
  }

  push(high: number, low: number, close: number, volume: number): void {
    const typical = (high + low + close) / 3;
    const flow = typical * volume;
    this.count++;
    if (this.count > 1) {
      this.inflows.push(typical > this.previous ? flow : 0);
      this.outflows.push(typical < this.previous ? flow : 0);
    }
    this.previous = typical;
  }

  get ready(): boolean {
    return this.count > this.period;
  }

  get value(): number {
    const inflow = this.inflows.sum(this.period);
    const all = inflow + this.outflows.sum(this.period);
    return all > 0 ? (100 * inflow) / all : 50;
  }
}

/** On-balance volume. Its level depends on where it was begun, so a feature is made of its change over a window. */
export class OnBalanceVolume {
  private readonly period: number;
  private readonly signed: Ring;
  private readonly volumes: Ring;
  private count = 0;
  private previous = 0;
  /** TA-Lib's OBV. */
  level = 0;

  constructor(period: number) {
    this.period = period;
    this.signed = new Ring(period);
    this.volumes = new Ring(period);
  }

  push(close: number, volume: number): void {
    this.count++;
    const signed = this.count === 1 ? volume : volume * Math.sign(close - this.previous);
    this.level += signed;
    this.signed.push(signed);
    this.volumes.push(volume);
    this.previous = close;
  }

  get ready(): boolean {
    return this.count > this.period;
  }

  /** Change over the period as a part of all that was traded in it, in [−1, 1]; 0 where nothing was. */
  get value(): number {
    const all = this.volumes.sum(this.period);
    return all > 0 ? this.signed.sum(this.period) / all : 0;
  }
}

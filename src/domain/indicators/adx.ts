/** Wilder's directional movement: +DI, −DI and ADX, each 0 to 100, seeded as TA-Lib does. */
import { type Ema, wilderAverage } from './ema.ts';

export class Adx {
  readonly period: number;
  private readonly average: Ema;
  private count = 0;
  private previousHigh = 0;
  private previousLow = 0;
  private previousClose = 0;
  /** Wilder's sums: of the first `period - 1` bars plain, from then on each bar takes 1 / period of them away. */
  private up = 0;
  private down = 0;
  private range = 0;

  constructor(period: number) {
    this.period = period;
    this.average = wilderAverage(period);
  }

  push(high: number, low: number, close: number): void {
    this.count++;
    if (this.count > 1) this.move(high, low);
    this.previousHigh = high;
    this.previousLow = low;
    this.previousClose = close;
  }

  private move(high: number, low: number): void {
    const rise = high - this.previousHigh;
    const fall = this.previousLow - low;
    const kept = this.count <= this.period ? 1 : 1 - 1 / this.period;
    this.up = this.up * kept + (rise > fall && rise > 0 ? rise : 0);
    this.down = this.down * kept + (fall > rise && fall > 0 ? fall : 0);
    this.range = this.range * kept + Math.max(high, this.previousClose) - Math.min(low, this.previousClose);
    if (this.count > this.period) this.average.push(100 * Math.abs(this.balance));
  }

  get ready(): boolean {
    return this.average.ready;
  }

  get value(): number {
    return this.average.value;
  }

  get plusDi(): number {
    return this.range > 0 ? (100 * this.up) / this.range : 0;
  }

  get minusDi(): number {
    return this.range > 0 ? (100 * this.down) / this.range : 0;
  }

  /** (+DI − −DI) / (+DI + −DI), in [−1, 1]; 0 where nothing moved. */
  get balance(): number {
    const both = this.up + this.down;
    return both > 0 ? (this.up - this.down) / both : 0;
  }
}

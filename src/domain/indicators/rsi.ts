/** Wilder's relative strength index, 0 to 100. A market that never moved stands at 50, where TA-Lib says 0. */
import { type Ema, wilderAverage } from './ema.ts';

export class Rsi {
  private readonly gains: Ema;
  private readonly losses: Ema;
  private previous = 0;
  private count = 0;

  constructor(period: number) {
    this.gains = wilderAverage(period);
    this.losses = wilderAverage(period);
  }

  push(close: number): void {
    const change = close - this.previous;
    this.previous = close;
    this.count++;
    if (this.count === 1) return;
    this.gains.push(Math.max(change, 0));
    this.losses.push(Math.max(-change, 0));
  }

  get ready(): boolean {
    return this.gains.ready;
  }

  /** Chande's momentum oscillator, −100 to 100, smoothed as TA-Lib does. */
  get momentum(): number {
    return 2 * this.value - 100;
  }

  get value(): number {
    const moves = this.gains.value + this.losses.value;
    return moves > 0 ? (100 * this.gains.value) / moves : 50;
  }
}

/** Wilder's parabolic stop and reverse, begun as TA-Lib begins it. */

const ACCELERATION = 0.02;
const ACCELERATION_MAX = 0.2;

/** Written for a rising market; a falling one is the same with the signs of its prices turned. */
export class ParabolicSar {
  private count = 0;
  /** 1 while the stop is below the market, −1 above it. */
  private side = 1;
  private acceleration = ACCELERATION;
  private previousHigh = 0;
  private previousLow = 0;
  /** The furthest the market has gone this way, and the stop of the coming bar: times the side. */
  private extreme = 0;
  private next = 0;
  value = 0;

  push(high: number, low: number): void {
    this.count++;
    if (this.count === 2) this.begin(high, low);
    if (this.count >= 2) this.move(high, low);
    this.previousHigh = high;
    this.previousLow = low;
  }

  private begin(high: number, low: number): void {
    const fall = this.previousLow - low;
    this.side = fall > 0 && fall > high - this.previousHigh ? -1 : 1;
    this.extreme = this.side === 1 ? high : -low;
    this.next = this.side === 1 ? this.previousLow : -this.previousHigh;
    this.previousHigh = high;
    this.previousLow = low;
  }

  private move(high: number, low: number): void {
    const reached = this.side === 1 ? low : -high;
    if (reached <= this.next) this.turn(high, low);
    else {
      this.value = this.side * this.next;
      this.follow(this.side === 1 ? high : -low);
    }
    const floor = this.side === 1 ? Math.min(this.previousLow, low) : Math.min(-this.previousHigh, -high);
    this.next = Math.min(this.next + this.acceleration * (this.extreme - this.next), floor);
  }

  private follow(furthest: number): void {
    if (furthest <= this.extreme) return;
    this.extreme = furthest;
    this.acceleration = Math.min(this.acceleration + ACCELERATION, ACCELERATION_MAX);
  }

  /** The stop was touched: from now on it stands on the other side, at the furthest point of the move that ended. */
  private turn(high: number, low: number): void {
    const turned = -this.extreme;
    this.side = -this.side;
    const floor = this.side === 1 ? Math.min(this.previousLow, low) : Math.min(-this.previousHigh, -high);
    this.next = Math.min(turned, floor);
    this.value = this.side * this.next;
    this.extreme = this.side === 1 ? high : -low;
    this.acceleration = ACCELERATION;
  }

  get ready(): boolean {
    return this.count >= 2;
  }
}

/** When a flatten that the broker has not confirmed is asked for again: on process time, because a market that is closed or stands still brings no bar. */
import type { Clock } from '../domain/ports.ts';

/** A venue that refuses for an hour is not asked every second of it. */
const LONGEST_WAIT_MS = 60_000;

export class Pursuit {
  readonly #clock: Clock;
  readonly #firstWaitMs: number;
  #waitMs = 0;
  #nextAtMs = 0;

  constructor(clock: Clock, firstWaitMs: number) {
    this.#clock = clock;
    this.#firstWaitMs = Math.max(1, firstWaitMs);
  }

  /** Each time twice as long after the one before. The first time is not now: what began the flatten has asked already. */
  due(flattening: boolean): boolean {
    const now = this.#clock.monotonic();
    if (!flattening) {
      this.#waitMs = 0;
      return false;
    }
    if (this.#waitMs === 0) {
      this.#wait(now, this.#firstWaitMs);
      return false;
    }
    if (now < this.#nextAtMs) return false;
    this.#wait(now, Math.min(2 * this.#waitMs, LONGEST_WAIT_MS));
    return true;
  }

  #wait(now: number, ms: number): void {
    this.#waitMs = ms;
    this.#nextAtMs = now + ms;
  }
}

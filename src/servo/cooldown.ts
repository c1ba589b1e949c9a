/** Counts a cooldown down on the monotonic clock, so that a jump of the wall clock neither ends nor prolongs it. */
import type { Clock } from '../domain/ports.ts';
import type { Cooldown as CooldownCause } from '../domain/servo.ts';

export class Cooldown {
  readonly #clock: Clock;
  #endsAtMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** At its start, and after a restart for what is left of it: never longer than it was set for. */
  resume(cause: CooldownCause | undefined): void {
    if (cause === undefined) return;
    const leftMs = Math.min(cause.until - this.#clock.wall(), cause.until - cause.at);
    this.#endsAtMs = this.#clock.monotonic() + Math.max(0, leftMs);
  }

  over(cause: CooldownCause | undefined): boolean {
    return cause !== undefined && this.#clock.monotonic() >= this.#endsAtMs;
  }
}

/** A cooldown begins when an error budget is spent, and is counted down on the monotonic clock: a jump of the wall clock neither ends nor prolongs it. */
import type { Emit, EventOf } from '../domain/events.ts';
import type { Clock } from '../domain/ports.ts';
import type { Cooldown as CooldownCause } from '../domain/servo.ts';
import type { ServoState } from '../domain/state.ts';

const SECOND_WITHIN_MS = 3_600_000;

/** Stops entries; a second one within an hour halts. One that is under way is not prolonged. */
export function beginCooldown(
  { causes }: ServoState,
  spent: Omit<EventOf<'cooldown_started'>, 'kind'>,
  emit: Emit,
): void {
  const { cooldown, lastCooldownAt } = causes;
  if (cooldown !== undefined) return;
  const { at, reason } = spent;
  emit({ kind: 'cooldown_started', ...spent });
  if (lastCooldownAt !== undefined && at - lastCooldownAt < SECOND_WITHIN_MS) {
    emit({ kind: 'halted', at, by: 'servo', reason: `a second cooldown within an hour: ${reason}` });
  }
}

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

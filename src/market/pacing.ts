/** Lets a feed's bars fall due one after another on the monotonic clock. */
import type { Clock } from '../domain/ports.ts';
import type { UnixMs } from '../domain/units.ts';

/** Milliseconds until the bars of a close time are due, 0 once they are. */
export type Pace = (closeAt: UnixMs) => number;

export const NO_PACE: Pace = () => 0;

/**
 * The first close time asked for is due at once, each later one `intervalMs` after the one before. Time lost while nobody
 * asked is not caught up: after a pause one close time is due at once and the next a whole interval later.
 */
export function paceBy(clock: Clock, intervalMs: (from: UnixMs, to: UnixMs) => number): Pace {
  let awaited: { closeAt: UnixMs; dueAtMs: number } | undefined;
  return (closeAt) => {
    const nowMs = clock.monotonic();
    if (awaited?.closeAt !== closeAt) {
      const dueAtMs = awaited === undefined ? nowMs : awaited.dueAtMs + intervalMs(awaited.closeAt, closeAt);
      awaited = { closeAt, dueAtMs: Math.max(nowMs, dueAtMs) };
    }
    return Math.max(0, awaited.dueAtMs - nowMs);
  };
}

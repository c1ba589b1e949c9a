/** An arming ends by itself: its time, or a process that keeps starting. What waits at the venue ends with it. */
import type { Emit } from './events.ts';
import { type Armed, START_LOOP } from './live.ts';
import { cancelWorkingEntries } from './management/working-entries.ts';
import type { ServoState } from './state.ts';
import type { UnixMs } from './units.ts';

/**
 * Ends an arming whose time is over, or whose process keeps starting. `now` is the wall's time: to be asked at every start, at every
 * sweep, and in the transaction that sends.
 */
export function watchArming(state: ServoState, now: UnixMs, emit: Emit): void {
  const { armed } = state.live ?? {};
  if (armed === undefined) return;
  const reason = endOf(armed, now);
  if (reason === undefined) return;
  emit({ kind: 'disarmed', at: now, by: 'servo', reason });
  cancelWorkingEntries(state, 'disarmed', state.step.at ?? now, emit);
}

function endOf({ at, until, starts }: Armed, now: UnixMs): string | undefined {
  if (now < at) return 'the clock stands before the time of the arming';
  if (!(now < until)) return 'its time is over';
  if (starts.length < START_LOOP.starts) return undefined;
  return `${starts.length} starts within ${START_LOOP.withinMs / 60_000} minutes`;
}

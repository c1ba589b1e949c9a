/** Entries that wait at the venue are taken back when nothing may be opened any more: filled, they would open. */
import type { Emit } from '../events.ts';
import { mayOpen } from '../live-conditions.ts';
import { PERMITS, statusOf } from '../servo.ts';
import type { ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';
import { cancelPending, requestCancel } from './requests.ts';

type Why = 'disarmed' | 'no_entries';

/** At every step. A process that ends leaves them: the next one finds them as they are. */
export function cancelForbiddenEntries(state: ServoState, at: UnixMs, emit: Emit): void {
  const status = statusOf(state.causes);
  if (!mayOpen(state)) cancelWorkingEntries(state, 'disarmed', at, emit);
  else if (!PERMITS[status].open && status !== 'stopping') cancelWorkingEntries(state, 'no_entries', at, emit);
}

export function cancelWorkingEntries(state: ServoState, why: Why, at: UnixMs, emit: Emit): void {
  for (const { intent, status } of [...state.orders.values()]) {
    if (intent.kind !== 'open' || (status !== 'accepted' && status !== 'partially_filled')) continue;
    if (!cancelPending(state, intent.orderId)) requestCancel(state, intent, why, at, emit);
  }
}

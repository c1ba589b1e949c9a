/** Entries that wait at the venue are taken back when nothing may be opened any more: filled, they would open. */
import type { Emit } from '../events.ts';
import type { ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';
import { cancelPending, requestCancel } from './requests.ts';

export function cancelWorkingEntries(state: ServoState, at: UnixMs, emit: Emit): void {
  for (const { intent, status } of [...state.orders.values()]) {
    if (intent.kind !== 'open' || (status !== 'accepted' && status !== 'partially_filled')) continue;
    if (!cancelPending(state, intent.orderId)) requestCancel(state, intent, 'disarmed', at, emit);
  }
}

/** A working entry that should have ended by the market's time is cancelled by us: not every broker ends an order by itself. */
import type { Emit } from '../events.ts';
import type { ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';
import { cancelPending, requestCancel } from './requests.ts';

export function cancelOverdue(state: ServoState, at: UnixMs, emit: Emit): void {
  for (const { intent, status } of [...state.orders.values()]) {
    if (intent.kind !== 'open' || intent.expiresAt > at) continue;
    if (status !== 'accepted' && status !== 'partially_filled') continue;
    if (!cancelPending(state, intent.orderId)) requestCancel(state, intent, 'order_expired', at, emit);
  }
}

/** The promise to flatten, kept until the broker confirms it. */
import type { Emit } from '../events.ts';
import { isTerminal } from '../order.ts';
import { confirmFlat } from '../stages/settle.ts';
import type { ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';
import { cancelPending, requestCancel, requestClose, unclaimed } from './requests.ts';

/** Closes what is open and cancels what works, again at every step, until the broker confirms that nothing is left. `again`: also what was refused within this step. */
export function pursueFlatten(state: ServoState, at: UnixMs, emit: Emit, again = false): void {
  const { flattening } = state.causes;
  if (flattening === undefined || confirmFlat(state, at, emit)) return;
  const entries = [...state.orders.values()].filter(
    ({ intent, status }) => intent.kind === 'open' && !isTerminal(status),
  );
  for (const { intent, status } of entries) {
    if (status === 'authorised') {
      emit({ kind: 'order_changed', at, orderId: intent.orderId, change: 'cancel', detail: flattening.reason });
    } else if (status !== 'unknown' && !cancelPending(state, intent.orderId)) {
      requestCancel(state, intent, flattening.kind, at, emit, again);
    }
  }
  for (const position of [...state.positions.values()]) {
    const rest = unclaimed(state, position);
    if (rest > 0) requestClose(state, position, rest, flattening.kind, at, emit, { again });
  }
}

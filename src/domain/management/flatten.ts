/** The promise to flatten, kept until the broker confirms it; and the clearing out of what must not stay. */
import type { Emit } from '../events.ts';
import { isTerminal, type ReduceReason } from '../order.ts';
import { confirmFlat } from '../stages/settle.ts';
import type { ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';
import { cancelPending, requestCancel, requestClose, unclaimed } from './requests.ts';

/** Closes what is open and cancels what works, again at every step, until the broker confirms that nothing is left. `again`: also what was refused within this step. */
export function pursueFlatten(state: ServoState, at: UnixMs, emit: Emit, again = false): void {
  const { flattening } = state.causes;
  if (flattening === undefined || confirmFlat(state, at, emit)) return;
  clearOut(state, () => flattening.kind, at, emit, again);
}

/** Of each symbol for the reason that it is given; what has none is left alone. */
export function clearOut(
  state: ServoState,
  reasonOf: (symbol: string) => ReduceReason | undefined,
  at: UnixMs,
  emit: Emit,
  again = false,
): void {
  const entries = [...state.orders.values()].filter(
    ({ intent, status }) => intent.kind === 'open' && !isTerminal(status),
  );
  for (const { intent, status } of entries) {
    const reason = reasonOf(intent.symbol);
    if (reason === undefined) continue;
    if (status === 'authorised') {
      const detail = `closing everything: ${reason}`;
      emit({ kind: 'order_changed', at, orderId: intent.orderId, change: 'cancel', detail });
    } else if (status !== 'unknown' && !cancelPending(state, intent.orderId)) {
      requestCancel(state, intent, reason, at, emit, again);
    }
  }
  for (const position of [...state.positions.values()]) {
    const reason = reasonOf(position.symbol);
    const rest = unclaimed(state, position);
    if (reason !== undefined && rest > 0) requestClose(state, position, rest, reason, at, emit, { again });
  }
}

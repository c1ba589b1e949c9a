/** Reductions as the monitor asks for them: each under an id that follows from its position, bar and reason, so that it is asked for once. */
import type { Emit } from '../events.ts';
import { isTerminal, type Order, type ReduceReason } from '../order.ts';
import type { Position } from '../position.ts';
import type { ServoState } from '../state.ts';
import { type Price, type Quantity, quantity, type UnixMs } from '../units.ts';

/** Volume of a position that no pending close has claimed: closes under way never add up to more than is open. */
export function unclaimed(state: ServoState, { positionId, quantity: open }: Position): Quantity {
  let left: number = open;
  for (const { intent, status, filled } of state.orders.values()) {
    if (intent.kind === 'close' && intent.positionId === positionId && !isTerminal(status))
      left -= intent.quantity - filled;
  }
  return quantity(Math.max(0, left));
}

export function changePending(state: ServoState, { positionId }: Position): boolean {
  for (const { intent, status } of state.orders.values()) {
    const changes = intent.kind === 'close' || intent.kind === 'modify';
    if (changes && intent.positionId === positionId && !isTerminal(status)) return true;
  }
  return false;
}

export const cancelPending = (state: ServoState, orderId: string): boolean =>
  [...state.orders.values()].some(
    ({ intent, status }) => intent.kind === 'cancel' && intent.cancelOrderId === orderId && !isTerminal(status),
  );

/** Once a step: what the venue refused is asked for again at the next one, or, between two steps, under an id of its own. */
function idFor(state: ServoState, id: string, again: boolean): string | undefined {
  if (!state.orders.has(id)) return id;
  if (!again) return undefined;
  let attempt = 2;
  while (state.orders.has(`${id}-${attempt}`)) attempt++;
  return `${id}-${attempt}`;
}

export function requestClose(
  state: ServoState,
  position: Position,
  steps: Quantity,
  reason: ReduceReason,
  at: UnixMs,
  emit: Emit,
  { rungs, again = false }: { readonly rungs?: number | undefined; readonly again?: boolean } = {},
): void {
  const { positionId, symbol, decisionId } = position;
  const orderId = idFor(state, `${positionId}-${at}-${reason}`, again);
  if (orderId === undefined) return;
  emit({
    kind: 'reduce_requested',
    at,
    intent: {
      kind: 'close',
      orderId,
      decisionId,
      symbol,
      reason,
      decidedAt: at,
      positionId,
      quantity: steps,
      ...(rungs !== undefined && { rungs }),
    },
  });
}

export function requestCancel(
  state: ServoState,
  { orderId: cancelOrderId, symbol, decisionId }: Order['intent'],
  reason: ReduceReason,
  at: UnixMs,
  emit: Emit,
  again = false,
): void {
  const orderId = idFor(state, `${cancelOrderId}-${at}-cancel`, again);
  if (orderId === undefined) return;
  emit({
    kind: 'reduce_requested',
    at,
    intent: { kind: 'cancel', orderId, decisionId, symbol, reason, decidedAt: at, cancelOrderId },
  });
}

export function requestStop(
  state: ServoState,
  { positionId, symbol, decisionId, takeProfit }: Position,
  stopLoss: Price,
  reason: ReduceReason,
  at: UnixMs,
  emit: Emit,
): void {
  const orderId = `${positionId}-${at}-${reason}`;
  if (state.orders.has(orderId)) return;
  emit({
    kind: 'reduce_requested',
    at,
    intent: { kind: 'modify', orderId, decisionId, symbol, reason, decidedAt: at, positionId, stopLoss, takeProfit },
  });
}

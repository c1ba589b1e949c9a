/** Stage 4. What was authorised is checked once more and marked as sent in the same breath; the shell then sends exactly that. */

import type { Verdict } from '../decision.ts';
import type { Emit } from '../events.ts';
import type { Order } from '../order.ts';
import { recheck } from '../risk.ts';
import { PERMITS, statusOf } from '../servo.ts';
import { orderOf, type ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';
import { openWouldHaveTrade } from './shadow.ts';

export function awaitingExecution(state: ServoState): Order[] {
  const waiting: Order[] = [];
  for (const order of state.orders.values()) if (order.status === 'authorised') waiting.push(order);
  return waiting;
}

/** `reductions` alone when the queue is dead: nothing new is opened then. */
export type Scope = 'all' | 'reductions';

/** Emits `send` for each order that may leave, and returns those. Reductions pass without the entry gate. */
export function authorise(state: ServoState, now: UnixMs, scope: Scope, emit: Emit): Order[] {
  const sent: Order[] = [];
  for (const order of awaitingExecution(state)) {
    if (scope === 'reductions' && order.intent.kind === 'open') continue;
    const { orderId } = order.intent;
    const refusal = refusalOf(state, order, now);
    if (refusal === 'later') continue;
    if (refusal !== undefined) {
      emit({ kind: 'order_changed', at: now, orderId, change: 'deny', detail: refusal });
    } else if (state.policy.dryRun) {
      emit({ kind: 'order_changed', at: now, orderId, change: 'withhold', detail: 'dry-run: not sent' });
      if (order.intent.kind === 'open') openWouldHaveTrade(state, order.intent, now, emit);
    } else {
      emit({ kind: 'order_changed', at: now, orderId, change: 'send' });
      sent.push(orderOf(state, orderId));
    }
  }
  return sent;
}

/** Undefined when it may leave now; `later` when the servo must first agree with its broker. */
function refusalOf(state: ServoState, { intent }: Order, now: UnixMs): string | 'later' | undefined {
  if (intent.kind === 'open') {
    const failed = recheck(state, intent, now);
    return failed && describe(failed);
  }
  const { reduce, cancel } = PERMITS[statusOf(state.causes)];
  if (!(intent.kind === 'cancel' ? cancel : reduce)) return 'later';
  if (intent.kind === 'cancel') return state.orders.has(intent.cancelOrderId) ? undefined : 'the order is gone';
  const position = state.positions.get(intent.positionId);
  if (position === undefined) return 'the position is closed already';
  if (intent.kind === 'close' && intent.quantity > position.quantity) return 'the position is smaller than that by now';
  return undefined;
}

const describe = ({ check, value, limit }: Verdict): string => `${check}: ${value} against ${limit}`;

/** T2, the send, T3: what may leave is marked as sent and handed over once, and what the venue says of it is made true. */
import type { Emit } from '../domain/events.ts';
import type { BrokerReport, Order } from '../domain/order.ts';
import type { Component } from '../domain/servo.ts';
import { authorise, type Scope } from '../domain/stages/execute.ts';
import { settle } from '../domain/stages/settle.ts';
import type { ServoState } from '../domain/state.ts';
import type { UnixMs } from '../domain/units.ts';
import { askReports } from './ask-broker.ts';
import type { BrokerTalk } from './broker-talk.ts';
import { messageOf } from './error-budget.ts';

export interface Sender extends BrokerTalk {
  /** What is over by now is over before anything is sent. */
  readonly watch: (state: ServoState, emit: Emit) => void;
  readonly noteError: (error: unknown, fallback: Component) => void;
}

/** False when there was nothing to send. */
export async function sendOrders(sender: Sender, scope: Scope): Promise<boolean> {
  const { broker, clock, state, commit, guard, watch } = sender;
  const now = state().step.at ?? clock.wall();
  const orders = commit((present, emit) => {
    watch(present, emit);
    return authorise(present, now, scope, emit);
  });
  if (orders.length === 0) return false;
  // No await between that commit and the first byte to the venue: what is marked as sent is sent, once.
  const answers = orders.map((order) => submit(sender, order, now));
  const lost = (await Promise.all(answers)).flat().filter(({ kind }) => kind === 'lost');
  if (lost.length > 0) commit((present, emit) => settle(present, lost, true, emit));
  const reports = await guard('broker', () => askReports(broker, state().reportCursor));
  commit((present, emit) => settle(present, reports, true, emit));
  return true;
}

/** A send that fails or is late has an unknown outcome; only reconciliation may say what became of it. */
async function submit(
  { broker, guard, noteError }: Sender,
  order: Order,
  at: UnixMs,
): Promise<readonly BrokerReport[]> {
  const { orderId } = order.intent;
  try {
    return await guard('broker', () => broker.submit(order));
  } catch (error) {
    noteError(error, 'broker');
    return [{ kind: 'lost', sequence: 0, at, orderId, text: messageOf(error) }];
  }
}

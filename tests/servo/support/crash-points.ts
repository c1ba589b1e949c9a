/** Where a process can die on an order's way, and a servo's ports wrapped so that it does. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DomainEvent } from '../../../src/domain/events.ts';
import type { Broker } from '../../../src/domain/ports.ts';
import type { Store } from '../../../src/servo/ports.ts';
import type { Servo } from '../../../src/servo/servo.ts';
import type { PortChange } from './life.ts';

/**
 * T1 commits what was decided, T2 commits `send`, T3 commits what the venue said of it; `before send` the venue has seen
 * nothing, `after send` it has acted and nobody knows. `recovery` is the commit by which a start ends.
 */
export const STEPS = ['T1', 'T2', 'send', 'T3', 'recovery'] as const;
export type StepName = (typeof STEPS)[number];
/** Entries and reductions by kind; `refused` is an order that the venue will not execute; `exit` is the venue's own, with a T3 alone. */
export type Kind = 'open' | 'close' | 'modify' | 'cancel' | 'refused' | 'exit' | 'any';

export interface CrashPoint {
  readonly when: 'before' | 'after';
  readonly step: StepName;
  readonly kind: Kind;
  /** How often this process passes the point before it dies there. */
  readonly skip: number;
}

/** Every order that reached the venue, one id a line, written before the venue acts. */
export const sentFile = (folder: string): string => join(folder, 'sent.txt');

/** Counts passages of one point and kills the process at the one that was planned: no handler runs, no buffer is flushed. */
class Executioner {
  readonly #point: CrashPoint;
  #skip: number;

  constructor(point: CrashPoint) {
    this.#point = point;
    this.#skip = point.skip;
  }

  pass(when: CrashPoint['when'], step: StepName, kinds: readonly Kind[]): void {
    const { when: plannedWhen, step: plannedStep, kind } = this.#point;
    if (when !== plannedWhen || step !== plannedStep || !kinds.includes(kind)) return;
    if (this.#skip > 0) this.#skip -= 1;
    else process.kill(process.pid, 'SIGKILL');
  }
}

/** Notes what reaches the venue, and dies at the point if there is one. */
export const deadlyPorts =
  (folder: string, point: CrashPoint | undefined): PortChange =>
  (ports, servo) => {
    const executioner = point && new Executioner(point);
    return {
      ...ports,
      store: deadlyStore(ports.store, servo, executioner),
      broker: deadlyBroker(ports.broker, folder, executioner),
    };
  };

function deadlyStore(store: Store, servo: () => Servo, executioner: Executioner | undefined): Store {
  return {
    ...store,
    append: (events, alerts, recordedAt) => {
      const passed = stepsIn(servo(), events);
      for (const { step, kinds } of passed) executioner?.pass('before', step, kinds);
      store.append(events, alerts, recordedAt);
      for (const { step, kinds } of passed) executioner?.pass('after', step, kinds);
    },
  };
}

function deadlyBroker(broker: Broker, folder: string, executioner: Executioner | undefined): Broker {
  return {
    ...broker,
    submit: async (order) => {
      const { kind, orderId } = order.intent;
      executioner?.pass('before', 'send', [kind]);
      appendFileSync(sentFile(folder), `${orderId}\n`);
      const reports = await broker.submit(order);
      const refused = reports.some((report) => report.kind === 'rejected');
      executioner?.pass('after', 'send', refused ? [kind, 'refused'] : [kind]);
      return reports;
    },
  };
}

/** The steps that a commit takes, and for which kinds of order. The events are applied already when this looks. */
function stepsIn(servo: Servo, events: readonly DomainEvent[]): { step: StepName; kinds: Kind[] }[] {
  const kindOf = (orderId: string): Kind => servo.state.orders.get(orderId)?.intent.kind ?? 'any';
  const kinds = new Map<StepName, Kind[]>(STEPS.map((step) => [step, []]));
  const note = (step: StepName, kind: Kind) => kinds.get(step)?.push(kind);
  for (const event of events) {
    if (event.kind === 'decision_made' && event.decision.outcome === 'approved') note('T1', 'open');
    if (event.kind === 'reduce_requested') note('T1', event.intent.kind);
    if (event.kind === 'reconciled') note('recovery', 'any');
    if (event.kind === 'fill_applied')
      note('T3', event.fill.orderId === undefined ? 'exit' : kindOf(event.fill.orderId));
    if (event.kind !== 'order_changed') continue;
    if (event.change === 'send') note('T2', kindOf(event.orderId));
    if (event.sequence !== undefined || event.change === 'complete') note('T3', kindOf(event.orderId));
  }
  return [...kinds].map(([step, found]) => ({ step, kinds: found }));
}

/** Where a process can die on an order's way, and a servo's ports wrapped so that it does. */
import { appendFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { DomainEvent } from '../../../src/domain/events.ts';
import type { Broker } from '../../../src/domain/ports.ts';
import type { Store } from '../../../src/servo/ports.ts';
import type { Servo } from '../../../src/servo/servo.ts';
import type { PortChange } from './life.ts';

/**
 * A start commits the new epoch (`fence`), connects under it, and commits that the books agree (`recovery`). T1 commits what was
 * decided, T2 commits `send`, T3 what the venue said of it. `before send` the venue has seen nothing, `during` it has been given the
 * bytes, `after send` it has acted and nobody knows. `ladder` and `halt` are the commits that take a step of a loss limit or obey
 * the operator's word, `bar` the one that is done with a bar.
 */
export const STEPS = ['fence', 'connect', 'recovery', 'T1', 'T2', 'send', 'T3', 'ladder', 'halt', 'bar'] as const;
export type StepName = (typeof STEPS)[number];
/**
 * Entries and reductions by kind; `refused` is an order that the venue will not execute, `again` the entry that is tried after one;
 * `exit` is the venue's own, with a T3 alone.
 */
export type Kind = 'open' | 'close' | 'modify' | 'cancel' | 'refused' | 'again' | 'partial' | 'exit' | 'any';
export type When = 'before' | 'during' | 'after';

export interface CrashPoint {
  readonly when: When;
  readonly step: StepName;
  readonly kind: Kind;
  /** How often this process passes the point before it ends there. */
  readonly skip: number;
  /** It is not killed but stopped, after a line that says so. */
  readonly stops?: boolean;
}

/** Every order that reached the paper venue, one id a line, written before the venue acts. */
export const sentFile = (folder: string): string => join(folder, 'sent.txt');

/** Counts passages of one point and ends the process at the one that was planned: no handler runs, no buffer is flushed. */
class Executioner {
  readonly #point: CrashPoint;
  #skip: number;

  constructor(point: CrashPoint) {
    this.#point = point;
    this.#skip = point.skip;
  }

  pass(when: When, step: StepName, kinds: readonly Kind[]): void {
    const { when: plannedWhen, step: plannedStep, kind, stops } = this.#point;
    const isOfKind = kind === 'any' ? kinds.length > 0 : kinds.includes(kind);
    if (when !== plannedWhen || step !== plannedStep || !isOfKind) return;
    this.#skip -= 1;
    if (this.#skip !== -1) return;
    if (stops) writeSync(1, 'stopped\n');
    process.kill(process.pid, stops ? 'SIGSTOP' : 'SIGKILL');
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
    connect: async (epoch) => {
      executioner?.pass('before', 'connect', ['any']);
      await broker.connect(epoch);
      executioner?.pass('after', 'connect', ['any']);
    },
    submit: async (order) => {
      const { kind, orderId } = order.intent;
      executioner?.pass('before', 'send', [kind]);
      appendFileSync(sentFile(folder), `${orderId}\n`);
      const answer = broker.submit(order);
      executioner?.pass('during', 'send', [kind]);
      const reports = await answer;
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
    if (event.kind === 'process_started') note('fence', 'any');
    if (event.kind === 'reconciled') note('recovery', 'any');
    if (event.kind === 'decision_made' && event.decision.outcome === 'approved') {
      note('T1', 'open');
      if (isAgain(event.decision.intent.orderId)) note('T1', 'again');
    }
    if (event.kind === 'reduce_requested') note('T1', event.intent.kind);
    if (event.kind === 'ladder_stepped') note('ladder', 'any');
    if (event.kind === 'command_accepted' && event.command === 'halt') note('halt', 'any');
    if (event.kind === 'step_completed') note('bar', 'any');
    if (event.kind === 'fill_applied') {
      note('T3', event.fill.orderId === undefined ? 'exit' : kindOf(event.fill.orderId));
      if (event.change === 'partial_fill') note('T3', 'partial');
    }
    if (event.kind !== 'order_changed') continue;
    if (event.change === 'send') note('T2', kindOf(event.orderId));
    if (event.change === 'send' && isAgain(event.orderId)) note('T2', 'again');
    if (event.change === 'reject') note('T3', 'refused');
    if (event.sequence !== undefined || event.change === 'complete') note('T3', kindOf(event.orderId));
  }
  return [...kinds].map(([step, found]) => ({ step, kinds: found }));
}

/** `symbol-closeTime-side-attempt` */
const isAgain = (orderId: string): boolean => /-(buy|sell)-[2-9]$/.test(orderId);

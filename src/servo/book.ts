/** The state and its journal, kept equal: what is decided is applied and made durable in one piece, or not at all. */

import { apply } from '../domain/apply.ts';
import type { DomainEvent, Emit } from '../domain/events.ts';
import type { TradingPolicy } from '../domain/policy.ts';
import type { Clock } from '../domain/ports.ts';
import { restoreState, snapshotState } from '../domain/snapshot.ts';
import { newState, type ServoState } from '../domain/state.ts';
import { type Alert, AlertWriter } from './alerts.ts';
import type { Store } from './ports.ts';

export interface Commit {
  readonly events: readonly DomainEvent[];
  readonly alerts: readonly Alert[];
  /** After the events. */
  readonly state: ServoState;
}

export type CommitListener = (commit: Commit) => void;

export class Book {
  readonly #policy: TradingPolicy;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #alertWriter = new AlertWriter();
  readonly #listeners: CommitListener[] = [];
  /** Absent after a failure, until it is read back. */
  #state: ServoState | undefined;

  constructor(policy: TradingPolicy, store: Store, clock: Clock) {
    this.#policy = policy;
    this.#store = store;
    this.#clock = clock;
    this.#state = rebuildState(this.#policy, this.#store);
  }

  get state(): ServoState {
    this.#state ??= rebuildState(this.#policy, this.#store);
    return this.#state;
  }

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  /**
   * `decide` reads the state and emits events; each is applied at once. All become durable together.
   * When deciding or storing fails, the error goes on and the state is read back from the store: nothing is half done.
   */
  commit<T>(decide: (state: ServoState, emit: Emit) => T): T {
    const { state } = this;
    const events: DomainEvent[] = [];
    const alerts: Alert[] = [];
    let result: T;
    try {
      result = decide(state, (event) => {
        apply(state, event);
        events.push(event);
        alerts.push(...this.#alertWriter.alertsFor(state, event));
      });
      if (events.length > 0) this.#store.append(events, alerts, this.#clock.wall());
    } catch (error) {
      this.#state = undefined;
      throw error;
    }
    if (events.length > 0) for (const listener of this.#listeners) listener({ events, alerts, state });
    return result;
  }

  saveSnapshot(): void {
    this.#store.saveSnapshot(snapshotState(this.state));
  }
}

/** What a state can be rebuilt from. */
export type History = Pick<Store, 'loadSnapshot' | 'entriesAfter'>;

/** Start-up is recovery: the newest picture, and every event since. */
export function rebuildState(policy: TradingPolicy, history: History): ServoState {
  const snapshot = history.loadSnapshot();
  const state = snapshot === undefined ? newState(policy) : restoreState(policy, snapshot.state);
  for (const { event } of history.entriesAfter(snapshot?.sequence ?? 0)) apply(state, event);
  return state;
}

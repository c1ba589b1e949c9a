/** The servo and its broker agree: fence, ask, compare. What differs and cannot be adopted halts, in words. */
import type { Broker, Clock } from '../domain/ports.ts';
import type { Component } from '../domain/servo.ts';
import { type ServoState, StateError } from '../domain/state.ts';
import type { Book } from './book.ts';
import { ComponentError } from './error-budget.ts';
import { Fence, unsettledOrders } from './fence.ts';
import { agree, askBroker, type BrokerBook } from './reconcile.ts';

/** What the servo lends: its ports, its book, and its way to count what fails. */
export interface AgreementParts {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly state: () => ServoState;
  readonly commit: Book['commit'];
  readonly guard: <T>(component: Component, call: () => Promise<T>) => Promise<T>;
}

export class Agreement {
  readonly #parts: AgreementParts;
  readonly #fence = new Fence();
  #problem: string | undefined;

  constructor(parts: AgreementParts) {
    this.#parts = parts;
  }

  /** Why trading has not started yet, in words. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The broker has confirmed this epoch to this process. */
  connected(epoch: number): void {
    this.#fence.confirmed(epoch);
  }

  /** An order that seems to be on its way has lost its answer. To be asked between two turns, when nothing is being sent. */
  get due(): boolean {
    const state = this.#parts.state();
    return !state.causes.reconciled || unsettledOrders(state).length > 0;
  }

  async seek(): Promise<void> {
    const { broker, clock, state, commit, guard } = this.#parts;
    // A halt leaves exits possible, so the books must agree under it too; a known disagreement waits for the operator.
    if (state().causes.halted !== undefined && this.#problem !== undefined) return;
    await guard('broker', () => this.#fence.raise(broker, { state: state(), commit }, clock.wall()));
    const theirs = await guard('broker', () => askBroker(broker, state()));
    const differences = this.#differencesFrom(theirs);
    this.#problem = differences.length === 0 ? undefined : differences.join('; ');
    if (differences.length > 0 && state().causes.halted === undefined) {
      const reason = `the broker's book differs from ours: ${this.#problem}`;
      commit((_, emit) => emit({ kind: 'halted', at: clock.wall(), by: 'servo', reason }));
    }
  }

  /** A report that does not fit our journal, such as one restored from a backup, is itself a difference. */
  #differencesFrom(theirs: BrokerBook): readonly string[] {
    const { clock, commit } = this.#parts;
    try {
      return commit((state, emit) => agree(state, theirs, clock.wall(), emit));
    } catch (error) {
      if (error instanceof ComponentError && error.cause instanceof StateError) return [error.cause.message];
      throw error;
    }
  }
}

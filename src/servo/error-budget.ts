/** Counts errors in a row, by component. An error is a thrown or timed-out operation, never a denial or a rejection. */
import type { Component } from '../domain/servo.ts';

export interface ComponentHealth {
  readonly errorsInARow: number;
  readonly lastError?: string;
  /** Monotonic. */
  readonly lastOkAtMs?: number;
}

/** Thrown around a failed operation so that whoever catches it knows whose error it was. */
export class ComponentError extends Error {
  override readonly name = 'ComponentError';
  readonly component: Component;

  constructor(component: Component, cause: unknown) {
    super(`${component}: ${messageOf(cause)}`, { cause });
    this.component = component;
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class ErrorBudget {
  readonly #health = new Map<Component, ComponentHealth>();
  readonly #maxErrors: number;

  constructor(maxErrors: number) {
    this.#maxErrors = maxErrors;
  }

  /** One success resets the count. */
  succeeded(component: Component, atMs: number): void {
    this.#health.set(component, { errorsInARow: 0, lastOkAtMs: atMs });
  }

  /** True when this error used the budget up; the count then starts anew. */
  failed(component: Component, reason: string): boolean {
    const before = this.#health.get(component);
    const errorsInARow = (before?.errorsInARow ?? 0) + 1;
    const spent = errorsInARow >= this.#maxErrors;
    this.#health.set(component, { ...before, errorsInARow: spent ? 0 : errorsInARow, lastError: reason });
    return spent;
  }

  health(): ReadonlyMap<Component, ComponentHealth> {
    return this.#health;
  }
}

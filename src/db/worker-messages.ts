/** What is said between the caller of queries and the thread that answers them. */
import type { StoreReads } from './queries.ts';

export interface Question {
  readonly id: number;
  readonly read: keyof StoreReads;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | {
      readonly id: number;
      readonly failure: { readonly name: string; readonly message: string; readonly code?: string };
    };

/** What a servo is made of: its ports, its name, and its patience. */
import type { BarFeed, Broker, Clock, Predictor } from '../domain/ports.ts';
import type { LivePort } from './arming.ts';
import type { Store } from './ports.ts';

export interface ServoPorts {
  readonly store: Store;
  readonly feed: BarFeed;
  readonly predictor: Predictor;
  readonly broker: Broker;
  readonly clock: Clock;
  /** Why the journal's disk is not to be trusted with new risk, in words; undefined while it is. */
  readonly diskTrouble?: () => string | undefined;
  /** Absent where the money is not real. */
  readonly live?: LivePort;
}

export interface ServoIdentity {
  readonly account: string;
  readonly mode: 'paper' | 'live';
  readonly version: string;
  readonly configHash: string;
}

export interface ServoTimings {
  readonly maxErrors: number;
  readonly errorCooldownMs: number;
  /** For one call of a port, and for one job. */
  readonly timeoutMs: number;
  readonly retryDelayMs: number;
}

/** What the application asks of its store, and the reads that API, Telegram and CLI share. */
import type { DomainEvent } from '../domain/events.ts';
import type { StateSnapshot } from '../domain/snapshot.ts';
import type { UnixMs } from '../domain/units.ts';
import type { Alert } from './alerts.ts';
import type { Stage } from './stage.ts';

export interface JournalEntry {
  readonly sequence: number;
  readonly event: DomainEvent;
  /** Wall time of the commit. */
  readonly recordedAt: UnixMs;
}

/** One writer. Every call is synchronous and whole: it has happened when it returns, and not at all when it throws. */
export interface Store {
  /** Journal rows, the read models that follow from them and the alerts they raise, in one durable transaction. */
  append(events: readonly DomainEvent[], alerts: readonly Alert[], recordedAt: UnixMs): void;
  lastSequence(): number;
  entriesAfter(sequence: number): Iterable<JournalEntry>;
  /** The latest picture of the state and the journal sequence it stands at. */
  loadSnapshot(): { readonly sequence: number; readonly state: StateSnapshot } | undefined;
  saveSnapshot(state: StateSnapshot): void;
  /** Measured, not decided: outside the journal. */
  recordLatency(stage: Stage, durationMs: number, at: UnixMs): void;
  outbox: Outbox;
  close(): void;
}

export interface PendingAlert extends Alert {
  readonly id: number;
  readonly raisedAt: UnixMs;
}

export interface Outbox {
  /** Undelivered alerts, gravest first, then oldest. */
  pending(limit: number): readonly PendingAlert[];
  delivered(id: number, at: UnixMs): void;
  /** Remembers an incoming update of a chat; false when it was seen before. */
  firstSight(updateId: number, at: UnixMs): boolean;
}

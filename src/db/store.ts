/** The one writer: a call commits its journal rows, the read models that follow and the alerts together, or nothing. */
import Database from 'better-sqlite3';
import type { DomainEvent } from '../domain/events.ts';
import type { StateSnapshot } from '../domain/snapshot.ts';
import { type UnixMs, unixMs } from '../domain/units.ts';
import type { Alert } from '../servo/alerts.ts';
import type { Store } from '../servo/ports.ts';
import { backup } from './backup.ts';
import { type Durability, openWriter } from './database.ts';
import type { DiskReserve } from './disk-reserve.ts';
import { entryOf, headOf, journalRow, provenRows } from './journal-row.ts';
import { latencyRecorder } from './latency-recorder.ts';
import { alertWriter, createOutbox } from './outbox.ts';
import { projector } from './projections.ts';
import { proveAtStart } from './prove-at-start.ts';
import { journal } from './schema.ts';
import { latestSnapshot, snapshotWriter } from './snapshots.ts';
import { claim } from './stamp.ts';
import { guarded } from './store-error.ts';
import { inserter } from './writers/inserter.ts';

export interface StoreOptions {
  readonly path: string;
  readonly account: string;
  readonly mode: string;
  /** `relaxed` only where no one outside remembers what was done: a replay on paper. */
  readonly durability?: Durability;
  /** Given up for a commit that finds the disk full. */
  readonly reserve?: Pick<DiskReserve, 'release'>;
}

export interface SqliteStore extends Store {
  /** While the servo goes on writing. */
  backupTo(path: string): Promise<void>;
}

/** Throws StoreError when the file is another account's, of another version, damaged or held by another process. */
export function openStore({ path, account, mode, durability = 'full', reserve }: StoreOptions): SqliteStore {
  const database = openWriter(path, durability);
  try {
    return guarded(path, () => {
      claim(database, path, { account, mode });
      proveAtStart(database);
      return storeOn(database, reserve);
    });
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Of alerts that were delivered, and of chat updates that were seen. */
const REMEMBERED_MS = 90 * 86_400_000;

/** The store on an open, stamped database. */
export function storeOn(database: Database.Database, reserve?: StoreOptions['reserve']): SqliteStore {
  const path = database.name;
  const writeRow = inserter(database, journal);
  const writeAlert = alertWriter(database);
  const project = projector(database);
  const keepSnapshot = snapshotWriter(database);
  const latencies = latencyRecorder(database);
  const outbox = createOutbox(database);
  outbox.forget(Date.now() - REMEMBERED_MS);
  let head = headOf(database);

  const appendAll = database.transaction(
    (events: readonly DomainEvent[], alerts: readonly Alert[], recordedAt: UnixMs) => {
      let last = head;
      for (const event of events) {
        const row = journalRow(event, recordedAt, last);
        writeRow(row);
        project(event, row.sequence);
        last = row;
      }
      for (const alert of alerts) writeAlert(alert, recordedAt);
      return last;
    },
  );

  return {
    append(events, alerts, recordedAt) {
      head = guarded(path, () => makingRoom(reserve, () => appendAll.immediate(events, alerts, recordedAt)));
    },
    lastSequence: () => head.sequence,
    *entriesAfter(sequence) {
      for (const row of provenRows(database, sequence)) yield entryOf(row);
    },
    loadSnapshot: () => guarded(path, () => latestSnapshot(database)),
    saveSnapshot(state: StateSnapshot) {
      guarded(path, () => keepSnapshot.immediate(head.sequence, state, unixMs(Date.now())));
    },
    recordLatency(stage, durationMs, at) {
      guarded(path, () => latencies.record(stage, durationMs, at));
    },
    outbox: {
      pending: (limit) => guarded(path, () => outbox.pending(limit)),
      delivered: (id, at) => guarded(path, () => outbox.delivered(id, at)),
      firstSight: (updateId, at) => guarded(path, () => outbox.firstSight(updateId, at)),
    },
    backupTo: (target) => backup(database, target),
    close() {
      try {
        guarded(path, () => latencies.flush());
      } finally {
        database.close();
      }
    },
  };
}

/** A halt on a full disk must still be written: once more, in the room that was kept for it. */
function makingRoom<T>(reserve: StoreOptions['reserve'], work: () => T): T {
  try {
    return work();
  } catch (error) {
    const full = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_FULL');
    if (!full || reserve?.release() !== true) throw error;
    return work();
  }
}

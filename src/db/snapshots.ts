/** Pictures of the state at a journal row: a start loads the newest that is whole and replays what follows. */
import { hash } from 'node:crypto';
import type Database from 'better-sqlite3';
import type { StateSnapshot } from '../domain/snapshot.ts';

const KEPT = 3;

export interface StoredState {
  readonly sequence: number;
  readonly state: StateSnapshot;
}

const hashOf = (state: string): string => hash('sha256', state, 'hex');

export function snapshotWriter(database: Database.Database) {
  const replace = database.prepare<[number, number, string, string]>(
    'INSERT OR REPLACE INTO snapshots (sequence, taken_at, state, hash) VALUES (?, ?, ?, ?)',
  );
  const prune = database.prepare<[number]>(
    'DELETE FROM snapshots WHERE sequence NOT IN (SELECT sequence FROM snapshots ORDER BY sequence DESC LIMIT ?)',
  );
  return database.transaction((sequence: number, state: StateSnapshot, takenAt: number) => {
    const text = JSON.stringify(state);
    replace.run(sequence, takenAt, text, hashOf(text));
    prune.run(KEPT);
  });
}

/** A damaged picture is passed over: an older one with more journal, or the whole journal, gives the same state. */
export function latestSnapshot(database: Database.Database): StoredState | undefined {
  const rows = database
    .prepare<[], { sequence: number; state: string; hash: string }>(
      'SELECT sequence, state, hash FROM snapshots ORDER BY sequence DESC',
    )
    .all();
  const whole = rows.find(({ state, hash: expected }) => hashOf(state) === expected);
  return whole && { sequence: whole.sequence, state: JSON.parse(whole.state) as StateSnapshot };
}

/** Everything that can be read of a store, from a connection that can write nothing, while the servo writes or is off. */
import { openReader } from './database.ts';
import { type Figures, figures } from './queries/figures.ts';
import { type JournalReads, journalReads } from './queries/history.ts';
import { type Lists, lists } from './queries/lists.ts';
import { guarded } from './store-error.ts';

export type StoreReads = Lists & Figures & JournalReads;

export interface Queries extends StoreReads {
  close(): void;
}

/** Throws StoreError where there is no database or it is of another version. */
export function openQueries(path: string): Queries {
  const database = openReader(path);
  const reads: StoreReads = {
    ...lists(database),
    ...figures(database),
    ...journalReads(database),
  };
  return { ...guardedReads(path, reads), close: () => database.close() };
}

/** Each read with SQLite's failures turned into StoreErrors. */
function guardedReads(path: string, reads: StoreReads): StoreReads {
  const wrapped = Object.entries(reads).map(([name, read]: [string, (...args: never[]) => unknown]) => [
    name,
    (...args: never[]) => guarded(path, () => read(...args)),
  ]);
  return Object.fromEntries(wrapped) as StoreReads;
}

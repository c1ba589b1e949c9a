/** Before a start trades on a book: SQLite's own check of the file, and the chain of the journal's latest rows. Backups prove the rest. */
import type Database from 'better-sqlite3';
import { headOf, provenRows } from './journal-row.ts';
import { StoreError } from './store-error.ts';

/** Weeks of one symbol, in well under a second. */
const ROWS_PROVEN = 20_000;

/** Throws StoreError `corrupt` where the file or the chain is not what was written. */
export function proveAtStart(database: Database.Database): void {
  const [fault] = fileFaultsOf(database);
  if (fault !== undefined) {
    throw new StoreError('corrupt', `${database.name}: ${fault}: keep the file, and \`servo db restore\` a backup`);
  }
  const { sequence } = headOf(database);
  for (const _ of provenRows(database, Math.max(0, sequence - ROWS_PROVEN)));
}

/** SQLite's complaints about the file; none where it is sound. */
export function fileFaultsOf(database: Database.Database): string[] {
  const rows = database.pragma('quick_check') as readonly { quick_check: string }[];
  return rows.map(({ quick_check: words }) => words).filter((words) => words !== 'ok');
}

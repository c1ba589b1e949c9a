/** A statement that must find its row: when it does not, the event contradicts what is stored. */
import type Database from 'better-sqlite3';
import { StoreError } from '../store-error.ts';

export function expectOne({ changes }: Database.RunResult, what: string): void {
  if (changes !== 1) throw new StoreError('misfit', `${what}: ${changes} rows instead of one; nothing was written`);
}

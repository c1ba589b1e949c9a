/** A copy of a database that is being written to, made page by page by SQLite itself: copying the file would miss the log. */
import { renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type Database from 'better-sqlite3';
import { StoreError, storeErrorOf } from './store-error.ts';

/** `target` appears whole or not at all; an older backup of that name is replaced. */
export async function backup(database: Database.Database, target: string): Promise<void> {
  if (resolve(target) === resolve(database.name)) {
    throw new StoreError('io', `${target}: a backup cannot replace the database that it copies; give it another name`);
  }
  const unfinished = `${target}.part`;
  try {
    rmSync(unfinished, { force: true });
    await database.backup(unfinished);
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw storeErrorOf(target, error);
  }
}

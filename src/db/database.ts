/** Opens the SQLite file: one writer with durable commits and migrations applied, or a reader that can write nothing. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { drizzle, migrate, readMigrationFiles } from './drizzle.ts';
import { makeFolder } from './folder.ts';
import { guarded, StoreError } from './store-error.ts';

const MIGRATIONS = { migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)) };
/** better-sqlite3 waits on the event loop's thread: a held lock must not stop the servo for longer. */
const LOCK_WAIT_MS = 250;
/** The write-ahead log is copied back when it is this long; rarer than SQLite's default, because a small commit touches many pages. */
const CHECKPOINT_PAGES = 4000;
const WAL_BYTES_KEPT = 64 * 1024 * 1024;

/** `full`: a commit has reached the disk when it returns. `relaxed`: a power cut may take the last commits, never their order. */
export type Durability = 'full' | 'relaxed';

export function openWriter(path: string, durability: Durability): Database.Database {
  return guarded(path, () => {
    makeFolder(dirname(path));
    const database = new Database(path, { timeout: LOCK_WAIT_MS });
    try {
      database.pragma('journal_mode = WAL');
      database.pragma(`synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`);
      database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      database.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`);
      migrated(database, path);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  });
}

/** Empty and in memory, with the same tables. */
export const openScratch = (): Database.Database => migrated(new Database(':memory:'), 'the scratch database');

export function openReader(path: string): Database.Database {
  if (!existsSync(path)) throw new StoreError('missing', `${path}: no database; the servo makes it at its first start`);
  return guarded(path, () => {
    const database = new Database(path, { readonly: true, fileMustExist: true, timeout: LOCK_WAIT_MS });
    try {
      database.pragma('query_only = ON');
      const version = schemaVersion(database);
      if (version !== newestVersion()) throw schemaError(path, version);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  });
}

const schemaVersion = (database: Database.Database): number =>
  Number(database.pragma('user_version', { simple: true }));
const newestVersion = (): number => readMigrationFiles(MIGRATIONS).length;

function migrated(database: Database.Database, path: string): Database.Database {
  const version = schemaVersion(database);
  const newest = newestVersion();
  if (version > newest) throw schemaError(path, version);
  if (version === newest) return database;
  migrate(drizzle({ client: database }), MIGRATIONS);
  database.pragma(`user_version = ${newest}`);
  return database;
}

function schemaError(path: string, version: number): StoreError {
  const mend =
    version > newestVersion()
      ? 'it was written by a newer servo: use that version, or restore a backup made before the upgrade'
      : 'it was written by an older servo: start the servo once, which brings it up to date';
  return new StoreError('schema', `${path}: schema ${version}, this servo reads ${newestVersion()}: ${mend}`);
}

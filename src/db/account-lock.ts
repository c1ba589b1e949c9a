/** One process an account: a lock that the kernel holds for us and frees however we end, also by SIGKILL. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { makeFolder } from './folder.ts';
import { storeErrorOf } from './store-error.ts';

export interface AccountLock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  /** ISO, UTC. */
  readonly since: string;
}

export class AccountLockedError extends Error {
  override readonly name = 'AccountLockedError';
  readonly account: string;
  /** As the holder wrote it; absent when it has not come to that. */
  readonly holder: Holder | undefined;

  constructor(account: string, holder: Holder | undefined) {
    const who = holder === undefined ? 'another process' : `process ${holder.pid} since ${holder.since}`;
    super(
      `account ${account} is in use by ${who}: stop that servo first (\`servo stop\`), two must not trade one account`,
    );
    this.account = account;
    this.holder = holder;
  }
}

/** An exclusive transaction on a file of its own is SQLite's lock, and that is the kernel's. */
export function lockAccount(dataDir: string, account: string): AccountLock {
  makeFolder(dataDir);
  const name = encodeURIComponent(account);
  const path = join(dataDir, `${name}.lock`);
  const holderPath = join(dataDir, `${name}.lock.json`);
  const database = new Database(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const held = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
    throw held ? new AccountLockedError(account, holderIn(holderPath)) : storeErrorOf(path, error);
  }
  const holder: Holder = { pid: process.pid, since: new Date().toISOString() };
  writeFileSync(holderPath, `${JSON.stringify(holder)}\n`);
  return { release: () => database.close() };
}

/** The kernel decides who holds the lock; the note only names them, so a missing or torn one is no obstacle. */
function holderIn(path: string): Holder | undefined {
  try {
    const { pid, since } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' && typeof since === 'string' ? { pid, since } : undefined;
  } catch {
    return undefined;
  }
}

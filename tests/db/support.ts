/** What the store's tests share: temp folders, stores in them, and a second connection that tampers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { openStore, type SqliteStore } from '../../src/db/store.ts';
import { StoreError, type StoreErrorCode } from '../../src/db/store-error.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import { money, unixMs } from '../../src/domain/units.ts';
import type { History } from './history.ts';

export const NOW = unixMs(1_760_000_000_000);

export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'servo-db-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export const tempPath = (): string => join(tempDir(), 'servo.db');

export function tempStore(path = tempPath()): SqliteStore {
  const store = openStore({ path, account: 'demo', mode: 'paper' });
  onTestFinished(() => store.close());
  return store;
}

/** A closed store that holds the whole history. */
export function filled({ batches }: History, path = tempPath()): string {
  const store = openStore({ path, account: 'demo', mode: 'paper', durability: 'relaxed' });
  for (const events of batches) store.append(events, [], NOW);
  store.close();
  return path;
}

/** What a program that does not know our rules may do to the file. */
export function tamper<T>(path: string, change: (database: Database.Database) => T): T {
  const database = new Database(path);
  try {
    return change(database);
  } finally {
    database.close();
  }
}

/** The StoreError that `act` throws; anything else fails the test. */
export function storeErrorOf(act: () => unknown): { code: StoreErrorCode; message: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof StoreError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was thrown');
}

export const opened = (balance = 10_000_000_000): DomainEvent => ({
  kind: 'account_opened',
  at: NOW,
  account: 'demo',
  currency: 'USD',
  balance: money(balance),
});

/** A program of this folder in a process of its own, and what it says line by line. */
export function startChild(script: string, ...args: string[]): { child: ChildProcess; lines: AsyncIterator<string> } {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

export async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

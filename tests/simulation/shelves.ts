/** Where a world's journal is kept: in memory for most seeds, in the real store for the others. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type SqliteStore } from '../../src/db/store.ts';
import { verifyStore } from '../../src/db/verify.ts';
import type { StateSnapshot } from '../../src/domain/snapshot.ts';
import type { Store } from '../../src/servo/ports.ts';
import { emptyShelf, memoryStore } from './memory-store.ts';

export interface Shelves {
  /** The picture that the first process goes on from. */
  begin(picture: StateSnapshot): void;
  /** A new process opens the book. */
  open(): Store;
  /** What is wrong with what is kept, in words. */
  fault(): string | undefined;
  remove(): void;
}

export function memoryShelves(): Shelves {
  const shelf = emptyShelf();
  return {
    begin: (picture) => memoryStore(shelf).saveSnapshot(picture),
    open: () => memoryStore(shelf),
    fault: () => undefined,
    remove: () => undefined,
  };
}

export function sqliteShelves(): Shelves {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'servo-simulation-'));
  const path = join(folder, 'servo.db');
  const stores: SqliteStore[] = [];
  const open = () => {
    const store = openStore({ path, account: 'simulated', mode: 'paper', durability: 'relaxed' });
    stores.push(store);
    return store;
  };
  return {
    begin: (picture) => open().saveSnapshot(picture),
    open,
    fault: () => {
      const { ok, ...report } = verifyStore(path);
      return ok ? undefined : JSON.stringify(report);
    },
    remove: () => {
      for (const store of stores) store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

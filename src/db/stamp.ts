/** Stamps a database with its account and mode at first use, and refuses it to every other from then on. */
import type Database from 'better-sqlite3';
import { StoreError } from './store-error.ts';

export interface Stamp {
  readonly account: string;
  /** `paper`, `live`: a paper book must never be continued with real money, nor the other way round. */
  readonly mode: string;
}

export function claim(database: Database.Database, path: string, wanted: Stamp): void {
  const insert = database.prepare('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const stampOnce = database.transaction(() => {
    insert.run('account', wanted.account);
    insert.run('mode', wanted.mode);
  });
  stampOnce.immediate();
  const found = readStamp(database);
  if (found.account === wanted.account && found.mode === wanted.mode) return;
  throw new StoreError(
    'foreign',
    `${path}: belongs to account ${found.account} in ${found.mode} mode, not to ${wanted.account} in ${wanted.mode} mode: ` +
      'give each account and mode a database of its own',
  );
}

export function readStamp(database: Database.Database): Stamp {
  const rows = database.prepare<[], { key: string; value: string }>('SELECT key, value FROM meta').all();
  const { account = 'none', mode = 'none' } = Object.fromEntries(rows.map(({ key, value }) => [key, value]));
  return { account, mode };
}

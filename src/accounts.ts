/** Which account a configuration trades, and where its book lies: every live account and every feed has a book of its own. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config/config.ts';
import { lockAccount } from './db/account-lock.ts';

export interface AccountPaths {
  /** Name of the account and of its folder. */
  readonly account: string;
  readonly folder: string;
  readonly database: string;
  /** The paper venue's own memory. */
  readonly venue: string;
  /** Where its backups are kept: outside its folder, which a restore replaces. */
  readonly backups: string;
  /** Holds the API's address while the servo of this account runs. */
  readonly addressFile: string;
  /** While this file exists, every servo of the data folder is halted. */
  readonly haltFile: string;
}

export const accountPaths = (config: Config): AccountPaths => pathsOfAccount(config, accountName(config));

export function pathsOfAccount({ app }: Config, account: string): AccountPaths {
  const folder = join(app.dataDir, account);
  return {
    account,
    folder,
    database: databaseIn(folder),
    venue: join(folder, 'paper-venue.json'),
    backups: join(app.dataDir, 'backups', account),
    addressFile: join(folder, 'api.address'),
    haltFile: join(app.dataDir, 'HALT'),
  };
}

/** The accounts that have a book, the one written last first. */
export function accountsOf({ app }: Config): string[] {
  if (!existsSync(app.dataDir)) return [];
  return readdirSync(app.dataDir)
    .map((account) => ({ account, writtenAt: writtenAt(join(app.dataDir, account)) }))
    .filter(({ writtenAt }) => writtenAt > 0)
    .sort((a, b) => b.writtenAt - a.writtenAt)
    .map(({ account }) => account);
}

/** Nothing is deleted, and nothing is moved from under a servo that runs. Returns where it lies now; undefined where there was none. */
export function setBookAside({ folder, account }: AccountPaths): string | undefined {
  if (!existsSync(folder)) return undefined;
  lockAccount(folder, account).release();
  const aside = `${folder}.until-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}`;
  renameSync(folder, aside);
  return aside;
}

const LIVE = 'live-';
const SIMULATED = 'paper-simulator-';
const DRY_RUN = '-dry-run';

export const isSimulated = (account: string): boolean => account.startsWith(SIMULATED);
export const isLive = (account: string): boolean => account.startsWith(LIVE);
export const isDryRun = (account: string): boolean => account.endsWith(DRY_RUN);

function accountName({ account, mode, feed, trading, dryRun }: Config): string {
  const suffix = dryRun ? DRY_RUN : '';
  if (mode === 'live') return `${LIVE}${plain(account.server)}-${plain(account.login)}${suffix}`;
  if (feed.type === 'simulator') return `${SIMULATED}${feed.simulator.seed}${suffix}`;
  const symbols = trading.symbols.map(({ instrument }) => instrument.symbol);
  const files = createHash('sha256')
    .update(JSON.stringify([feed.replay.files, trading.timeframe]))
    .digest('hex');
  return `paper-replay-${symbols.join('-')}-${files.slice(0, 8)}${suffix}`;
}

/** As part of a folder's name. */
const plain = (name: string | null): string => (name ?? 'unnamed').replaceAll(/[^A-Za-z0-9.]+/g, '_');

const databaseIn = (folder: string): string => join(folder, 'servo.db');

/** What was committed last may still lie in the write-ahead log. */
function writtenAt(folder: string): number {
  const database = databaseIn(folder);
  const times = [database, `${database}-wal`].map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return Math.max(...times);
}

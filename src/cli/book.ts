/** Which account a command is about: the one it names, else the one that runs, else the one that ran last. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { type AccountPaths, accountsOf, pathsOfAccount } from '../accounts.ts';
import type { Config } from '../config/config.ts';
import { closest } from '../config/suggest.ts';
import { connect, type ServoClient } from './client.ts';
import { CliError, EXIT } from './exit-codes.ts';

export interface BookFlags {
  readonly config: string;
  readonly account?: string;
}

export interface Book {
  readonly paths: AccountPaths;
  /** Present while its servo runs. */
  readonly servo: ServoClient | undefined;
}

export const withBookOptions = (command: Command): Command =>
  command
    .option('--config <path>', 'configuration file', 'config.yaml')
    .option('--account <name>', 'account, a folder of the data folder (default: the one that runs, or ran last)');

export async function findBook(config: Config, account?: string): Promise<Book> {
  const books = await allBooks(config, account);
  const running = books.filter(({ servo }) => servo !== undefined);
  if (running.length > 1) {
    const names = running.map(({ paths }) => paths.account).join(' or --account ');
    throw new CliError(EXIT.usage, `${running.length} servos run. Which one? --account ${names}`);
  }
  const [book] = [...running, ...books];
  if (book === undefined) {
    const place = `${config.app.dataDir}${existsSync(config.app.dataDir) ? '' : ', which does not exist'}`;
    throw new CliError(EXIT.missing, `No servo has run yet in ${place}. Start one: npm start`);
  }
  return book;
}

/** The one written last first; only the named one where one is named. */
export async function allBooks(config: Config, account?: string): Promise<Book[]> {
  const accounts = accountsOf(config);
  if (account !== undefined) assertKnown(account, accounts, config);
  const chosen = account === undefined ? accounts : [account];
  return Promise.all(
    chosen.map(async (name): Promise<Book> => {
      const paths = pathsOfAccount(config, name);
      return { paths, servo: await connect(config, paths) };
    }),
  );
}

function assertKnown(account: string, accounts: readonly string[], { app }: Config): void {
  if (accounts.includes(account)) return;
  const near = closest(account, accounts);
  const others = accounts.length === 0 ? 'there is none yet' : `there are ${accounts.join(', ')}`;
  throw new CliError(
    EXIT.usage,
    `no account "${account}" in ${app.dataDir}: ${near === undefined ? others : `did you mean ${near}?`}`,
  );
}

/** `servo db`: proves the journal, and copies the database while it is written to. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { accountPaths } from '../accounts.ts';
import { loadConfig } from '../config/load-config.ts';
import type { VerifyReport } from '../db/verify.ts';
import { CliError, EXIT } from './exit-codes.ts';

interface DatabaseFlags {
  readonly config: string;
  readonly json?: boolean;
}

export function registerDatabase(program: Command): void {
  const database = program.command('db').description('the book on disk');
  database
    .command('verify')
    .description('check the file and the hash chain, replay the journal and compare every table with it')
    .option('--config <path>', 'configuration file', 'config.yaml')
    .option('--json', 'as JSON')
    .action(verify);
  database
    .command('backup <file>')
    .description('copy the database, also while the servo writes')
    .option('--config <path>', 'configuration file', 'config.yaml')
    .action(backup);
}

async function verify(flags: DatabaseFlags): Promise<void> {
  const { verifyStore } = await import('../db/verify.ts');
  const report = verifyStore(databaseOf(flags));
  process.stdout.write(`${flags.json === true ? JSON.stringify(report, null, 2) : verifyText(report)}\n`);
  if (!report.ok)
    throw new CliError(EXIT.unexpected, 'The book is not what was written: keep the file, restore a backup.');
}

async function backup(file: string, flags: DatabaseFlags): Promise<void> {
  const target = resolve(file);
  if (existsSync(target)) throw new CliError(EXIT.usage, `${target} exists already; name another file.`);
  const [{ backup: copy }, { openReader }] = await Promise.all([
    import('../db/backup.ts'),
    import('../db/database.ts'),
  ]);
  const database = openReader(databaseOf(flags));
  await copy(database, target).finally(() => database.close());
  process.stdout.write(`${target}\n`);
}

function verifyText({ path, ok, fileFaults, chain, replayFault, tables, notCompared }: VerifyReport): string {
  const broken = chain.brokenAt;
  return [
    `${ok ? '✓' : '✗'} ${path}`,
    ...fileFaults.map((fault) => `✗ file: ${fault}`),
    broken === undefined
      ? `✓ chain: ${chain.rows} rows, head ${chain.head.slice(0, 16)}`
      : `✗ chain: broken at row ${broken.sequence}: expected ${broken.expected}, found ${broken.found}`,
    ...(replayFault === undefined ? [] : [`✗ replay: ${replayFault}`]),
    ...tables.flatMap(({ table, rows, differences }) => [
      `${differences.length === 0 ? '✓' : '✗'} ${table}: ${rows} rows`,
      ...differences.map((difference) => `    ${difference}`),
    ]),
    ...notCompared.map((what) => `– ${what}`),
  ].join('\n');
}

function databaseOf(flags: DatabaseFlags): string {
  const { database } = accountPaths(loadConfig(flags.config));
  if (existsSync(database)) return database;
  throw new CliError(EXIT.missing, `There is no book yet at ${database}. Start the servo once: npm start`);
}

/** `servo db`: proves the journal, and copies the database while it is written to. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import type { VerifyReport } from '../db/verify.ts';
import { type BookFlags, findBook, withBookOptions } from './book.ts';
import { CliError, EXIT } from './exit-codes.ts';
import { counted, table } from './text.ts';

interface DatabaseFlags extends BookFlags {
  readonly json?: boolean;
}

export function registerDatabase(program: Command): void {
  const database = program.command('db').description('the book on disk: verify, backup');
  withBookOptions(database.command('verify'))
    .description('check the file and the hash chain, replay the journal and compare every table with it')
    .option('--json', 'as JSON')
    .action(verify);
  withBookOptions(database.command('backup <file>'))
    .description('copy the database, also while the servo writes')
    .action(backup);
}

async function verify(flags: DatabaseFlags): Promise<void> {
  const { verifyStore } = await import('../db/verify.ts');
  const report = verifyStore(await databaseOf(flags));
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
  const database = openReader(await databaseOf(flags));
  await copy(database, target).finally(() => database.close());
  process.stdout.write(`${target}\n`);
}

function verifyText({ path, ok, fileFaults, chain, replayFault, tables, notCompared }: VerifyReport): string {
  const broken = chain.brokenAt;
  const rows = tables.map(({ table: name, rows: count, differences }) => [
    `${differences.length === 0 ? '✓' : '✗'} ${name.replaceAll('_', ' ')}`,
    counted(count, 'row'),
    differences.length === 0 ? 'as the journal has it' : differences.join('; '),
  ]);
  return [
    `${ok ? '✓' : '✗'} ${path}`,
    ...fileFaults.map((fault) => `  ✗ file: ${fault}`),
    broken === undefined
      ? `  ✓ chain of ${counted(chain.rows, 'row')}, head ${chain.head.slice(0, 16)}`
      : `  ✗ chain broken at row ${broken.sequence}: expected ${broken.expected}, found ${broken.found}`,
    ...(replayFault === undefined ? [] : [`  ✗ replay: ${replayFault}`]),
    ...(rows.length === 0 ? [] : [table('lrl', rows)]),
    ...notCompared.map((what) => `  – ${what}`),
  ].join('\n');
}

const databaseOf = async (flags: DatabaseFlags): Promise<string> =>
  (await findBook(loadConfig(flags.config), flags.account)).paths.database;

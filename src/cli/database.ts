/** `servo db`: proves the journal, and copies the database while it is written to. */
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { pathsOfAccount, setBookAside } from '../accounts.ts';
import { loadConfig } from '../config/load-config.ts';
import type { VerifyReport } from '../db/verify.ts';
import { type BookFlags, findBook, withBookOptions } from './book.ts';
import { connect } from './client.ts';
import { confirm } from './confirm.ts';
import { CliError, EXIT } from './exit-codes.ts';
import { counted, table } from './text.ts';

interface DatabaseFlags extends BookFlags {
  readonly json?: boolean;
}

export function registerDatabase(program: Command): void {
  const database = program.command('db').description('the book on disk: verify, backup, backups, restore');
  withBookOptions(database.command('verify'))
    .description('check the file and the hash chain, replay the journal and compare every table with it')
    .option('--json', 'as JSON')
    .action(verify);
  withBookOptions(database.command('backup <file>'))
    .description('copy the database, also while the servo writes')
    .action(backup);
  withBookOptions(database.command('backups'))
    .description('list the backups that the servo keeps, newest first')
    .option('--json', 'as JSON')
    .action(listBackups);
  withBookOptions(database.command('restore <backup>'))
    .description('put a kept backup in the place of the book, which is set aside; the servo must be off')
    .option('--yes', 'do not ask')
    .action(restore);
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

async function listBackups(flags: DatabaseFlags): Promise<void> {
  const { backupsIn } = await import('../db/book-backup.ts');
  const { paths } = await findBook(loadConfig(flags.config), flags.account);
  const backups = backupsIn(paths.backups);
  if (flags.json === true) {
    const rows = backups.map(({ folder, bytes, manifest }) => ({ name: basename(folder), folder, bytes, ...manifest }));
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  } else if (backups.length === 0) {
    process.stdout.write(`No backup of ${paths.account} in ${paths.backups} yet.\n`);
  } else {
    const rows = backups.map(({ folder, bytes, manifest }) => [
      basename(folder),
      counted(manifest.sequence, 'journal row'),
      `${(bytes / 1024 ** 2).toFixed(1)} MB`,
      `head ${manifest.head.slice(0, 16)}`,
    ]);
    process.stdout.write(`${paths.backups}\n${table('lrrl', rows)}\n`);
  }
}

interface RestoreFlags extends BookFlags {
  readonly yes?: boolean;
}

/** Proven before anything is moved; the present book is moved and never deleted. */
async function restore(name: string, flags: RestoreFlags): Promise<void> {
  const { backupsIn, placeBackup, proveBackup } = await import('../db/book-backup.ts');
  const config = loadConfig(flags.config);
  // A book that is lost altogether is no book that could be found.
  const paths = flags.account === undefined ? (await findBook(config)).paths : pathsOfAccount(config, flags.account);
  if ((await connect(config, paths)) !== undefined) {
    throw new CliError(EXIT.refused, `${paths.account} runs: \`servo stop\` first, then restore.`);
  }
  const found = backupsIn(paths.backups).find(({ folder }) => basename(folder) === name);
  if (found === undefined) {
    throw new CliError(EXIT.usage, `no backup "${name}" in ${paths.backups}: \`servo db backups\` lists them.`);
  }
  const { sequence, takenAt } = await proveBackup(found.folder, basename(paths.database));
  const effect = `The book of ${takenAt} (${counted(sequence, 'journal row')}) takes the place of the present one, which is kept aside.`;
  if (flags.yes !== true) await confirm('restore', effect);
  const aside = setBookAside(paths);
  placeBackup(found, paths.folder);
  process.stdout.write(`Restored to ${paths.folder}.${aside === undefined ? '' : ` The book before it: ${aside}`}\n`);
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

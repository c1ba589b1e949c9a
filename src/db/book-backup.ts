/** Backups of a whole book, the database and what belongs to it, of one and the same moment, and the way back from one. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  createReadStream,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { backup } from './backup.ts';
import { openReader } from './database.ts';
import { makeFolder } from './folder.ts';
import { headOf } from './journal-row.ts';
import { readStamp } from './stamp.ts';
import { StoreError } from './store-error.ts';
import { verifyStore } from './verify.ts';

export interface BookFiles {
  readonly database: string;
  /** Small files that must be of the same moment: the paper venue's memory. One that does not exist is left out. */
  readonly companions: readonly string[];
}

/** What a backup says of itself. */
export interface BackupManifest {
  readonly account: string;
  readonly mode: string;
  /** ISO, UTC. */
  readonly takenAt: string;
  /** Of the journal's last row. */
  readonly sequence: number;
  readonly head: string;
  /** SHA-256 by file name. */
  readonly files: Readonly<Record<string, string>>;
}

export interface KeptBackup {
  readonly folder: string;
  readonly manifest: BackupManifest;
  readonly bytes: number;
}

const MANIFEST = 'manifest.json';
const UNFINISHED = '.part';

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/**
 * Copies the book into a folder of its own under `into`, while the servo goes on writing. The folder appears whole or not at all.
 * Opening the reading transaction and copying the companions is one synchronous piece: nothing is written between them.
 */
export async function backUpBook(files: BookFiles, into: string, takenAt: Date): Promise<KeptBackup> {
  const name = takenAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').concat('Z');
  const folder = join(into, name);
  const unfinished = `${folder}${UNFINISHED}`;
  const reader = openReader(files.database);
  try {
    makeFolder(unfinished);
    reader.exec('BEGIN');
    const { sequence, hash: head } = headOf(reader);
    for (const path of files.companions) if (existsSync(path)) copyFileSync(path, join(unfinished, basename(path)));
    const stamp = readStamp(reader);
    await backup(reader, join(unfinished, basename(files.database)));
    const hashes: Record<string, string> = {};
    for (const file of readdirSync(unfinished)) hashes[file] = await sha256Of(join(unfinished, file));
    const manifest: BackupManifest = { ...stamp, takenAt: takenAt.toISOString(), sequence, head, files: hashes };
    writeFileSync(join(unfinished, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    for (const file of readdirSync(unfinished)) reachDisk(join(unfinished, file));
    renameSync(unfinished, folder);
    reachDisk(into);
    return { folder, manifest, bytes: bytesOf(folder) };
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  } finally {
    reader.close();
  }
}

function reachDisk(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

const bytesOf = (folder: string): number =>
  readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);

/** Whole backups in `into`, the newest first. */
export function backupsIn(into: string): KeptBackup[] {
  if (!existsSync(into)) return [];
  const folders = readdirSync(into).filter(
    (name) => existsSync(join(into, name, MANIFEST)) && !name.endsWith(UNFINISHED),
  );
  return folders
    .sort()
    .reverse()
    .map((name) => {
      const folder = join(into, name);
      return { folder, manifest: manifestIn(folder), bytes: bytesOf(folder) };
    });
}

function manifestIn(folder: string): BackupManifest {
  const path = join(folder, MANIFEST);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as BackupManifest;
  } catch (error) {
    throw new StoreError('corrupt', `${path}: is no manifest of a backup; take another backup`, { cause: error });
  }
}

export interface Retention {
  /** The newest of each of this many hours, and of each of this many days, in UTC. */
  readonly keepHourly: number;
  readonly keepDaily: number;
}

/** Removes what no hour and no day is kept for, and what a killed process left unfinished. The newest always stays. */
export function thinOut(into: string, { keepHourly, keepDaily }: Retention): string[] {
  const backups = backupsIn(into);
  const kept = new Set([
    ...newestOfEach(backups, 'YYYY-MM-DDTHH'.length, Math.max(1, keepHourly)),
    ...newestOfEach(backups, 'YYYY-MM-DD'.length, keepDaily),
  ]);
  const old = backups.map(({ folder }) => folder).filter((folder) => !kept.has(folder));
  const unfinished = readdirSync(into)
    .filter((name) => name.endsWith(UNFINISHED))
    .map((name) => join(into, name));
  for (const folder of [...old, ...unfinished]) rmSync(folder, { recursive: true, force: true });
  return old;
}

/** `backups` come newest first. */
function newestOfEach(backups: readonly KeptBackup[], isoLength: number, count: number): string[] {
  const newest = new Map<string, string>();
  for (const { folder, manifest } of backups) {
    const period = manifest.takenAt.slice(0, isoLength);
    if (!newest.has(period)) newest.set(period, folder);
  }
  return [...newest.values()].slice(0, count);
}

/** Every file as it was taken, the chain whole and ending where the manifest says, every table as the journal has it. Throws StoreError. */
export async function proveBackup(folder: string, databaseName: string): Promise<BackupManifest> {
  const manifest = manifestIn(folder);
  for (const [name, expected] of Object.entries(manifest.files)) {
    const path = join(folder, name);
    if (!existsSync(path)) throw new StoreError('corrupt', `${path}: is missing; use another backup`);
    if ((await sha256Of(path)) !== expected)
      throw new StoreError('corrupt', `${path}: is not what was backed up; use another backup`);
  }
  const database = join(folder, databaseName);
  const { ok, chain } = verifyStore(database);
  if (!ok || chain.rows !== manifest.sequence || chain.head !== manifest.head) {
    throw new StoreError('corrupt', `${database}: the journal does not prove itself; use another backup`);
  }
  return manifest;
}

/** Puts a proven backup where `bookFolder` shall be; nothing may stand there. It appears whole or not at all. */
export function placeBackup({ folder, manifest }: Pick<KeptBackup, 'folder' | 'manifest'>, bookFolder: string): void {
  const unfinished = `${bookFolder}${UNFINISHED}`;
  rmSync(unfinished, { recursive: true, force: true });
  makeFolder(unfinished);
  for (const file of Object.keys(manifest.files)) {
    copyFileSync(join(folder, file), join(unfinished, file));
    reachDisk(join(unfinished, file));
  }
  renameSync(unfinished, bookFolder);
}

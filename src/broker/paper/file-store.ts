/**
 * The paper account's book as one JSON file, never silently begun anew. It is written beside, flushed and renamed: at any
 * moment a crash leaves the old book or the new one.
 */
import { hash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { VenueStore } from './paper-broker.ts';
import { VenueError } from './rules.ts';
import type { VenueSnapshot } from './venue-snapshot.ts';

const FORMAT = 'trading-servo paper account';
/** Rises when the meaning of any field of the snapshot changes, those of its orders, positions and reports included. */
const VERSION = 1;

export function fileStore(path: string): VenueStore {
  /** Of the file as this store last read or wrote it. */
  let seen: string | undefined;
  return {
    load() {
      const text = readIfThere(path);
      seen = versionOf(path);
      return text === undefined ? undefined : parse(path, text);
    },
    save(snapshot) {
      // Another process has written the book since: it has fenced this one, whose copy is worth nothing any more.
      if (versionOf(path) !== seen) throw new VenueError(`${path}: another process has taken over this paper account`);
      const beside = `${path}.tmp`;
      mkdirSync(dirname(path), { recursive: true });
      writeFlushed(beside, serialise(snapshot));
      renameSync(beside, path);
      seen = versionOf(path);
      flushFolder(dirname(path));
    },
  };
}

/** Each replacement is another file with another time. */
function versionOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.ino}:${stat.mtimeNs}:${stat.size}`;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function serialise(venue: VenueSnapshot): string {
  const body = JSON.stringify(venue);
  return `{"format":${JSON.stringify(FORMAT)},"version":${VERSION},"sha256":"${sha256(body)}","venue":${body}}\n`;
}

/** A file whose sum is right is exactly what this version has written. */
function parse(path: string, text: string): VenueSnapshot {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw unreadable(path, 'is not JSON: it is cut off or damaged');
  }
  if (typeof file !== 'object' || file === null || !('format' in file) || file.format !== FORMAT) {
    throw unreadable(path, 'is not a paper account');
  }
  if (!('version' in file) || file.version !== VERSION) {
    throw unreadable(
      path,
      `has format version ${'version' in file ? file.version : 'none'}, this servo reads ${VERSION}`,
    );
  }
  const venue = 'venue' in file ? file.venue : undefined;
  const sound = 'sha256' in file && venue !== undefined && file.sha256 === sha256(JSON.stringify(venue));
  if (!sound) throw unreadable(path, 'was changed or damaged: its content does not match its checksum');
  return venue as VenueSnapshot;
}

const unreadable = (path: string, what: string): VenueError =>
  new VenueError(
    `${path} ${what}. Put back a good copy of it; or, to begin a new paper account, move it away together with the servo's database`,
  );

const sha256 = (text: string): string => hash('sha256', text, 'hex');

function writeFlushed(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A rename survives the loss of power once its folder is flushed. */
function flushFolder(folder: string): void {
  const entry = openSync(folder, 'r');
  try {
    fsyncSync(entry);
  } finally {
    closeSync(entry);
  }
}

/** What can go wrong with the store, as one typed error that says what, where and how to mend it. */
import Database from 'better-sqlite3';

export type StoreErrorCode =
  /** There is no database at the path. */
  | 'missing'
  /** It belongs to another account or mode. */
  | 'foreign'
  /** It was written by a newer or an older servo. */
  | 'schema'
  /** Another connection holds it. */
  | 'locked'
  | 'disk_full'
  /** The disk or the file system refused. */
  | 'io'
  /** What is stored is not what was written. */
  | 'corrupt'
  /** A list was asked to go on from what no list has answered. */
  | 'cursor'
  /** An event does not fit what is stored: a bug, and nothing was written. */
  | 'misfit';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const HINTS: Record<'locked' | 'disk_full' | 'io' | 'corrupt' | 'misfit', string> = {
  locked: 'another program holds the database; close it, readers must open it read-only',
  disk_full: 'the disk is full; free some space',
  io: 'the disk could not be read or written; check that it is mounted and writable',
  corrupt: 'the file is damaged; `servo db verify` shows more, `servo db restore` takes a backup',
  misfit: 'the event contradicts what is stored, nothing was written; run `servo db verify`',
};

/** SQLite's primary result codes, which begin its extended ones. */
const BY_SQLITE_CODE: readonly (readonly [string, keyof typeof HINTS])[] = [
  ['SQLITE_BUSY', 'locked'],
  ['SQLITE_LOCKED', 'locked'],
  ['SQLITE_FULL', 'disk_full'],
  ['SQLITE_CORRUPT', 'corrupt'],
  ['SQLITE_NOTADB', 'corrupt'],
  ['SQLITE_CONSTRAINT', 'misfit'],
];

/** SQLite's failures as ours; what is ours already, or a bug of another kind, passes unchanged. */
export function storeErrorOf(path: string, cause: unknown): unknown {
  if (!(cause instanceof Database.SqliteError)) return cause;
  const code = BY_SQLITE_CODE.find(([prefix]) => cause.code.startsWith(prefix))?.[1] ?? 'io';
  return new StoreError(code, `${path}: ${cause.message} (${cause.code}): ${HINTS[code]}`, { cause });
}

/** Runs `work` on the database at `path`, so that every failure of SQLite leaves as a StoreError. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeErrorOf(path, error);
  }
}

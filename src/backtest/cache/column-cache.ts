/** Columns kept in a folder under a hash of all that they follow from; what is damaged or cannot be kept is computed again, silently. */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

const KINDS = { f64: Float64Array, f32: Float32Array, i32: Int32Array, u8: Uint8Array } as const;
type Kind = keyof typeof KINDS;
export type Column = Float64Array | Float32Array | Int32Array | Uint8Array;

export interface StoredColumns {
  /** JSON-safe. */
  readonly facts: unknown;
  readonly columns: Readonly<Record<string, Column>>;
}

interface Header {
  readonly facts: unknown;
  readonly columns: readonly { readonly name: string; readonly kind: Kind; readonly length: number }[];
}

const MAGIC = 'SERVOCL1';
/** The magic word, the checksum of all that follows it, and the length of the header. */
const HEADER_AT = 16;
const ALIGNMENT = 8;
const BYTES_MAX = 2 * 2 ** 30;
/** Left by a process that died while it wrote. */
const ABANDONED_AFTER_MS = 3_600_000;

/** Equal parts have equal keys, whatever the process. */
export const keyOf = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

export class ColumnCache {
  readonly #folder: string;
  readonly #bytesMax: number;

  constructor(folder: string, bytesMax: number = BYTES_MAX) {
    this.#folder = folder;
    this.#bytesMax = bytesMax;
  }

  /** Views over one buffer; undefined where nothing sound is kept under the key. */
  read(key: string): StoredColumns | undefined {
    const path = this.#pathOf(key);
    try {
      const stored = decoded(readFileSync(path));
      // What was read last is forgotten last.
      if (stored !== undefined) touch(path);
      return stored;
    } catch {
      return undefined;
    }
  }

  /** In one step: who reads meanwhile finds the whole file or none. A disk that is full or read-only costs time alone. */
  write(key: string, stored: StoredColumns): void {
    const path = this.#pathOf(key);
    const unfinished = `${path}.${randomUUID()}.new`;
    try {
      mkdirSync(this.#folder, { recursive: true });
      writePieces(unfinished, encoded(stored));
      renameSync(unfinished, path);
      this.#prune(path);
    } catch {
      discard(unfinished);
    }
  }

  #pathOf(key: string): string {
    return join(this.#folder, `${key}.columns`);
  }

  /** Least recently used first, and never what was written a moment ago. */
  #prune(justWritten: string): void {
    const files = readdirSync(this.#folder).flatMap((name) => statOf(join(this.#folder, name)) ?? []);
    files.sort((a, b) => b.usedAt - a.usedAt);
    let bytes = 0;
    for (const { path, size, usedAt } of files) {
      const abandoned = path.endsWith('.new') && usedAt < Date.now() - ABANDONED_AFTER_MS;
      bytes += size;
      if (abandoned || (bytes > this.#bytesMax && path !== justWritten)) rmSync(path, { force: true });
    }
  }
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Where the folder could not be made, there is no file either.
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Of a folder that may only be read nothing is ever forgotten.
  }
}

function statOf(path: string): { path: string; size: number; usedAt: number } | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? { path, size: found.size, usedAt: found.mtimeMs } : undefined;
}

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

function kindOf(column: Column): Kind {
  if (column instanceof Float64Array) return 'f64';
  if (column instanceof Float32Array) return 'f32';
  return column instanceof Int32Array ? 'i32' : 'u8';
}

/** Of all that follows it. */
const checksumOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, piece) => crc32(piece, sum), 0);

/** The pieces of the file in their order: the columns are not copied. */
function encoded({ facts, columns }: StoredColumns): readonly Uint8Array[] {
  const named = Object.entries(columns);
  const shapes = named.map(([name, column]) => ({ name, kind: kindOf(column), length: column.length }));
  const header = padded(Buffer.from(JSON.stringify({ facts, columns: shapes } satisfies Header)));
  const headerLength = Buffer.alloc(4);
  headerLength.writeUInt32LE(header.bytes.length);
  const pieces = [
    headerLength,
    ...[header, ...named.map(([, column]) => padded(bytesOf(column)))].flatMap(({ bytes, padding }) => [
      bytes,
      padding,
    ]),
  ];
  const start = Buffer.alloc(HEADER_AT - 4);
  start.write(MAGIC, 'latin1');
  start.writeUInt32LE(checksumOf(pieces), MAGIC.length);
  return [start, ...pieces];
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Column): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const padded = (bytes: Uint8Array): { readonly bytes: Uint8Array; readonly padding: Uint8Array } => ({
  bytes,
  padding: new Uint8Array(aligned(bytes.length) - bytes.length),
});

function writePieces(path: string, pieces: readonly Uint8Array[]): void {
  const file = openSync(path, 'wx');
  try {
    for (const piece of pieces) writeFileSync(file, piece);
  } finally {
    closeSync(file);
  }
}

function decoded(read: Buffer): StoredColumns | undefined {
  const bytes = read.byteOffset % ALIGNMENT === 0 ? read : Buffer.from(new Uint8Array(read).buffer);
  if (bytes.length < HEADER_AT || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  if (bytes.readUInt32LE(MAGIC.length) !== checksumOf([bytes.subarray(HEADER_AT - 4)])) return undefined;
  const headerLength = bytes.readUInt32LE(HEADER_AT - 4);
  const header = JSON.parse(bytes.toString('utf8', HEADER_AT, HEADER_AT + headerLength)) as Header;
  let at = HEADER_AT + aligned(headerLength);
  const columns: Record<string, Column> = {};
  for (const { name, kind, length } of header.columns) {
    const column = new KINDS[kind](bytes.buffer as ArrayBuffer, bytes.byteOffset + at, length);
    columns[name] = column;
    at += aligned(column.byteLength);
  }
  return { facts: header.facts, columns };
}

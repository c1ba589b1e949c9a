/** A file of columns: 4,096 bytes or a multiple of readable JSON, then each column's numbers as they lie in memory. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { CandleFileError } from '../candle-file-error.ts';

type Column = Float64Array | Int32Array;

export interface NamedColumn {
  readonly name: string;
  readonly values: Column;
}

/** What the file itself says of its columns; `content` is the SHA-256 of all of them. */
interface Shape {
  readonly rows: number;
  readonly columns: readonly string[];
  readonly content: string;
}

const MAGIC = '{"servo_columns":1,';
const PAGE_BYTES = 4096;
const PAGES_MAX = 16;
const LINE_FEED = 0x0a;
const BLANK = 0x20;
const SUFFIX: Record<string, number> = { f64: 8, i32: 4 };

/** False also for what cannot be read: whoever reads on has the words for it. */
export function isColumnFile(path: string): boolean {
  try {
    return withFile(path, (file) => {
      const head = Buffer.alloc(MAGIC.length);
      return head.toString('utf8', 0, readSync(file, head, 0, head.length, 0)) === MAGIC;
    });
  } catch {
    return false;
  }
}

/** The number format is part of a column's name, so that a reader that knows it reads any version's columns. */
const typedName = (name: string, values: Column): string => `${name}:${values instanceof Float64Array ? 'f64' : 'i32'}`;

/** A crash leaves the old file or the new one, whole. */
export function writeColumnFile(path: string, about: object, columns: readonly NamedColumn[]): void {
  const shape: Shape = {
    rows: columns[0]?.values.length ?? 0,
    columns: columns.map(({ name, values }) => typedName(name, values)),
    content: contentHash(columns.map(({ values }) => values)),
  };
  const text = Buffer.from(`${MAGIC}${JSON.stringify({ ...about, ...shape }).slice(1)}`);
  const header = Buffer.alloc(Math.ceil((text.length + 1) / PAGE_BYTES) * PAGE_BYTES, BLANK);
  text.copy(header);
  header[header.length - 1] = LINE_FEED;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'w');
  try {
    for (const part of [header, ...columns.map(({ values }) => bytesOf(values))]) writeWhole(file, part);
    fsyncSync(file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** The header alone, as JSON. Throws a `CandleFileError` on a file that is none of these or is cut short. */
export function readColumnHeader(path: string): unknown {
  return withFile(path, (file) => headerOf(path, file).header);
}

interface ColumnFile {
  readonly header: unknown;
  column(name: string): Column | undefined;
}

/** Reads and proves every column; a column is the memory it was read into. */
export function readColumnFile(path: string): ColumnFile {
  return withFile(path, (file) => {
    const { header, shape, at: start } = headerOf(path, file);
    let at = start;
    const columns = shape.columns.map((typed) => {
      const values = typed.endsWith(':f64') ? new Float64Array(shape.rows) : new Int32Array(shape.rows);
      readWhole(file, bytesOf(values), at);
      at += values.byteLength;
      return [typed, values] as const;
    });
    if (contentHash(columns.map(([, values]) => values)) !== shape.content) {
      throw new CandleFileError([`${path}: its numbers are not those that were written; import it again`]);
    }
    const byName = new Map<string, Column>(columns);
    return { header, column: (name) => byName.get(name) };
  });
}

function headerOf(path: string, file: number): { header: unknown; shape: Shape; at: number } {
  for (let pages = 1; pages <= PAGES_MAX; pages++) {
    const head = Buffer.alloc(pages * PAGE_BYTES);
    if (readSync(file, head, 0, head.length, 0) < head.length) break;
    if (head[head.length - 1] !== LINE_FEED) continue;
    const shape = parse(head.toString('utf8'));
    const size = shape?.columns.reduce((sum, typed) => sum + shape.rows * (SUFFIX[typed.slice(-3)] ?? 0), head.length);
    if (shape === undefined || size !== fstatSync(file).size) break;
    return { header: shape, shape, at: head.length };
  }
  throw new CandleFileError([`${path}: this is no whole file of the library; import it again`]);
}

function parse(text: string): Shape | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isShape(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isShape(value: unknown): value is Shape {
  if (typeof value !== 'object' || value === null) return false;
  const { rows, columns, content } = value as Record<string, unknown>;
  return Number.isSafeInteger(rows) && Number(rows) >= 0 && Array.isArray(columns) && typeof content === 'string';
}

function withFile<T>(path: string, work: (file: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}

const bytesOf = (values: Column): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

function contentHash(columns: readonly Column[]): string {
  const hash = createHash('sha256');
  for (const values of columns) hash.update(bytesOf(values));
  return hash.digest('hex');
}

function writeWhole(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at);
}

function readWhole(file: number, bytes: Buffer, from: number): void {
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(file, bytes, at, bytes.length - at, from + at);
    if (count === 0) return;
    at += count;
  }
}

/** Without it a crash of the machine may forget the rename. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The bytes of a data file, or one sentence on why it has none. */
import { readFileSync, statSync } from 'node:fs';
import { CandleFileError } from './candle-file-error.ts';

/** Above this a text no longer fits one string of the engine. */
const BYTES_MAX = 400_000_000;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path',
  EACCES: 'the file may not be read; give this user the right to read it',
  EISDIR: 'this is a folder; give the path of a CSV file in it',
};

/** Throws a `CandleFileError` on a file that cannot be read, is empty or is no text in UTF-8. A mark of byte order is left out. */
export function readBytes(path: string): Buffer {
  const bytes = readAny(path);
  if (isUtf16(bytes)) throw fault(path, 'the text is UTF-16; save it as UTF-8');
  return withoutMark(path, bytes);
}

/** As `readBytes`, and takes the UTF-16 that MetaTrader writes. */
export function readBytesOfAnyText(path: string): Buffer {
  const bytes = readAny(path);
  if (!isUtf16(bytes)) return withoutMark(path, bytes);
  if (bytes[0] === 0xfe) bytes.subarray(0, bytes.length & ~1).swap16();
  return Buffer.from(bytes.subarray(2).toString('utf16le'), 'utf8');
}

/** Throws a `CandleFileError` on bytes that are no UTF-8. */
export function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fault(path, 'the text is not UTF-8; save it as UTF-8');
  }
}

function readAny(path: string): Buffer {
  try {
    const { size } = statSync(path);
    if (size > BYTES_MAX) throw fault(path, `the file has ${size} bytes and ${BYTES_MAX} are the limit; split it`);
    const bytes = readFileSync(path);
    if (bytes.length === 0) throw fault(path, 'the file is empty; download or export it again');
    return bytes;
  } catch (error) {
    if (error instanceof CandleFileError) throw error;
    const { code = '' } = error as NodeJS.ErrnoException;
    throw fault(path, REASONS[code] ?? `the file cannot be read (${code})`);
  }
}

function withoutMark(path: string, bytes: Buffer): Buffer {
  const zeroAt = bytes.indexOf(0);
  if (zeroAt >= 0) throw fault(path, `this is no text: byte ${zeroAt} is zero; unpack it or export it as CSV`);
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return marked ? bytes.subarray(3) : bytes;
}

const isUtf16 = (bytes: Buffer): boolean =>
  (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);

const fault = (path: string, message: string): CandleFileError => new CandleFileError([`${path}: ${message}`]);

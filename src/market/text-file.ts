/** The text of a data file, or one sentence on why it has none. */
import { readFileSync, statSync } from 'node:fs';

/** Above this a text no longer fits one string of the engine. */
const BYTES_MAX = 400_000_000;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path',
  EACCES: 'the file may not be read; give this user the right to read it',
  EISDIR: 'this is a folder; give the path of a CSV file in it',
};

type TextFile = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'fault'; readonly message: string };

export function readTextFile(path: string): TextFile {
  const fault = (message: string): TextFile => ({ kind: 'fault', message });
  let bytes: Buffer;
  try {
    const { size } = statSync(path);
    if (size > BYTES_MAX) return fault(`the file has ${size} bytes and ${BYTES_MAX} are the limit; split it`);
    bytes = readFileSync(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return fault(REASONS[code] ?? `the file cannot be read (${code})`);
  }
  if (bytes.length === 0) return fault('the file is empty; download or export it again');
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return fault('the text is UTF-16; save it as UTF-8');
  }
  const zeroAt = bytes.indexOf(0);
  if (zeroAt >= 0) return fault(`this is no text: byte ${zeroAt} is zero; unpack it or export it as CSV`);
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return fault('the text is not UTF-8; save it as UTF-8');
  }
}

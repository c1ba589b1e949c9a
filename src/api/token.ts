/** The API's bearer token: made at the first start, kept in a file that only its owner may read. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const TOKEN_BYTES = 32;
const LENGTH_MIN = 32;
/** Random text of this length repeats little; `aaaa…` and `12341234…` are somebody's placeholder. */
const DISTINCT_CHARACTERS_MIN = 10;
const SAMPLE_WORDS = /change[-_]?me|example|placeholder|password|your[-_](api|secret|token)/i;

/** The token cannot be used; the message says why and how to mend it, and never shows it. */
export class ApiTokenError extends Error {
  override readonly name = 'ApiTokenError';
  /** The process's exit code for "configuration invalid". */
  readonly exitCode = 3;
}

/** The token in the file, which is made when there is none. */
export function apiToken(path: string): string {
  if (!existsSync(path)) makeTokenFile(path);
  return readApiToken(path);
}

/** The token in the file, for whoever wants to ask a running servo. */
export function readApiToken(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new ApiTokenError(`${path}: no API token there; it is made when the servo first starts.`);
  if (!stat.isFile())
    throw new ApiTokenError(`${path}: not a file. Move it away, or name another file with api.token_file.`);
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
    const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
    throw new ApiTokenError(`${path}: open to other users (mode ${mode}). Close it: chmod 600 ${path}`);
  }
  const token = readFileSync(path, 'utf8').trim();
  assertUsableToken(token, path);
  return token;
}

/** Whoever holds the token moves money: one that can be guessed is refused. */
export function assertUsableToken(token: string, where: string): void {
  const fault = faultOf(token);
  if (fault === undefined) return;
  throw new ApiTokenError(
    `${where}: the API token ${fault}. Delete the file for a new one, or make one: openssl rand -hex 32`,
  );
}

function faultOf(token: string): string | undefined {
  if (token.length < LENGTH_MIN) return `has ${token.length} characters, ${LENGTH_MIN} are the least`;
  if (!/^[\x21-\x7e]+$/.test(token)) return 'must be one line of plain ASCII without spaces';
  const sample = SAMPLE_WORDS.test(token) || new Set(token).size < DISTINCT_CHARACTERS_MIN;
  return sample ? 'is a sample or a repetition, not a secret' : undefined;
}

/** Written aside and renamed: a crash leaves either no token or a whole one. */
function makeTokenFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${randomBytes(4).toString('hex')}`;
  writeFileSync(unfinished, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`, {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  });
  renameSync(unfinished, path);
}

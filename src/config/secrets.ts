/** Secrets: where the configuration holds them, how they are read from files, and how they stay out of every message. */
import { readFileSync, statSync } from 'node:fs';
import { isScalar } from 'yaml';
import type { ConfigPath, Finding } from './fault.ts';
import { literalPart } from './variables.ts';
import type { YamlSource } from './yaml-source.ts';

/** Keys whose whole text is secret. A Redis address is secret only in its password. */
const SECRETS: readonly { readonly path: ConfigPath; readonly variable: string }[] = [
  { path: ['telegram', 'token'], variable: 'TELEGRAM_TOKEN' },
  { path: ['account', 'totp_secret'], variable: 'SERVO_TOTP_SECRET' },
];

export const isSecretPath = (path: ConfigPath): boolean =>
  SECRETS.some((secret) => secret.path.length === path.length && secret.path.every((step, i) => step === path[i]));

const URL_PASSWORD = /(\/\/[^/\s@:]*:)([^/\s@]+)(?=@)/g;
const TELEGRAM_TOKEN = /\b\d{6,}:[\w-]{20,}/g;

/** Secrets do not stand in config.yaml, which is shown, copied and committed. */
export function literalSecrets({ document }: YamlSource): { values: readonly string[]; findings: readonly Finding[] } {
  const values: string[] = [];
  const findings: Finding[] = [];
  for (const { path, variable: name } of SECRETS) {
    const literal = literalTextAt(document, path);
    if (literal === '') continue;
    values.push(literal);
    const hint = `put ${name}=… into .env beside this file and write "\${${name}:-}" here, or use ${path.at(-1)}_file`;
    findings.push({ path, message: 'a secret must not stand in this file', hint });
  }
  if (literalTextAt(document, ['queue', 'redis_url']).match(URL_PASSWORD) !== null) {
    const hint = `put REDIS_URL=… into .env beside this file and write "\${REDIS_URL:-}" here`;
    findings.push({ path: ['queue', 'redis_url'], message: 'a password must not stand in this file', hint });
  }
  return { values, findings };
}

function literalTextAt(document: YamlSource['document'], path: ConfigPath): string {
  const node = document.getIn(path, true);
  return isScalar(node) && node.value !== null ? literalPart(String(node.value)) : '';
}

/** Replaces secrets by dots of the same length: a caret below still points at the right column. */
export function redactor(values: readonly string[]): (text: string) => string {
  const dots = (secret: string) => '•'.repeat(secret.length);
  return (text) =>
    values
      .reduce((shown, value) => shown.replaceAll(value, dots), text)
      .replace(TELEGRAM_TOKEN, dots)
      .replace(URL_PASSWORD, (_, before: string, password: string) => before + dots(password));
}

const SECRET_BYTES_MAX = 4096;

/** The text of a secret's file, without the line end; a finding where it is missing, empty or open to others. */
export function readSecretFile(path: ConfigPath, file: string): string | Finding {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) {
    const hint = 'write the secret into that file, or set the key to null';
    return { path, message: `${file} ${stat === undefined ? 'does not exist' : 'is not a file'}`, hint };
  }
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
    const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
    return { path, message: `${file} is open to other users (mode ${mode})`, hint: `chmod 600 ${file}` };
  }
  const secret = stat.size <= SECRET_BYTES_MAX ? readFileSync(file, 'utf8').trim() : '';
  return secret === '' ? { path, message: `${file} holds no secret`, hint: 'one line of text is expected' } : secret;
}

/** `••••` and the last four characters, or the dots alone where four would give too much away. */
export const maskSecret = (secret: string): string => `••••${secret.length >= 12 ? secret.slice(-4) : ''}`;

export const maskUrlPassword = (url: string): string =>
  url.replace(URL_PASSWORD, (_, before: string, password: string) => before + maskSecret(password));

export const withoutUrlPassword = (url: string): string => url.replace(URL_PASSWORD, '$1');

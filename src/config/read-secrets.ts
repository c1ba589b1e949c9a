/** The secrets that a configuration names, read and checked. */
import { join } from 'node:path';
import type { Finding } from './fault.ts';
import type { ConfigFile } from './schema.ts';
import { readSecretFile } from './secrets.ts';

interface Secrets {
  readonly telegramToken: string | null;
  readonly totpSecret: string | null;
  readonly apiToken: string | null;
  readonly apiTokenFile: string;
  readonly findings: readonly Finding[];
}

const API_TOKEN_LENGTH_MIN = 32;
/** 128 bits, as RFC 4226 asks for. */
const TOTP_SECRET = /^[A-Z2-7]{26,128}=*$/;
const TOTP_HINT = 'make one with: openssl rand 20 | base32';

/** From the environment, through the file's variables, or from files of mode 600. */
export function readSecrets({ account, app, api, telegram }: ConfigFile, absolute: (path: string) => string): Secrets {
  const findings: Finding[] = [];
  const read = (path: Finding['path'], file: string | null): string | null => {
    if (file === null) return null;
    const secret = readSecretFile(path, absolute(file));
    if (typeof secret === 'string') return secret;
    findings.push(secret);
    return null;
  };
  const apiToken = read(['api', 'token_file'], api.token_file);
  if (apiToken !== null && apiToken.length < API_TOKEN_LENGTH_MIN) {
    const message = `the token in ${api.token_file} is shorter than ${API_TOKEN_LENGTH_MIN} characters`;
    findings.push({ path: ['api', 'token_file'], message, hint: 'make one with: openssl rand -hex 32' });
  }
  const totpSecret = account.totp_secret || read(['account', 'totp_secret_file'], account.totp_secret_file);
  if (totpSecret !== null && !TOTP_SECRET.test(totpSecret)) {
    const message = `what ${account.totp_secret_file} holds is no base32 secret of 26 characters or more`;
    findings.push({ path: ['account', 'totp_secret_file'], message, hint: TOTP_HINT });
  }
  return {
    totpSecret,
    telegramToken: telegram.token === '' ? read(['telegram', 'token_file'], telegram.token_file) : telegram.token,
    apiToken,
    apiTokenFile: api.token_file === null ? join(absolute(app.data_dir), 'api.token') : absolute(api.token_file),
    findings,
  };
}

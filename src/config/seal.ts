/** The last step of every configuration: hashed, then frozen to its depth. And the form of it that may be shown. */
import { createHash } from 'node:crypto';
import { dirname, isAbsolute, relative } from 'node:path';
import type { Config } from './config.ts';
import type { ConfigDraft } from './resolve.ts';
import { maskSecret, maskUrlPassword, withoutUrlPassword } from './secrets.ts';

export const sealConfig = (draft: ConfigDraft): Config => deepFreeze({ ...draft, configHash: hashOf(draft) });

/** The same settings have the same hash on every machine: secrets, notes, who named the mode and the folder around the file do not count. */
function hashOf(draft: ConfigDraft & { readonly configHash?: string }): string {
  const {
    file,
    modes: _modes,
    notes: _notes,
    configHash: _hash,
    ...settings
  } = mapSecrets(draft, () => null, withoutUrlPassword);
  const folder = dirname(file);
  const portable = (_key: string, value: unknown) => {
    if (typeof value === 'string' && isAbsolute(value)) return relative(folder, value);
    return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  };
  return createHash('sha256').update(JSON.stringify(settings, portable)).digest('hex');
}

/** For display: the same configuration, each secret as dots and its last four characters. */
export const maskedConfig = (config: Config): Config => mapSecrets(config, maskSecret, maskUrlPassword);

function mapSecrets<Draft extends ConfigDraft>(
  draft: Draft,
  secret: (value: string) => string | null,
  url: (value: string) => string,
): Draft {
  const { account, queue, api, telegram } = draft;
  return {
    ...draft,
    account: { ...account, totpSecret: account.totpSecret === null ? null : secret(account.totpSecret) },
    queue: { ...queue, redisUrl: queue.redisUrl === null ? null : url(queue.redisUrl) },
    api: { ...api, token: api.token === null ? null : secret(api.token) },
    telegram: { ...telegram, token: telegram.token === null ? null : secret(telegram.token) },
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function deepFreeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) deepFreeze(child);
  return Object.freeze(value);
}

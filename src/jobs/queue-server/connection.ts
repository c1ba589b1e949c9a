/** Where a queue server is reached: from a REDIS_URL to plain connection options, and to words without a secret. */
import type { RedisOptions } from 'ioredis';
import { QueueServerError } from './queue-server-error.ts';

export type QueueConnection = Pick<RedisOptions, 'path' | 'host' | 'port' | 'username' | 'password' | 'db' | 'tls'>;

type Transport = 'tcp' | 'tls' | 'socket';

const TRANSPORTS: Readonly<Record<string, Transport>> = {
  'redis:': 'tcp',
  'rediss:': 'tls',
  'valkey:': 'tcp',
  'valkeys:': 'tls',
  'unix:': 'socket',
};

const DEFAULT_PORT = 6379;
const HOW_TO_WRITE_IT =
  'write redis://user:password@host:6379/0, rediss://… for TLS, or unix:///path/to/redis.sock?db=0';

export function parseRedisUrl(text: string): QueueConnection {
  const url = URL.parse(text.startsWith('/') ? `unix://${text}` : text);
  const transport = url === null ? undefined : TRANSPORTS[url.protocol];
  // The text may hold a password, so no message repeats it.
  if (url === null || transport === undefined)
    throw new QueueServerError(`REDIS_URL cannot be read: ${HOW_TO_WRITE_IT}`);

  const credentials = {
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
  };
  if (transport === 'socket') {
    const db = parseDatabase(url.searchParams.get('db') ?? '');
    return { path: decodeURIComponent(url.pathname), db, ...credentials };
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    db: parseDatabase(url.pathname.slice(1)),
    ...credentials,
    ...(transport === 'tls' && { tls: {} }),
  };
}

function parseDatabase(text: string): number {
  if (text === '') return 0;
  if (!/^\d+$/.test(text)) throw new QueueServerError(`REDIS_URL names the database "${text}": ${HOW_TO_WRITE_IT}`);
  return Number(text);
}

export function describeConnection(connection: QueueConnection): string {
  const database = connection.db ? `, database ${connection.db}` : '';
  if (connection.path !== undefined) return `${connection.path}${database}`;
  return `${connection.host}:${connection.port}${connection.tls ? ' over TLS' : ''}${database}`;
}

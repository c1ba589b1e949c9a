/** What a queue server says about itself, asked over a short-lived connection with a deadline. */
import { Redis } from 'ioredis';
import type { QueueConnection } from './connection.ts';

export interface ServerFacts {
  readonly product: 'Redis' | 'Valkey';
  readonly productVersion: string;
  /** The Redis version it is compatible with; Valkey names both. */
  readonly redisVersion: string;
  readonly pid: number;
  readonly mode: string;
  readonly role: string;
  readonly hz: number;
  readonly evictionPolicy: string;
  readonly appendOnlyFile: boolean;
  /** Null where the server forbids CONFIG, as hosted ones often do. */
  readonly appendFsync: string | null;
}

export async function readServerFacts(connection: QueueConnection, deadlineMs: number): Promise<ServerFacts> {
  return withClient(connection, deadlineMs, async (client) => {
    const info = await client.info();
    return parseServerFacts(info, await readAppendFsync(client));
  });
}

/** Asks for an orderly end; the server writes out its append-only file first. */
export async function requestShutdown(connection: QueueConnection, deadlineMs: number): Promise<void> {
  await withClient(connection, deadlineMs, async (client) => {
    const closed = new Promise((resolve) => client.once('close', resolve));
    // Success has no reply: the connection just closes.
    await Promise.race([client.shutdown().catch(() => undefined), closed]);
  });
}

export function parseServerFacts(info: string, appendFsync: string | null): ServerFacts {
  const fields = new Map(info.split(/\r?\n/).map((line) => splitOnce(line, ':')));
  const field = (name: string): string => fields.get(name) ?? '';
  const valkeyVersion = fields.get('valkey_version');
  return {
    product: valkeyVersion === undefined ? 'Redis' : 'Valkey',
    productVersion: valkeyVersion ?? field('redis_version'),
    redisVersion: field('redis_version'),
    pid: Number(field('process_id')),
    mode: field('redis_mode'),
    role: field('role'),
    hz: Number(field('configured_hz')),
    evictionPolicy: field('maxmemory_policy'),
    appendOnlyFile: field('aof_enabled') === '1',
    appendFsync,
  };
}

async function withClient<T>(
  connection: QueueConnection,
  deadlineMs: number,
  use: (client: Redis) => Promise<T>,
): Promise<T> {
  const client = new Redis({
    ...connection,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: deadlineMs,
  });
  let cause: Error | undefined;
  client.on('error', (error) => {
    cause ??= error;
  });
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(() => deadline.reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
  try {
    return await Promise.race([client.connect().then(() => use(client)), deadline.promise]);
  } catch (error) {
    // ioredis rejects with "Connection is closed" and tells the reason in the event only.
    throw cause ?? error;
  } finally {
    clearTimeout(timer);
    client.disconnect();
  }
}

async function readAppendFsync(client: Redis): Promise<string | null> {
  try {
    const reply = (await client.config('GET', 'appendfsync')) as string[];
    return reply[1] ?? null;
  } catch {
    return null;
  }
}

function splitOnce(line: string, separator: string): [string, string] {
  const at = line.indexOf(separator);
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}

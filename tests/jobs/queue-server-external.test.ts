/** REDIS_URL: what is accepted, what is refused in one clear line, and what is too weak for live trading. */
import { expect, test } from 'vitest';
import { describeConnection, parseRedisUrl } from '../../src/jobs/queue-server/connection.ts';
import { judgeServer } from '../../src/jobs/queue-server/fitness.ts';
import { QueueServerError } from '../../src/jobs/queue-server/queue-server-error.ts';
import { parseServerFacts } from '../../src/jobs/queue-server/server-facts.ts';
import { type QueueServer, startQueueServer } from '../../src/jobs/queue-server/start-queue-server.ts';
import { foreignServer, freePort, serverPid, tempDir, withRedis } from './queue-server-support.ts';

const SAFE = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--hz', '100'];

function use(redisUrl: string): Promise<QueueServer> {
  return startQueueServer({ redisUrl, dataDir: '/nowhere', log: () => undefined });
}

async function refusal(redisUrl: string): Promise<QueueServerError> {
  const error = await use(redisUrl).catch((cause: unknown) => cause);
  if (!(error instanceof QueueServerError)) throw new Error('not refused');
  expect(error.message).not.toContain('\n');
  return error;
}

test('a safe server is used as it is and left running', async () => {
  const { port } = await foreignServer(...SAFE);
  const server = await use(`redis://127.0.0.1:${port}/2`);
  expect(server).toMatchObject({ unsafeForLive: null, warnings: [] });
  expect(server.describe()).toMatch(new RegExp(`^(Redis|Valkey) [\\d.]+, 127.0.0.1:${port}, database 2$`));
  await server.stop();
  expect(await withRedis(server.connection, (client) => client.ping())).toBe('PONG');
});

test('a unix socket is an address too', async () => {
  const socket = `${tempDir()}/redis.sock`;
  await foreignServer(...SAFE, '--unixsocket', socket);
  const [byUrl, byPath] = await Promise.all([use(`unix://${socket}`), use(socket)]);
  expect(await serverPid(byUrl.connection)).toBe(await serverPid(byPath.connection));
});

test('nothing there: says so at once, without the password', async () => {
  const port = await freePort();
  const error = await refusal(`redis://servo:hunter2@127.0.0.1:${port}`);
  expect(error.exitCode).toBe(4);
  expect(error.message).toContain(`no usable answer from 127.0.0.1:${port} (connect ECONNREFUSED`);
  expect(error.message).not.toContain('hunter2');
});

test('a server that accepts and stays silent is given up after two seconds', async () => {
  const { port, process } = await foreignServer(...SAFE);
  process.kill('SIGSTOP');
  expect((await refusal(`redis://127.0.0.1:${port}`)).message).toContain('no answer within 2000 ms');
});

test('a wrong and a missing password are named as such', async () => {
  const { port } = await foreignServer(...SAFE, '--requirepass', 'hunter2');
  expect((await refusal(`redis://:wrong@127.0.0.1:${port}`)).message).toContain('WRONGPASS');
  expect((await refusal(`redis://127.0.0.1:${port}`)).message).toContain('NOAUTH');
  expect((await use(`redis://:hunter2@127.0.0.1:${port}`)).describe()).not.toContain('hunter2');
});

test('a server that may evict jobs is refused', async () => {
  const { port } = await foreignServer('--appendonly', 'yes', '--maxmemory-policy', 'allkeys-lru');
  expect((await refusal(`redis://127.0.0.1:${port}`)).message).toBe(
    `REDIS_URL: 127.0.0.1:${port} cannot be used: its maxmemory-policy is allkeys-lru, which can silently drop jobs; set "maxmemory-policy noeviction".`,
  );
});

test('a replica is refused', async () => {
  const { port } = await foreignServer(...SAFE, '--replicaof', `127.0.0.1 ${await freePort()}`);
  expect((await refusal(`redis://127.0.0.1:${port}`)).message).toContain('read-only replica');
});

test.each([
  [['--appendonly', 'no'], 'its append-only file is off, so a crash forgets the schedulers; set "appendonly yes"'],
  [['--appendonly', 'yes', '--appendfsync', 'no'], 'its appendfsync is "no"; set "appendfsync everysec"'],
  [[...SAFE, '--rename-command', 'CONFIG', ''], 'its appendfsync could not be checked (CONFIG is forbidden)'],
])('%j serves paper trading but not live', async (settings, reason) => {
  const { port } = await foreignServer(...settings);
  expect((await use(`redis://127.0.0.1:${port}`)).unsafeForLive).toBe(reason);
});

test('a slow inner clock is worth a warning', async () => {
  const { port } = await foreignServer('--appendonly', 'yes');
  expect((await use(`redis://127.0.0.1:${port}`)).warnings).toEqual([
    'its hz is 10, so checks may run 100 ms late; set "hz 100"',
  ]);
});

test.each([
  ['redis://queue', { host: 'queue', port: 6379, db: 0 }, 'queue:6379'],
  ['redis://[::1]:7000/3', { host: '::1', port: 7000, db: 3 }, '::1:7000, database 3'],
  [
    'rediss://servo:p%40ss@queue:6380',
    { host: 'queue', port: 6380, db: 0, username: 'servo', password: 'p@ss', tls: {} },
    'queue:6380 over TLS',
  ],
  ['valkey://queue', { host: 'queue', port: 6379, db: 0 }, 'queue:6379'],
  ['unix:///run/redis.sock?db=2', { path: '/run/redis.sock', db: 2 }, '/run/redis.sock, database 2'],
  ['/run/redis.sock', { path: '/run/redis.sock', db: 0 }, '/run/redis.sock'],
])('%s is read as an address', (url, connection, words) => {
  expect(parseRedisUrl(url)).toEqual(connection);
  expect(describeConnection(parseRedisUrl(url))).toBe(words);
});

test.each([
  'queue:6379',
  'http://queue',
  'redis://:hunter2@',
  'redis://queue:99999',
  'redis://queue/first',
  '',
])('"%s" is no address, and the message says how to write one', (url) => {
  expect(() => parseRedisUrl(url)).toThrow(QueueServerError);
  expect(() => parseRedisUrl(url)).toThrow(/^REDIS_URL .*write redis:\/\/user:password@host:6379\/0/);
  expect(() => parseRedisUrl(url)).not.toThrow('hunter2');
});

const GOOD_INFO = [
  'redis_version:7.0.15',
  'redis_mode:standalone',
  'process_id:7',
  'configured_hz:100',
  'role:master',
  'maxmemory_policy:noeviction',
  'aof_enabled:1',
];

test.each([
  ['valkey_version:8.1.0', { refusal: null, unsafeForLive: null }],
  ['redis_version:6.0.16', { refusal: null, unsafeForLive: 'it is Redis 6.0.16, older than 6.2' }],
  ['redis_version:4.0.9', { refusal: 'it is Redis 4.0.9; 6.2 or newer is needed' }],
  ['redis_version:', { refusal: 'it is Redis ; 6.2 or newer is needed' }],
  ['redis_mode:cluster', { refusal: 'it runs in cluster mode; the queues need a single server' }],
  ['redis_mode:sentinel', { refusal: 'it runs in sentinel mode; the queues need a single server' }],
])('a server that says %s is judged by it', (line, verdict) => {
  expect(judgeServer(parseServerFacts([...GOOD_INFO, line].join('\r\n'), 'everysec'))).toMatchObject(verdict);
});

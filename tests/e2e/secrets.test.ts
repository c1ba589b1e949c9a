/** One accepted trade followed by its id through logs, book and chat; and secrets that are in none of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeBotApi, TOKEN } from '../telegram/fake-bot-api.ts';
import {
  type Home,
  makeHome,
  PATIENCE_MS,
  query,
  replaced,
  secretOf,
  servo,
  start,
  strangerOnPort,
  until,
} from './support.ts';

const REDIS_PASSWORD = 'canary-queue-password';
const TOTP_SECRET = 'CANARYSECRETOFTHEONETIMECODES234';
const USER = 42;
const STRANGER = 666;

let home: Home;
let queueServer: ChildProcess;
let redisUrl: string;

beforeAll(async () => {
  home = makeHome();
  const folder = home.at('redis');
  mkdirSync(folder);
  const { port, server } = await strangerOnPort();
  server.close();
  const settings = { port, bind: '127.0.0.1', dir: folder, requirepass: REDIS_PASSWORD, appendonly: 'yes', hz: 100 };
  const flags = Object.entries({ ...settings, 'maxmemory-policy': 'noeviction', save: '' });
  queueServer = spawn(
    'redis-server',
    flags.flatMap(([name, value]) => [`--${name}`, String(value)]),
    { stdio: 'ignore' },
  );
  redisUrl = `redis://:${REDIS_PASSWORD}@127.0.0.1:${port}`;
  const client = queueClient();
  await until(
    () =>
      client.ping().then(
        () => true,
        () => false,
      ),
    'the queue server answers',
  );
  client.disconnect();
}, PATIENCE_MS);

afterAll(async () => {
  queueServer.kill('SIGKILL');
  await home.remove();
});

function queueClient(): Redis {
  const client = new Redis(redisUrl);
  client.on('error', () => undefined);
  return client;
}

/** Every value of every key, whatever its type: what a look into the queue would show. */
async function everythingInQueue(): Promise<string> {
  const client = queueClient();
  const read: Record<string, (key: string) => Promise<unknown>> = {
    string: (key) => client.get(key),
    hash: (key) => client.hgetall(key),
    list: (key) => client.lrange(key, 0, -1),
    set: (key) => client.smembers(key),
    zset: (key) => client.zrange(key, 0, '-1'),
    stream: (key) => client.xrange(key, '-', '+'),
  };
  const keys = await client.keys('*');
  const values = await Promise.all(keys.map(async (key) => [key, await read[await client.type(key)]?.(key)]));
  client.disconnect();
  expect(values.length).toBeGreaterThan(10);
  return JSON.stringify(values);
}

/** As bytes: a secret in a database or a half-written file counts too. */
function filesHolding(secret: string): string[] {
  const files = ['data', 'logs'].flatMap((folder) =>
    readdirSync(home.at(folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  const plain = files.filter((name) => statSync(home.at(name)).isFile());
  expect(plain.length).toBeGreaterThan(5);
  return plain.filter((name) => readFileSync(home.at(name)).includes(secret));
}

const jsonLines = (name: string): Record<string, unknown>[] =>
  readFileSync(home.at('logs', name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a trade is followed by one id from its signal to the chat, and no secret is on the way', {
  timeout: 2 * PATIENCE_MS,
}, async () => {
  const bots = await FakeBotApi.start();
  bots.say(USER, '/status');
  bots.say(STRANGER, '/halt');
  const config = replaced(readFileSync(home.at('config.yaml'), 'utf8'), 'https://api.telegram.org', bots.root);
  const users = `users: [{ id: ${USER}, role: operator }]`;
  writeFileSync(home.at('config.yaml'), replaced(config, 'users: []', users));

  const env = { REDIS_URL: redisUrl, TELEGRAM_TOKEN: TOKEN, SERVO_TOTP_SECRET: TOTP_SECRET };
  const running = start(home, ['run', '--bar-every', '0.2', '--log-level', 'DEBUG'], { env });
  await running.shows(/CLOSE .* USD/);
  const answers = await everyAnswer(running.stdout);
  await until(
    () => bots.messages.some(({ texts }) => texts.some((text) => text.includes('CLOSE'))),
    'the chat hears of it',
  );
  const queue = await everythingInQueue();
  running.kill('SIGTERM');
  expect(await running.ended, running.stderr).toBe(0);
  expect(running.stdout).not.toContain('HALTED');

  expectOneThread();
  const shown = running.stdout + running.stderr + answers + queue + JSON.stringify(bots.messages);
  const token = secretOf(home);
  expect(token).toMatch(/^[\w-]{43}$/);
  const given = [TOKEN.slice(11), REDIS_PASSWORD, TOTP_SECRET];
  for (const secret of [token, TOKEN, ...given]) expect(shown).not.toContain(secret);
  expect(filesHolding(token)).toEqual(['data/api.token']);
  for (const secret of given) expect(filesHolding(secret)).toEqual([]);

  /** What the API tells the holder of the token, and what doctor prints. */
  async function everyAnswer(screen: string): Promise<string> {
    const address = /API {7}(http:\/\/127\.0\.0\.1:\d+)\/docs/.exec(screen)?.[1] ?? '';
    const headers = { authorization: `Bearer ${secretOf(home)}` };
    const views = ['status', 'account', 'positions', 'trades', 'decisions', 'performance', 'risk', 'events', 'why'];
    const paths = [
      '/healthz',
      '/readyz',
      '/metrics',
      '/docs/json',
      '/queues/api/queues',
      ...views.map((view) => `/api/v1/${view}`),
    ];
    const texts = await Promise.all(
      paths.map(async (path) => {
        const response = await fetch(`${address}${path}`, { headers });
        expect(response.status, path).toBe(200);
        return response.text();
      }),
    );
    const doctor = await servo(home, ['doctor', '--json'], { env });
    expect(doctor.code, doctor.stderr).toBe(0);
    return [...texts, doctor.stdout, doctor.stderr].join('\n');
  }
});

function expectOneThread(): void {
  const [trade] = query<{ decisionId: string }>(home, 'SELECT decision_id AS decisionId FROM trades ORDER BY sequence');
  const id = trade?.decisionId ?? '';
  const ofTrade = (lines: Record<string, unknown>[]) => lines.filter(({ decision_id }) => decision_id === id);
  const trading = ofTrade(jsonLines('trading.log')).map(({ event, alert }) => event ?? alert);
  expect(trading.slice(0, 3)).toEqual(['signal_made', 'decision_made', 'order_changed']);
  expect(trading.slice(-2)).toEqual(['fill_applied', 'closed']);
  expect(trading).toContain('opened');

  const name = readdirSync(home.at('logs')).find((file) => /^servo_\d{8}_\d{6}\.log$/.test(file)) ?? '';
  expect(ofTrade(jsonLines(name)).map(({ event }) => event)).toContain('signal_made');
  const rows = query<{ kind: string }>(home, `SELECT kind FROM journal WHERE decision_id = '${id}' ORDER BY sequence`);
  expect(rows.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['signal_made', 'decision_made', 'fill_applied']),
  );
  for (const table of ['decisions', 'orders', 'trades', 'alerts']) {
    expect(query(home, `SELECT 1 FROM ${table} WHERE decision_id = '${id}'`), table).not.toEqual([]);
  }
}

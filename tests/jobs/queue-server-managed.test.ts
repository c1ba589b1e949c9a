/** The servo's own queue server, with real processes: start, memory, adoption, restart, end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { type QueueServer, startQueueServer } from '../../src/jobs/queue-server/start-queue-server.ts';
import { processesIn, serverPid, tempDir, waitUntil, withRedis } from './queue-server-support.ts';

const MODULE = new URL('../../src/jobs/queue-server/start-queue-server.ts', import.meta.url).href;

async function start(dataDir: string): Promise<{ server: QueueServer; lines: string[] }> {
  const lines: string[] = [];
  const server = await startQueueServer({ dataDir, log: (line) => lines.push(line) });
  onTestFinished(() => server.stop());
  return { server, lines };
}

test('starts a server that is fit for live trading, and ends it', async () => {
  const dataDir = tempDir();
  const { server, lines } = await start(dataDir);

  expect(server).toMatchObject({
    unsafeForLive: null,
    warnings: [],
    connection: { path: join(dataDir, 'queue/redis.sock') },
  });
  expect(server.describe()).toMatch(/^(Redis|Valkey) \d+\.\d+\.\d+, the servo's own, state in /);
  expect(lines).toEqual([expect.stringMatching(/^queue server: (Redis|Valkey) [\d.]+ started \(pid \d+\), state in /)]);
  expect(statSync(join(dataDir, 'queue')).mode & 0o077).toBe(0);

  await server.stop();
  expect(processesIn(dataDir)).toEqual([]);
  await expect(withRedis(server.connection, (client) => client.ping())).rejects.toThrow();
});

test('serves a BullMQ queue and its worker by plain options', async () => {
  const { server } = await start(tempDir());
  const queue = new Queue('sweep', { connection: server.connection });
  const worker = new Worker('sweep', async (job) => job.data.bars * 2, { connection: server.connection });
  const done = new Promise((resolve) => worker.once('completed', (_job, result) => resolve(result)));
  await queue.add('tick', { bars: 21 });
  expect(await done).toBe(42);
  await worker.close();
  await queue.close();
});

test('keeps its state between runs', async () => {
  const dataDir = tempDir();
  const first = await start(dataDir);
  await withRedis(first.server.connection, (client) => client.set('bar', 'kept'));
  await first.server.stop();

  const second = await start(dataDir);
  expect(await withRedis(second.server.connection, (client) => client.get('bar'))).toBe('kept');
});

test('a second start adopts the live server instead of stealing its socket', async () => {
  const dataDir = tempDir();
  const first = await start(dataDir);
  const pid = await serverPid(first.server.connection);
  const second = await start(dataDir);

  expect(second.lines[0]).toContain(`found running (pid ${pid})`);
  expect(processesIn(dataDir)).toEqual([pid]);
});

test('two starts at the same moment end with one server', async () => {
  const dataDir = tempDir();
  const [first, second] = await Promise.all([start(dataDir), start(dataDir)]);
  expect(await serverPid(first.server.connection)).toBe(await serverPid(second.server.connection));
  expect(processesIn(dataDir)).toHaveLength(1);
});

test('the server of a killed servo is adopted with its data and ended in good order', async () => {
  const dataDir = tempDir();
  const script = `
    const { startQueueServer } = await import(${JSON.stringify(MODULE)});
    const server = await startQueueServer({ dataDir: process.argv[1], log: () => undefined });
    process.stdout.write('up');
    setInterval(() => undefined, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(parent.stdout, 'data');
  const connection = { path: join(dataDir, 'queue/redis.sock') };
  const pid = await serverPid(connection);
  await withRedis(connection, (client) => client.set('bar', 'kept'));
  parent.kill('SIGKILL');
  await once(parent, 'exit');

  const { server, lines } = await start(dataDir);
  expect(lines[0]).toContain(`found running (pid ${pid})`);
  expect(await withRedis(server.connection, (client) => client.get('bar'))).toBe('kept');
  await server.stop();
  expect(processesIn(dataDir)).toEqual([]);
});

test.each(['started', 'adopted'])('a server that dies is started again when it was %s, with its data', async (how) => {
  const dataDir = tempDir();
  const first = await start(dataDir);
  const watcher = how === 'adopted' ? await start(dataDir) : first;
  const pid = await serverPid(first.server.connection);
  await withRedis(watcher.server.connection, (client) => client.set('bar', 'kept'));
  process.kill(pid, 'SIGKILL');

  await waitUntil(() => watcher.lines.filter((line) => /started|found running/.test(line)).length === 2);
  expect(await serverPid(watcher.server.connection)).not.toBe(pid);
  expect(await withRedis(watcher.server.connection, (client) => client.get('bar'))).toBe('kept');
  expect(processesIn(dataDir)).toHaveLength(1);
  expect(watcher.lines).toContain('queue server: gone, starting it again in 100 ms');
});

test('a server that keeps dying is started again ever more slowly', async () => {
  const { server, lines } = await start(tempDir());
  for (const delayMs of [100, 500]) {
    process.kill(await serverPid(server.connection), 'SIGKILL');
    await waitUntil(() => lines.includes(`queue server: gone, starting it again in ${delayMs} ms`));
    await waitUntil(() => lines.at(-1)?.includes('started') ?? false);
  }
});

test('stopping during a restart leaves nothing running', async () => {
  const dataDir = tempDir();
  const { server, lines } = await start(dataDir);
  process.kill(await serverPid(server.connection), 'SIGKILL');
  await waitUntil(() => lines.some((line) => line.includes('gone')));
  await server.stop();
  expect(processesIn(dataDir)).toEqual([]);
});

test('a live server whose socket was swept away is ended before another opens its files', async () => {
  const dataDir = tempDir();
  const first = await start(dataDir);
  const pid = await serverPid(first.server.connection);
  rmSync(join(dataDir, 'queue/redis.sock'));

  const second = await start(dataDir);
  expect(await serverPid(second.server.connection)).not.toBe(pid);
  await waitUntil(() => processesIn(dataDir).length === 1);
});

test('a pid file that names a stranger harms nobody', async () => {
  const dataDir = tempDir();
  mkdirSync(join(dataDir, 'queue'));
  const stranger = spawn('sleep', ['60']);
  onTestFinished(() => void stranger.kill());
  writeFileSync(join(dataDir, 'queue/redis.pid'), `${stranger.pid}\n`);

  await start(dataDir);
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
});

test('a data folder too deep for a unix socket gets a short one', async () => {
  const dataDir = join(tempDir(), 'd'.repeat(100));
  const { server } = await start(dataDir);
  const socketPath = server.connection.path ?? '';
  expect(Buffer.byteLength(socketPath)).toBeLessThanOrEqual(103);
  expect(statSync(dirname(socketPath)).mode & 0o077).toBe(0);
  expect(await serverPid(server.connection)).toBeGreaterThan(1);
  await server.stop();
  rmSync(dirname(socketPath), { recursive: true });
});

test('saved state that cannot be read is set aside and the queue starts empty', async () => {
  const dataDir = tempDir();
  const first = await start(dataDir);
  for (let at = 0; at < 50; at += 1)
    await withRedis(first.server.connection, (client) => client.set(`bar${at}`, 'x'.repeat(50)));
  await first.server.stop();
  const files = join(dataDir, 'queue/appendonlydir');
  const saved = join(files, readdirSync(files).find((name) => name.endsWith('incr.aof')) ?? '');
  writeFileSync(saved, readFileSync(saved, 'latin1').replaceAll('SET', 'S3T').replace('*3', '*x'));

  const second = await start(dataDir);
  expect(second.lines[0]).toContain('cannot be read, set aside');
  expect(await withRedis(second.server.connection, (client) => client.dbsize())).toBe(0);
  expect(readdirSync(join(dataDir, 'queue')).some((name) => name.startsWith('appendonlydir.unreadable-'))).toBe(true);
});

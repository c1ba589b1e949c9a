/** What the queue server's tests share: temp folders, a foreign server, waiting, and a guard that nothing is left running. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import type { QueueConnection } from '../../src/jobs/queue-server/connection.ts';

/** A folder that is removed after the test, with every process that still works in it. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'servo-test-'));
  onTestFinished(async () => {
    for (const pid of processesIn(dir)) process.kill(pid, 'SIGKILL');
    await waitUntil(() => processesIn(dir).length === 0);
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

export function processesIn(dir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && workingFolder(name).startsWith(`${dir}/`))
    .map(Number);
}

function workingFolder(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

export async function waitUntil(condition: () => boolean | Promise<boolean>, deadlineMs = 8_000): Promise<void> {
  const deadlineAt = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > deadlineAt) throw new Error(`not so within ${deadlineMs} ms: ${condition.toString()}`);
    await sleep(20);
  }
}

/** Runs one piece of work over a client of its own. */
export async function withRedis<T>(connection: QueueConnection, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ ...connection, retryStrategy: () => null, lazyConnect: true });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    client.disconnect();
  }
}

export async function serverPid(connection: QueueConnection): Promise<number> {
  const info = await withRedis(connection, (client) => client.info('server'));
  return Number(/process_id:(\d+)/.exec(info)?.[1]);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A server as somebody else would run it, on a TCP port. */
export async function foreignServer(...settings: string[]): Promise<{ port: number; process: ChildProcess }> {
  const [dir, port] = [tempDir(), await freePort()];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', ...settings];
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  onTestFinished(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  });
  await waitUntil(() => accepts(port));
  return { port, process: child };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

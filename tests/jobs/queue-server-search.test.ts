/** Where the queue server's program comes from: each way on its own, apt's private copy for real. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { findOnPath, findQueueServerBinary, SERVER_NAMES } from '../../src/jobs/queue-server/find-binary.ts';
import { ManagedServer } from '../../src/jobs/queue-server/managed-server.ts';
import { requiredPackages } from '../../src/jobs/queue-server/private-copy.ts';
import { QueueServerError } from '../../src/jobs/queue-server/queue-server-error.ts';
import type { CommandResult, RunCommand } from '../../src/jobs/queue-server/run-command.ts';
import { makeWorkFolder } from '../../src/jobs/queue-server/work-folder.ts';
import { processesIn, tempDir, withRedis } from './queue-server-support.ts';

const HAS_APT = findOnPath(['apt-get'], process.env['PATH'] ?? '') !== null;

/** A PATH folder with programs that do nothing: here it only counts that they are there. */
function pathWith(...programs: string[]): string {
  const dir = tempDir();
  for (const program of programs) {
    writeFileSync(join(dir, program), '#!/bin/sh\n');
    chmodSync(join(dir, program), 0o755);
  }
  return dir;
}

function answering(answers: Readonly<Record<string, CommandResult>>): { run: RunCommand; asked: string[] } {
  const asked: string[] = [];
  const run: RunCommand = async (program, args) => {
    const question = [program.split('/').at(-1), ...args].join(' ');
    asked.push(question);
    const answer = Object.entries(answers).find(([start]) => question.startsWith(start));
    return answer?.[1] ?? { ok: false, output: `${question}: not expected` };
  };
  return { run, asked };
}

const ok = (output = ''): CommandResult => ({ ok: true, output });
const failed = (output: string): CommandResult => ({ ok: false, output });

test('PATH comes first, redis-server before valkey-server, and folders or plain files do not count', async () => {
  const decoy = pathWith();
  mkdirSync(join(decoy, 'redis-server'));
  const plain = pathWith('valkey-server');
  chmodSync(join(plain, 'valkey-server'), 0o644);
  const real = pathWith('redis-server', 'valkey-server');
  const found = await findQueueServerBinary({
    privateDir: tempDir(),
    workDirs: [],
    log: () => undefined,
    path: [decoy, plain, real].join(':'),
  });
  expect(found).toEqual({ way: 'path', command: [join(real, 'redis-server')] });
});

test('a private copy already there is used without asking apt', async () => {
  const privateDir = tempDir();
  mkdirSync(join(privateDir, 'bin'));
  writeFileSync(join(privateDir, 'bin/valkey-server'), '');
  const { run, asked } = answering({});
  const found = await findQueueServerBinary({
    privateDir,
    workDirs: [],
    log: () => undefined,
    path: pathWith('apt-get'),
    run,
  });
  expect(found).toEqual({ way: 'private copy', command: [join(privateDir, 'bin/valkey-server')] });
  expect(asked).toEqual([]);
});

test('apt without a network: says why, leaves nothing behind, goes on to the next way', async () => {
  const privateDir = join(tempDir(), 'queue-server');
  const lines: string[] = [];
  const { run } = answering({ 'apt-get': failed('W: skipped\nE: Temporary failure resolving the mirror') });
  const search = findQueueServerBinary({
    privateDir,
    workDirs: [],
    log: (line) => lines.push(line),
    path: pathWith('apt-get'),
    platform: 'linux',
    run,
  });
  await expect(search).rejects.toThrow(QueueServerError);
  expect(lines.at(-1)).toBe('queue server: no private copy: Temporary failure resolving the mirror');
  expect(readdirSync(dirname(privateDir))).toEqual([]);
});

test('brew installs redis and its own folder is looked into', async () => {
  const prefix = tempDir();
  mkdirSync(join(prefix, 'bin'));
  symlinkSync('/bin/true', join(prefix, 'bin/redis-server'));
  const { run, asked } = answering({ 'brew install redis': ok(), 'brew --prefix': ok(prefix) });
  const options = { privateDir: tempDir(), workDirs: [], log: () => undefined, path: pathWith('brew'), run };
  expect(await findQueueServerBinary({ ...options, platform: 'darwin' })).toEqual({
    way: 'brew',
    command: [join(prefix, 'bin/redis-server')],
  });
  expect(asked).toEqual(['brew install redis', 'brew --prefix']);
});

test('a running Docker engine serves through the same folder, without a network', async () => {
  const path = pathWith('docker');
  const { run } = answering({ 'docker info': ok('27.0'), 'docker pull --quiet redis:7': ok() });
  const options = { privateDir: tempDir(), workDirs: ['/srv/data/queue'], log: () => undefined, path, run };
  const { way, command } = await findQueueServerBinary({ ...options, platform: 'linux' });
  expect(way).toBe('docker');
  expect(command.join(' ')).toMatch(
    new RegExp(
      `^${path}/docker run --rm --network none .*--volume /srv/data/queue:/srv/data/queue redis:7 redis-server$`,
    ),
  );
});

test.each([
  ['linux', 'install the package redis-server or valkey-server'],
  ['darwin', 'run "brew install redis"'],
] as const)('on %s with nothing at all, one line says what to do', async (platform, advice) => {
  const { run } = answering({ 'docker info': failed('Cannot connect to the Docker daemon') });
  const options = {
    privateDir: tempDir(),
    workDirs: [],
    log: () => undefined,
    path: pathWith('docker'),
    platform,
    run,
  };
  await expect(findQueueServerBinary(options)).rejects.toThrow(
    `No queue server on this machine: ${advice}, or set REDIS_URL to a running one.`,
  );
});

test('the packages of a private copy are the server and its libraries, but never the C library', () => {
  const listing = `redis-server
  PreDepends: init-system-helpers
  Depends: redis-tools
redis-tools
  Depends: adduser
  Depends: libc6
 |Depends: libssl3t64
  Depends: <libvirtual>
    libother
libssl3t64
  Depends: libc6
  Depends: libzstd1
adduser
  Depends: libpam0g
libzstd1
<libvirtual>`;
  expect(requiredPackages(listing, 'redis-server')).toEqual(['redis-server', 'redis-tools', 'libssl3t64', 'libzstd1']);
  expect(requiredPackages(listing, 'valkey-server')).toEqual([]);
});

test.skipIf(!HAS_APT)(
  'with no server on PATH, apt gives a private copy that answers PING (skipped without apt-get)',
  async () => {
    const dataDir = tempDir();
    const privateDir = join(dataDir, 'queue-server');
    const folder = makeWorkFolder(dataDir);
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const findBinary = () =>
      findQueueServerBinary({ privateDir, workDirs: [], log, path: pathWith('apt-get'), platform: 'linux' });

    const found = await findBinary();
    expect(found.way, lines.join('\n')).toBe('apt');
    expect((await findBinary()).way).toBe('private copy');
    expect(SERVER_NAMES.some((name) => found.command[0] === join(privateDir, 'bin', name))).toBe(true);
    expect(existsSync(join(privateDir, 'lists'))).toBe(false);
    expect(spawnSync(found.command[0], ['--version'], { encoding: 'utf8' }).stdout).toMatch(/server v=/);

    const server = new ManagedServer({ folder, findBinary, log });
    await server.start();
    expect(await withRedis({ path: folder.socketPath }, (client) => client.ping())).toBe('PONG');
    await server.stop();
    expect(processesIn(dataDir)).toEqual([]);
  },
  120_000,
);

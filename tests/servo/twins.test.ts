/**
 * Two processes want one account. On one machine the kernel's lock refuses the second, also while the first sleeps. Where the second has
 * a copy of the book, as on another machine, the venue's fence refuses what the first sends when it wakes, and the first halts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { lockAccount } from '../../src/db/account-lock.ts';
import { verifyStore } from '../../src/db/verify.ts';
import { tcpBroker } from '../broker/fake-venue/tcp-broker.ts';
import { pathsIn } from '../support/scene.ts';
import { type CrashLife, configFile, LOCKED_EXIT } from './support/crash-child.ts';
import type { CrashPoint, Kind, StepName, When } from './support/crash-points.ts';
import { repeated, venueFor } from './support/crash-run.ts';
import { lifeConfig } from './support/life-config.ts';

const SCRATCH = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'servo-twins-'));
const env = { ...process.env, NODE_COMPILE_CACHE: join(SCRATCH, 'compile-cache') };
const CONFIG = lifeConfig(0);
const LIFE = { bars: 16, seed: 7, habit: { word: 'flatten', everyBars: 6 } } as const;
const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(SCRATCH, { recursive: true, force: true });
});

const stopsAt = (when: When, step: StepName, kind: Kind, skip = 0): CrashPoint => ({
  ...{ when, step, kind, skip },
  stops: true,
});

describe('a twin on the same machine', { timeout: 120_000 }, () => {
  test.each([
    stopsAt('before', 'recovery', 'any'),
    stopsAt('after', 'T2', 'open'),
    stopsAt('during', 'send', 'open', 1),
  ])('is refused while the first sleeps $when $step, and takes over once it is killed', async (point) => {
    const folder = newFolder();
    const first = started('crash-child', { ...LIFE, folder, point });
    expect(await first.line()).toBe('stopped');
    expect(await started('crash-child', { ...LIFE, folder }).ended).toBe(LOCKED_EXIT);
    first.child.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    expect(await started('crash-child', { ...LIFE, folder }).ended).toBe(0);
    expect(verifyStore(pathsIn(folder).database)).toMatchObject({ ok: true });
  });

  test('is refused while the first lives', async () => {
    const folder = newFolder();
    const lock = lockAccount(folder, 'test');
    expect(await started('crash-child', { ...LIFE, folder }).ended).toBe(LOCKED_EXIT);
    expect(existsSync(pathsIn(folder).database)).toBe(false);
    lock.release();
  });
});

describe('a zombie with a book of its own', { timeout: 120_000 }, () => {
  test.each([
    stopsAt('before', 'T1', 'open', 1),
    stopsAt('after', 'T1', 'open', 1),
    stopsAt('before', 'T2', 'open', 1),
    stopsAt('before', 'send', 'open', 1),
    stopsAt('before', 'send', 'modify'),
    stopsAt('before', 'send', 'close'),
  ])('that slept $when $step of $kind is refused by the venue, and halts', async (point) => {
    const venue = await venueFor(CONFIG);
    try {
      const folder = newFolder();
      const zombie = started('zombie-child', { ...LIFE, folder, port: venue.port, point });
      expect(await zombie.line()).toBe('stopped');

      const copy = `${folder}-copy`;
      cpSync(folder, copy, { recursive: true });
      expect(await started('crash-child', { ...LIFE, folder: copy, port: venue.port }).ended).toBe(0);
      const before = { book: await bookAt(venue.port), log: await venue.log() };

      zombie.child.kill('SIGCONT');
      const stand = JSON.parse((await zombie.line()) ?? '{}');
      expect(await zombie.ended).toBe(0);
      expect(stand).toMatchObject({ status: 'halted' });
      expect(stand.problem).toMatch(/is not known/);

      expect(await bookAt(venue.port), 'the venue did nothing for it').toEqual(before.book);
      const { arrived, stale } = await venue.log();
      const sentSince = arrived.slice(before.log.arrived.length);
      expect(sentSince.length).toBeGreaterThan(0);
      expect(stale.slice(before.log.stale.length), 'all that it sent was refused').toEqual(sentSince);
      expect(repeated(arrived.filter((orderId) => !stale.includes(orderId)))).toEqual([]);
      for (const at of [folder, copy]) expect(verifyStore(pathsIn(at).database)).toMatchObject({ ok: true });
    } finally {
      await venue.stop();
    }
  });
});

function newFolder(): string {
  const folder = mkdtempSync(join(SCRATCH, 'account-'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(configFile(folder), JSON.stringify(CONFIG));
  return folder;
}

function started(script: 'crash-child' | 'zombie-child', life: CrashLife) {
  const path = fileURLToPath(new URL(`./support/${script}.ts`, import.meta.url));
  const child = spawn(process.execPath, [path, JSON.stringify(life)], { stdio: ['ignore', 'pipe', 'inherit'], env });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as NodeJS.Signals | number);
  return { child, ended, line: async (): Promise<string | undefined> => (await lines.next()).value };
}

async function bookAt(port: number) {
  const broker = tcpBroker(port);
  const { sequence, balance, positions, workingOrderIds } = await broker.snapshot();
  await broker.close();
  return { sequence, balance, positions, workingOrderIds };
}

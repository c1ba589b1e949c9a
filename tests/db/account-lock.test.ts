/** One process an account, by the kernel's word. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AccountLockedError, lockAccount } from '../../src/db/account-lock.ts';
import { kill, startChild, tempDir } from './support.ts';

const refusalOf = (act: () => unknown): AccountLockedError => {
  try {
    act();
  } catch (error) {
    if (error instanceof AccountLockedError) return error;
    throw error;
  }
  throw new Error('the lock was given twice');
};

test('another process is refused with the holder’s pid and since when, and a SIGKILL frees the lock', async () => {
  const dir = tempDir();
  const before = Date.now();
  const { child, lines } = startChild('./lock-child.ts', dir, 'demo');
  expect((await lines.next()).value).toBe('locked');

  const refusal = refusalOf(() => lockAccount(dir, 'demo'));
  expect(refusal.holder?.pid).toBe(child.pid);
  expect(Date.parse(refusal.holder?.since ?? '')).toBeGreaterThanOrEqual(before);
  expect(refusal.message).toContain(`process ${child.pid} since`);
  // Other accounts of the same folder are free.
  lockAccount(dir, 'other').release();

  await kill(child);
  const lock = lockAccount(dir, 'demo');
  expect(JSON.parse(readFileSync(join(dir, 'demo.lock.json'), 'utf8')).pid).toBe(process.pid);
  lock.release();
});

test('the same process is refused too, until it releases', () => {
  const dir = tempDir();
  const lock = lockAccount(dir, 'a/b: c');
  expect(refusalOf(() => lockAccount(dir, 'a/b: c')).message).toContain('account a/b: c is in use by process');
  lock.release();
  lockAccount(dir, 'a/b: c').release();
});

test('a torn note names nobody, and the kernel still refuses', () => {
  const dir = tempDir();
  const lock = lockAccount(dir, 'demo');
  writeFileSync(join(dir, 'demo.lock.json'), '{"pid": 1');
  const refusal = refusalOf(() => lockAccount(dir, 'demo'));
  expect(refusal.holder).toBeUndefined();
  expect(refusal.message).toContain('in use by another process');
  lock.release();
});

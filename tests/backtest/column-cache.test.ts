/** Columns on disk: found as they were, never found damaged, forgotten when there are too many, and whole whoever writes at the same time. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ColumnCache, keyOf, type StoredColumns } from '../../src/backtest/cache/column-cache.ts';
import { temporaryFolder } from '../support/world.ts';

let scratch: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  scratch = temporaryFolder();
});
afterEach(() => scratch.remove());

const STORED: StoredColumns = {
  facts: { memory: [1.5, null, 'é'], closedAt: -0.1 },
  columns: {
    // Lengths that are no multiples of eight bytes, so that the next column has to be aligned.
    ready: Uint8Array.of(1, 0, 255),
    probabilities: Float32Array.of(0.1, Number.NaN, 1e-38, -0, 3),
    atr: Float64Array.of(Math.PI, Number.NaN, -0, Number.MAX_SAFE_INTEGER),
    none: new Float64Array(0),
  },
};

const entry = (): string => join(scratch.path, readdirSync(scratch.path)[0] ?? '');

test('what was written is read again bit for bit', () => {
  const cache = new ColumnCache(scratch.path);
  cache.write('a', STORED);
  const read = cache.read('a');
  expect(read).toEqual(STORED);
  expect(Object.is(read?.columns['atr']?.[2], -0)).toBe(true);
  expect(cache.read('b')).toBeUndefined();
});

test('a file that is damaged anywhere, or cut anywhere, is not found', () => {
  const cache = new ColumnCache(scratch.path);
  cache.write('a', STORED);
  const sound = readFileSync(entry());
  for (let at = 0; at < sound.length; at++) {
    const damaged = Buffer.from(sound);
    damaged[at] = (damaged[at] as number) ^ 4;
    writeFileSync(entry(), damaged);
    expect(cache.read('a'), `byte ${at}`).toBeUndefined();
  }
  writeFileSync(entry(), sound);
  expect(cache.read('a')).toEqual(STORED);
  for (let length = sound.length - 1; length >= 0; length -= 7) {
    truncateSync(entry(), length);
    expect(cache.read('a'), `${length} bytes`).toBeUndefined();
  }
  cache.write('a', STORED);
  expect(cache.read('a')).toEqual(STORED);
});

test('the least recently used is forgotten first, and what was read counts as used', () => {
  const cache = new ColumnCache(scratch.path);
  for (const key of ['old', 'older', 'new']) cache.write(key, STORED);
  const { size } = statSync(entry());
  for (const [i, key] of ['older', 'old', 'new'].entries()) {
    utimesSync(join(scratch.path, `${key}.columns`), 1_000 + i, 1_000 + i);
  }
  expect(cache.read('older')).toEqual(STORED);
  new ColumnCache(scratch.path, 3 * size).write('newest', STORED);
  expect(readdirSync(scratch.path).sort()).toEqual(['new.columns', 'newest.columns', 'older.columns']);
});

test('a folder that cannot be made costs nothing but the time', () => {
  const file = join(scratch.path, 'file');
  writeFileSync(file, 'in the way');
  const cache = new ColumnCache(join(file, 'cache'));
  cache.write('a', STORED);
  expect(cache.read('a')).toBeUndefined();
});

test('processes that write the same key at once leave it whole at every moment', { timeout: 30_000 }, async () => {
  const source = join(import.meta.dirname, '../../src/backtest/cache/column-cache.ts');
  const script = `
    const { ColumnCache } = await import(${JSON.stringify(source)});
    const cache = new ColumnCache(${JSON.stringify(scratch.path)});
    let odd = 0;
    for (let i = 0; i < 150; i++) {
      cache.write('a', { facts: {}, columns: { same: new Float64Array(2_000).fill(process.pid) } });
      const read = cache.read('a');
      if (read === undefined || new Set(read.columns.same).size !== 1) odd++;
    }
    console.log(odd);`;
  const run = promisify(execFile);
  const writers = Array.from({ length: 3 }, () => run(process.execPath, ['--input-type=module', '-e', script]));
  for (const { stdout } of await Promise.all(writers)) expect(stdout.trim()).toBe('0');
  expect(readdirSync(scratch.path)).toEqual(['a.columns']);
});

test('keys differ with every part and with how the parts are divided', () => {
  const keys = [['a', 'b'], ['ab'], ['a', 'b', ''], ['a', ['b']], ['b', 'a']].map(keyOf);
  expect(new Set(keys).size).toBe(keys.length);
});

/** The simulation catches every mistake in the list, by the invariants that the servo itself keeps in two thousand worlds. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import type { Verdict } from './mutant-child.ts';
import { MUTANTS } from './mutants.ts';

const CHILD = fileURLToPath(new URL('./mutant-child.ts', import.meta.url));
const SEEDS = 400;

/** Sources are compiled once, not once a mutant. */
const cache = mkdtempSync(join(tmpdir(), 'servo-mutants-'));
const env = { ...process.env, NODE_COMPILE_CACHE: cache };

const lines: string[] = [];
afterAll(() => {
  console.log(lines.join('\n'));
  rmSync(cache, { recursive: true, force: true });
});

test('at least twelve, and none twice', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  expect(MUTANTS.length).toBeGreaterThanOrEqual(12);
});

test.concurrent.each(MUTANTS)('$name', { timeout: 300_000 }, async ({ name }) => {
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, name, String(SEEDS)], { env });
  const { seed, invariant, detail, cpuMs } = JSON.parse(stdout) as Verdict;
  lines.push(
    `seed ${String(seed).padStart(3)}  ${String(invariant).padEnd(3)}  ${String(cpuMs).padStart(5)} ms  ${name}`,
  );
  expect(seed, `no world of ${SEEDS} broke`).toBeDefined();
  expect(detail).not.toBe('');
});

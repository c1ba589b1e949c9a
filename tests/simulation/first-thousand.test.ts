/** Seeds 1 to 1000: no invariant is broken, and every kind of fault and every status was met. */
import { expect, test } from 'vitest';
import { runSimulation } from './run-simulation.ts';

test('a thousand worlds, no violation', { timeout: 400_000 }, async () => {
  const { code, words } = await runSimulation('--from', '1', '--seeds', '1000');
  console.log(words);
  expect(words).toMatch(/^1000 seeds, \d{4,} orders, \d{4,} crashes, \d+ events, 0 violations/m);
  expect(code).toBe(0);
});

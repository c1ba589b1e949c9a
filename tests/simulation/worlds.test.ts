/** A seed is a world: lived through again it is the same to the last byte, whichever store keeps its journal. */
import { expect, test } from 'vitest';
import { runSeed } from './campaign.ts';
import { HITS, Tally } from './hits.ts';
import { INVARIANTS } from './invariants.ts';

const SEEDS = [3, 5, 9, 14, 25, 42];

test.each(SEEDS)('seed %i, again and in the real store', async (seed) => {
  const [first, again, real] = [await runSeed(seed), await runSeed(seed), await runSeed(seed, undefined, true)];
  expect(first.orders).toBeGreaterThan(0);
  expect(again.hash).toBe(first.hash);
  expect(real.hash).toBe(first.hash);
});

test('seeds differ', async () => {
  const outcomes = [];
  for (const seed of SEEDS) outcomes.push(await runSeed(seed));
  expect(new Set(outcomes.map(({ hash }) => hash)).size).toBe(SEEDS.length);
});

test('a campaign that never met a fault says so', () => {
  const tally = new Tally();
  for (const hit of HITS.slice(1)) tally.note(hit);
  expect(tally.missing).toEqual([HITS[0]]);
});

test('every invariant has its sentence', () => {
  const sentences = Object.values(INVARIANTS);
  expect(sentences.length).toBeGreaterThan(15);
  for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].*\.$/);
});

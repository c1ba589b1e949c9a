/** `servo check-lookahead` as a person meets it: what it proves, what it catches, and how it ends. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ROOT } from '../support/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'servo-lookahead-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const servo = (...words: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const main = join(ROOT, 'bin/run.cjs');
    execFile(process.execPath, [main, 'check-lookahead', ...words], { cwd: folder }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });

test('the demo model, the pack and the example features are proven', async () => {
  const model = await servo('--model', join(ROOT, 'models/demo'), '--cuts', '10', '--bars', '300');
  expect(model.err).toBe('');
  expect(model.code).toBe(0);
  expect(model.out).toMatch(/^demo@[0-9a-f]{12}: 56 features over 700 bars of EURUSD M5 \(simulated, seed 1\)/);
  expect(model.out).toMatch(/predictions +\d+ rows in a batch and one by one/);
  expect(model.out).toContain('No look-ahead found.');

  const features = await servo('--features', join(ROOT, 'examples/features'), '--cuts', '5', '--bars', '100', '--json');
  expect(features.code).toBe(0);
  const facts = JSON.parse(features.out);
  expect(facts).toMatchObject({ bars: 500, warmupBars: 400 });
  expect(facts.valuesCompared).toBe(58 * ((facts.cuts * (facts.cuts + 1)) / 2));
});

test('a planted leak ends with 6, its file, the bar and both values', async () => {
  const leak = `const seen = new Map();
    export const feature = { name: 'tomorrow', warmupBars: 3, compute(window) {
      const bar = window.at(-1);
      seen.set(bar.openAt, bar.close);
      return (seen.get(bar.closeAt) ?? bar.close) - bar.close;
    } };`;
  writeFileSync(join(folder, 'leak.mjs'), leak);
  const { code, err } = await servo('--features', folder);
  expect(code).toBe(6);
  expect(err).toMatch(
    /leak\.mjs: tomorrow at the bar that closed at 2026-\S+ is -?[\d.e-]+, and -?[\d.e-]+ without the bars after it/,
  );
});

test('what cannot be proven is not called proven', async () => {
  const header = 'time,open,high,low,close,volume,spread\n';
  writeFileSync(join(folder, 'few.csv'), `${header}2024-01-08T00:00:00Z,1.1,1.2,1.0,1.1,5,0.0001\n`);
  const few = await servo('--data', join(folder, 'few.csv'));
  expect([few.code, few.err]).toEqual([
    6,
    expect.stringContaining('1 bars are too few for 56 features: 402 are needed'),
  ]);
  const unknown = await servo('--symbol', 'EURUSE');
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('did you mean EURUSD?')]);
});

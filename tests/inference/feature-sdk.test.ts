/** Users' feature files: the example loads and equals itself by hand; whatever leaks, lies about its memory or is no number is refused by name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseFeatureSpec } from '../../src/domain/features/spec.ts';
import { FeatureEngine } from '../../src/domain/features.ts';
import { FeatureFileError, loadUserFeatures } from '../../src/inference/feature-sdk.ts';
import { featureProbe } from '../../src/market/feature-probe.ts';
import { EURUSD, M5, randomBars } from '../domain/random-bars.ts';
import { ROOT } from '../support/world.ts';

const probe = featureProbe();
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'servo-features-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const refusal = async (text: string, name = 'mine.mjs'): Promise<string> => {
  const error = await loadUserFeatures(folderWith({ [name]: text }), probe).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(FeatureFileError);
  return (error as Error).message;
};

describe('the examples', () => {
  const bars = randomBars({ count: 900, seed: 'sdk' });
  const names = ['rsi', 'user.day_range_position', 'user.up_streak', 'M15.user.up_streak'];

  test('are computed beside the pack, in prices as quoted, and go on bit for bit from a snapshot', async () => {
    const user = await loadUserFeatures(join(ROOT, 'examples/features'), probe);
    expect([...user.keys()]).toEqual(['day_range_position', 'up_streak']);
    const spec = parseFeatureSpec(names, { user });
    let engine = new FeatureEngine(EURUSD, M5, { spec });
    for (const [i, bar] of bars.entries()) {
      engine.push(bar);
      if (i === 600)
        engine = FeatureEngine.restore(EURUSD, M5, JSON.parse(JSON.stringify(engine.snapshot())), { spec });
      if (i < 450) continue;
      const window = bars.slice(i - 287, i + 1);
      const [highest, lowest] = [
        Math.max(...window.map(({ high }) => high)),
        Math.min(...window.map(({ low }) => low)),
      ];
      const [rsi, position, streak] = engine.values();
      expect(rsi).toBe(engine.columnValue('rsi'));
      expect(position).toBeCloseTo((bar.close - lowest) / (highest - lowest), 9);
      let slow = 0;
      const side = Math.sign(bar.close - (bars[i - 1]?.close ?? 0));
      while (
        side !== 0 &&
        Math.sign((bars[i - Math.abs(slow)]?.close ?? 0) - (bars[i - 1 - Math.abs(slow)]?.close ?? 0)) === side
      ) {
        slow += side;
      }
      expect(streak).toBe(Math.max(-20, Math.min(20, slow)));
    }
    expect(engine.ready).toBe(true);
  });
});

describe('refused, with its file:', () => {
  const over = (body: string, before = '') =>
    `${before}\nexport const feature = { name: 'mine', warmupBars: 5, compute(window) { ${body} } };`;

  test.each([
    ['no feature', 'export const other = 1;', /mine\.mjs: feature: .*Export `feature`/],
    [
      'a wrong name',
      "export const feature = { name: 'My Feature', warmupBars: 1, compute: () => 1 };",
      /lower-case letters/,
    ],
    ['no memory', "export const feature = { name: 'mine', warmupBars: 0, compute: () => 1 };", /warmupBars/],
    [
      'both kinds',
      "export const feature = { name: 'a', warmupBars: 1, compute: () => 1, create: () => ({ push: () => 1 }) };",
      /either/,
    ],
    ['neither kind', "export const feature = { name: 'mine', warmupBars: 1 };", /either compute or create/],
    ['a file that does not parse', 'export const feature = {', /mine\.mjs: cannot be loaded/],
    ['an infinity', over('return 1 / 0;'), /mine is Infinity at the bar that closed at 2026-01-0\dT/],
    ['a text', over("return 'up';"), /mine is string up/],
    ['never a number', over('return Number.NaN;'), /gave no number on 505 bars/],
    ['a throw', over('throw new Error("moon");'), /mine failed on the bars it was tried on: moon/],
    [
      'chance',
      over('return Math.random();'),
      /mine at the bar that closed at .* is 0\.\d+, and 0\.\d+ without the bars after it/,
    ],
    [
      'a leak through the module',
      over(
        'const last = window.at(-1); seen.set(last.openAt, last.close); return (seen.get(last.closeAt) ?? last.close) / last.close - 1;',
        'const seen = new Map();',
      ),
      /mine at the bar that closed at .* is -?[\d.e-]+, and -?[\d.e-]+ without the bars after it/,
    ],
    [
      'more memory than it says',
      "export const feature = { name: 'mine', warmupBars: 5, create() { let sum = 0; return { push: ({ close, open }) => (sum += close - open) }; } };",
      /when begun one warm-up before/,
    ],
  ])('%s', async (_, text, message) => expect(await refusal(text)).toMatch(message));

  test('two files of one name', async () => {
    const text = over('return window.length;');
    const folder = folderWith({ 'a.mjs': text, 'b.mjs': text });
    await expect(loadUserFeatures(folder, probe)).rejects.toThrow(/b\.mjs: mine is the name of .*a\.mjs, too/);
  });

  test('a folder that is not there', async () => {
    await expect(loadUserFeatures(join(tmpdir(), 'no-such-folder'), probe)).rejects.toThrow(
      'the folder cannot be read',
    );
  });
});

test('other files of the folder are left alone', async () => {
  const sound = "export const feature = { name: 'mine', warmupBars: 1, compute: ([bar]) => bar.close - bar.open };";
  const folder = folderWith({ 'mine.js': sound, 'notes.md': '#', 'mine.test.ts': 'nonsense {' });
  expect([...(await loadUserFeatures(folder, probe)).keys()]).toEqual(['mine']);
});

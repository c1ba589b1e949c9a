/** `servo train` as a person meets it: the verdict and its exit code, the version that does not serve, and wishes that cannot be granted. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Candles } from '../../src/market/candles.ts';
import { ROOT } from '../support/world.ts';
import { aimlessMarket } from '../training/support/run-scene.ts';

const folder = mkdtempSync(join(tmpdir(), 'servo-train-'));
const MAIN = join(ROOT, 'bin/run.cjs');
const CONFIG = join(ROOT, 'config.yaml');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const servo = (...words: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...words, '--config', CONFIG], { cwd: folder }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });

const MARKET = ['--symbol', 'EURUSD', '--timeframe', 'M5'];
const train = (...words: string[]): Promise<Ended> =>
  servo('train', '--data', 'walk.csv', ...MARKET, '--out', 'models/walk', '--folds', '2', '--rounds', '3', ...words);

function csvOf(candles: Candles, keeps: (row: number) => boolean): string {
  const price = (column: Int32Array, row: number) => (column[row]! / 100_000).toFixed(5);
  const rows = Array.from({ length: candles.length }, (_, row) => row).filter(keeps);
  const lines = rows.map((row) => {
    const { openAt, open, high, low, close, volume } = candles;
    const prices = [open, high, low, close].map((column) => price(column, row));
    return [new Date(openAt[row]!).toISOString(), ...prices, volume[row], '0.00010'].join(',');
  });
  return `time,open,high,low,close,volume,spread\n${lines.join('\n')}\n`;
}

beforeAll(() => {
  const candles = aimlessMarket(2_500, 'a walk for the terminal');
  // Candles of the weekend would be a broken file.
  const isOpen = (row: number) => {
    const at = new Date(candles.openAt[row]!);
    return at.getUTCDay() >= 1 && at.getUTCDay() <= 5 && !(at.getUTCDay() === 5 && at.getUTCHours() >= 21);
  };
  writeFileSync(join(folder, 'walk.csv'), csvOf(candles, isOpen));
  writeFileSync(
    join(folder, 'holes.csv'),
    csvOf(candles, (row) => isOpen(row) && row % 40 < 22),
  );
});

describe('a walk without an edge', () => {
  let ended: Ended;
  let version: string;
  beforeAll(async () => {
    ended = await train('--seed', '5');
    [version = ''] = readdirSync(join(folder, 'models/walk/versions'));
  }, 60_000);

  test('says so first, and ends with 7', () => {
    expect(ended.code).toBe(7);
    expect(ended.out).toMatch(/^walk: no deployable edge: \d of 7 conditions do not hold\n/);
    expect(ended.out).toMatch(/✗ skill over the naive forecast/);
    expect(ended.out).toMatch(/worth [\d,]+ independent outcomes \(N_eff\)/);
    expect(ended.out).toContain('direction AUC');
    expect(ended.err).toBe(
      [1, 2].map((fold) => `walk: model ${fold} of 3 · gradient-boosted trees, fold ${fold} of 2\n`).join('') +
        'walk: model 3 of 3 · the model to keep\n',
    );
  });

  test('keeps a sound version with its report that serves nobody', async () => {
    expect(version).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]{12}$/);
    const files = readdirSync(join(folder, 'models/walk/versions', version)).sort();
    expect(files).toEqual(['model.onnx', 'passport.json', 'training-report.html']);
    const check = await servo('model', 'check', join(folder, 'models/walk'), '--version', version);
    expect(check).toMatchObject({ code: 0, err: '' });
    const asked = await servo('model', 'promote', join(folder, 'models/walk'));
    expect(asked.code).toBe(6);
    expect(asked.err).toMatch(/is not deployable: skill over the naive forecast .*--force/);
    const forced = await servo(
      'model',
      'promote',
      join(folder, 'models/walk'),
      '--force',
      '--reason',
      'to see it refused',
    );
    expect(forced.code).toBe(0);
    expect(forced.out).toContain('FORCED: its passport does not call it deployable.');
    const kept = readFileSync(join(folder, 'models/walk/promotions.jsonl'), 'utf8');
    expect(JSON.parse(kept)).toMatchObject({ forced: true, reason: 'to see it refused' });
  }, 30_000);

  test('the page is one offline file', () => {
    const page = readFileSync(join(folder, 'models/walk/versions', version, 'training-report.html'), 'utf8');
    expect(page.length).toBeLessThan(1_000_000);
    expect(page).not.toMatch(/<script|src=|href="(?!#)/);
    expect(page).toContain('no deployable edge');
    expect(page).toMatch(/npm run servo -- train .*--data walk\.csv .*--seed 5</);
    for (const id of ['data', 'forecasts', 'calibration', 'traded', 'features', 'regimes', 'guards', 'run']) {
      expect(page).toContain(`<section id="${id}"`);
    }
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('a second look at the same candles is counted', async () => {
    const { code, out } = await train('--seed', '6', '--json');
    expect(code).toBe(7);
    expect(JSON.parse(out)).toMatchObject({ name: 'walk', deployable: false, earlierTrials: 1, seed: 6 });
    const log = readFileSync(join(folder, 'models/walk/trainings.jsonl'), 'utf8').trim().split('\n');
    expect(log.map((line) => JSON.parse(line).seed)).toEqual([5, 6]);
  }, 60_000);
});

test('a run that is killed leaves nothing behind', async () => {
  const words = ['train', '--data', 'walk.csv', ...MARKET, '--out', 'models/killed', '--config', CONFIG];
  const child = spawn(process.execPath, [MAIN, ...words], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise((resolve) => child.stderr.once('data', resolve));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  expect(existsSync(join(folder, 'models/killed'))).toBe(false);
}, 30_000);

test.each<[string, string[], number, RegExp]>([
  ['an unknown label', ['--label', 'sign'], 2, /--label .*'sign' is invalid.*triple_barrier, fixed_horizon/],
  ['a horizon of words', ['--horizon', 'long'], 2, /'long' is invalid\. Write a number\./],
  ['half a bar', ['--horizon', '0.5'], 2, /^--horizon is a whole number of bars from 1 on, was 0\.5\n$/],
  ['too many folds', ['--folds', '99'], 2, /^--folds is a whole number from 2 to 20, was 99\n$/],
  ['two groups of cpcv', ['--cv', 'cpcv', '--folds', '2'], 2, /from 3 to 20, was 2/],
  ['a hold-out of everything', ['--hold-out', '1'], 2, /^--hold-out is a share from 0\.05 to 0\.5, was 1\n$/],
  ['an unknown trainer', ['--trainer', 'forest'], 2, /^--trainer is gbdt or mlp, was forest\n$/],
  ['a barrier below nothing', ['--barrier', '-1'], 2, /^--barrier is a multiple above 0, or balanced\n$/],
  ['no decay at all', ['--decay', '0'], 2, /^--decay is above 0, was 0/],
  ['no days', ['--expires-days', '0'], 2, /^--expires-days is above 0/],
  ['a name of capitals', ['--out', 'models/EUR'], 2, /a model's name is of lower-case letters/],
  ['another symbol', ['--symbol', 'EURUS'], 3, /"EURUS" is not in trading\.symbols(.*\n)+.*did you mean EURUSD\?/],
  ['no such file', ['--data', 'none.csv'], 3, /none\.csv is not a file/],
  ['a horizon beyond the candles', ['--horizon', '500'], 6, /of 500 bars asks for 20000/],
  ['a time before all', ['--to', '2020-01-01'], 6, /0 bars have features and an outcome/],
  [
    'candles full of holes',
    ['--data', 'holes.csv'],
    6,
    /holes\.csv is not fit to learn from: gaps: .*--accept-bad-data/,
  ],
])('%s is refused', async (_, words, code, message) => {
  const ended = await train(...words);
  expect(ended.err.replace(/^(walk|EUR): model .*\n/gm, '')).toMatch(message);
  expect(ended.code).toBe(code);
});

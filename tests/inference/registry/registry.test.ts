/** The registry on a real disk with real models: what serves, what is refused, what is remembered. */
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { OnnxGraph } from '../../../src/inference/onnx/graph.ts';
import { writeOnnx } from '../../../src/inference/onnx/write-onnx.ts';
import type { Passport } from '../../../src/inference/passport.ts';
import { checkModel } from '../../../src/inference/registry/check.ts';
import { openHome, promotionsOf, servingFolder } from '../../../src/inference/registry/model-home.ts';
import { addVersion, promote, rollback, UnfitModelError } from '../../../src/inference/registry/promote.ts';
import { modelsOn } from '../../../src/inference/registry/shelf.ts';
import { FEATURES, LINEAR, modelFolder, removeModelFoldersAfterwards, soundPassport } from '../fixtures.ts';

removeModelFoldersAfterwards();
const scratch = mkdtempSync(join(tmpdir(), 'servo-registry-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let home: string;
let homes = 0;
beforeEach(() => {
  homes += 1;
  home = join(scratch, `home-${homes}`);
});

/** The same answers by other bytes: each name gives another hash. */
const onnxNamed = (name: string): Uint8Array => writeOnnx({ ...LINEAR, name } as OnnxGraph);

function version(name: string, day: number, change: Partial<Passport> = {}) {
  const onnx = onnxNamed(name);
  const createdAt = `2024-03-${String(day).padStart(2, '0')}T00:00:00Z`;
  const passport = { ...soundPassport(onnx), createdAt, verdict: { deployable: true, reasons: [] }, ...change };
  return { onnx, passport: passport as Passport };
}

const request = { by: 'anna', reason: '', force: false, now: new Date('2024-04-01T00:00:00Z'), featureNames: FEATURES };

test('a home without a promotion serves nothing, and says how to promote', async () => {
  await addVersion(home, version('a', 1));
  await expect(servingFolder(home)).rejects.toThrow(/none of its 1 versions is promoted.*servo model promote home-/);
});

test('promote, promote, roll back twice: each step is the version before, and all four are kept', async () => {
  const [a, b, c] = [
    await addVersion(home, version('a', 1)),
    await addVersion(home, version('b', 2)),
    await addVersion(home, version('c', 3)),
  ];
  expect([a, b, c].map((id) => id.slice(0, 16))).toEqual(['20240301T000000Z', '20240302T000000Z', '20240303T000000Z']);
  expect((await openHome(home)).versions).toEqual([a, b, c]);
  const steps: (string | undefined)[] = [];
  const serving = async () => steps.push((await openHome(home)).serving);
  for (const id of [a, b, c]) {
    await promote(home, id, request);
    await serving();
  }
  await rollback(home, request);
  await serving();
  await rollback(home, { ...request, reason: 'losses' });
  await serving();
  expect(steps).toEqual([a, b, c, b, a]);
  expect(await servingFolder(home)).toBe(join(home, 'versions', a));
  await expect(rollback(home, request)).rejects.toThrow(/no version served before/);
  expect((await promotionsOf(home)).map(({ action, id, from }) => [action, id, from])).toEqual([
    ['promote', a, null],
    ['promote', b, a],
    ['promote', c, b],
    ['rollback', b, c],
    ['rollback', a, b],
  ]);
  expect((await promotionsOf(home)).at(-1)).toMatchObject({ by: 'anna', reason: 'losses', forced: false });
});

test('a model that is not deployable is refused, unless forced with a reason that is kept', async () => {
  const verdict = { deployable: false, reasons: ['no edge after costs'] };
  const id = await addVersion(home, version('a', 1, { verdict }));
  await expect(promote(home, id, request)).rejects.toThrow(UnfitModelError);
  await expect(promote(home, id, request)).rejects.toThrow(/no edge after costs.*--force/);
  await expect(promote(home, id, { ...request, force: true, reason: ' ' })).rejects.toThrow(/force needs a reason/);
  expect(existsSync(join(home, 'current'))).toBe(false);
  await promote(home, id, { ...request, force: true, reason: 'on a small account' });
  expect((await openHome(home)).promotion).toMatchObject({ id, forced: true, reason: 'on a small account' });
});

test('a model that nobody judged is not deployable either', async () => {
  const { passport, onnx } = version('a', 1);
  const { verdict: _, ...unjudged } = passport;
  const id = await addVersion(home, { onnx, passport: unjudged });
  await expect(promote(home, id, request)).rejects.toThrow(/nobody has judged it/);
});

test('a version whose file was changed is refused, also by force, and the old one serves on', async () => {
  const [a, b] = [await addVersion(home, version('a', 1)), await addVersion(home, version('b', 2))];
  await promote(home, a, request);
  appendFileSync(join(home, 'versions', b, 'model.onnx'), 'x');
  await expect(promote(home, b, { ...request, force: true, reason: 'please' })).rejects.toThrow(/modelSha256/);
  expect((await openHome(home)).serving).toBe(a);
  expect(await promotionsOf(home)).toHaveLength(1);
});

test('a plain folder serves itself, and comes back after a promotion is rolled back', async () => {
  cpSync(modelFolder(), home, { recursive: true });
  expect(await servingFolder(home)).toBe(home);
  const a = await addVersion(home, version('a', 1));
  expect(await openHome(home)).toMatchObject({ versions: ['original', a], serving: 'original' });
  await promote(home, a, request);
  expect(await servingFolder(home)).toBe(join(home, 'versions', a));
  await rollback(home, request);
  expect(await servingFolder(home)).toBe(home);
});

test('a passport of other bytes is never added, and no half of a version is seen', async () => {
  const { passport } = version('a', 1);
  await expect(addVersion(home, { passport, onnx: onnxNamed('b') })).rejects.toThrow(/of another model/);
  const id = await addVersion(home, { ...version('a', 1), files: { 'report.html': '<p>' } });
  expect(readFileSync(join(home, 'versions', id, 'report.html'), 'utf8')).toBe('<p>');
  await expect(addVersion(home, version('a', 1))).rejects.toThrow(/cannot be written/);
  expect((await openHome(home)).versions).toEqual([id]);
});

test('a damaged current is named, with the remedy', async () => {
  const id = await addVersion(home, version('a', 1));
  await promote(home, id, request);
  writeFileSync(join(home, 'current'), '{');
  await expect(openHome(home)).rejects.toThrow(/current: not a promotion.*servo model promote/);
});

test('check loads, answers the golden rows and takes the time', async () => {
  const found = await checkModel(modelFolder(), FEATURES);
  expect(found).toMatchObject({ goldenRows: 8, model: { passport: { name: 'tiny' } } });
  expect(found.rowMicroseconds).toBeGreaterThan(0);
  await expect(checkModel(modelFolder({ onnx: new Uint8Array([1, 2]) }), FEATURES)).rejects.toThrow(/ONNX Runtime/);
});

test('the shelf shows what is configured and what lies beside it, the broken ones with their fault', async () => {
  const shelf = mkdtempSync(join(scratch, 'shelf-'));
  cpSync(modelFolder(), join(shelf, 'plain'), { recursive: true });
  await addVersion(join(shelf, 'new'), version('a', 1));
  writeFileSync(join(mkdtempSync(join(shelf, 'empty-')), 'x'), '');
  writeFileSync(join(mkdtempSync(join(shelf, 'torn-')), 'passport.json'), '{');
  const found = await modelsOn({ configured: { demo: join(shelf, 'plain') }, folder: shelf });
  expect(found.map(({ name, configured }) => [name.replace(/-.*/, ''), configured])).toEqual([
    ['demo', true],
    ['new', false],
    ['torn', false],
  ]);
  expect(found[0]?.home?.serving).toBe('original');
  expect(found[1]?.home?.serving).toBeUndefined();
  expect(found[1]?.passport?.name).toBe('tiny');
  expect(found[2]?.fault).toMatch(/passport\.json:1.*not JSON/);
});

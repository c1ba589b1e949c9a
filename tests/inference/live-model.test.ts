/** Models that change places while they serve: the old one answers until the swap, a refused one changes nothing. */
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { LiveModel } from '../../src/inference/live-model.ts';
import { liveModels } from '../../src/inference/live-models.ts';
import type { OnnxGraph } from '../../src/inference/onnx/graph.ts';
import { writeOnnx } from '../../src/inference/onnx/write-onnx.ts';
import { featureHash, type Passport } from '../../src/inference/passport.ts';
import { addVersion, promote } from '../../src/inference/registry/promote.ts';
import { FEATURES, LINEAR, modelFolder, removeModelFoldersAfterwards, soundPassport } from './fixtures.ts';

removeModelFoldersAfterwards();
const scratch = mkdtempSync(join(tmpdir(), 'servo-live-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const VALUES = Float64Array.of(0.5, 0.25, -1);
const INPUT = [{ symbol: 'EURUSD', values: VALUES }];

const request = { by: 'anna', reason: '', force: false, now: new Date(0), featureNames: FEATURES };

function plainHome(): string {
  const home = mkdtempSync(join(scratch, 'home-'));
  cpSync(modelFolder(), home, { recursive: true });
  return home;
}

function add(home: string, name: string, change: Partial<Passport> = {}): Promise<string> {
  const onnx = writeOnnx({ ...LINEAR, name } as OnnxGraph);
  const passport = { ...soundPassport(onnx), verdict: { deployable: true, reasons: [] }, ...change };
  return addVersion(home, { onnx, passport });
}

async function opened(folder: string): Promise<LiveModel> {
  const model = await LiveModel.open({ folder, featureNames: FEATURES, timeoutMs: 10_000 });
  onTestFinished(() => model.close());
  return model;
}

const signature = async (model: LiveModel) => (await model.predict(INPUT))[0]?.model;

test('a promoted version takes over at the swap, not before; an answer that is under way is still given', async () => {
  const home = plainHome();
  const model = await opened(home);
  const before = model.card.id;
  await promote(home, await add(home, 'second', { expiresAt: '2024-06-01T00:00:00Z' }), request);
  expect(await signature(model)).toBe(before);
  await model.look();
  expect(await signature(model)).toBe(before);
  const underWay = model.predict(INPUT);
  expect(model.swap()).toBeUndefined();
  const after = model.card.id;
  expect(after).not.toBe(before);
  expect(model.card.expiresAt).toBe(Date.UTC(2024, 5, 1));
  expect(await signature(model)).toBe(after);
  expect((await underWay)[0]).toMatchObject({ kind: 'prediction', model: before });
});

test('a version that fails its checks leaves the old one, and says why once', async () => {
  const home = plainHome();
  const model = await opened(home);
  const before = model.card.id;
  const id = await add(home, 'second');
  await promote(home, id, request);
  appendFileSync(join(home, 'versions', id, 'model.onnx'), 'x');
  await model.look();
  expect(model.swap()).toMatch(/modelSha256/);
  expect(model.swap()).toBeUndefined();
  expect(model.card.id).toBe(before);
  expect((await model.predict(INPUT))[0]).toMatchObject({ kind: 'prediction', model: before });
});

test('of two promotions between two bars the last one serves', async () => {
  const home = plainHome();
  const model = await opened(home);
  await promote(home, await add(home, 'second', { createdAt: '2024-03-01T00:00:00Z' }), request);
  await model.look();
  const third = await add(home, 'third', { createdAt: '2024-03-02T00:00:00Z' });
  await promote(home, third, request);
  await model.look();
  model.swap();
  expect(model.card.id.split('@')[1]).toBe(third.split('-')[1]);
});

test('several models: the map changes with what serves, and only then', async () => {
  const [left, right] = [plainHome(), plainHome()];
  const models = await liveModels({
    models: [
      { name: 'left', folder: left, timeoutMs: 10_000, symbols: ['EURUSD', 'GBPUSD'] },
      { name: 'right', folder: right, timeoutMs: 10_000, symbols: ['USDJPY'] },
    ],
    featureNames: FEATURES,
    log: () => undefined,
    lookEveryMs: 10,
  });
  onTestFinished(() => models.close());
  const first = models.turnOver?.();
  expect(models.turnOver?.().serving).toBe(first?.serving);
  await promote(left, await add(left, 'second'), request);
  await expect.poll(() => models.turnOver?.().serving !== first?.serving, { timeout: 10_000 }).toBe(true);
  const second = models.turnOver?.().serving;
  const id = second?.get('EURUSD')?.id;
  expect(id).not.toBe(first?.serving.get('EURUSD')?.id);
  expect(second?.get('GBPUSD')?.id).toBe(id);
  expect(second?.get('USDJPY')).toBe(first?.serving.get('USDJPY'));
  const [answer] = await models.predict([{ symbol: 'GBPUSD', values: VALUES }]);
  expect(answer?.model).toBe(id);
});

test('a version that asks for other features has to wait for a restart', async () => {
  const home = plainHome();
  const model = await LiveModel.open({ folder: home, featureNames: FEATURES, timeoutMs: 10_000 });
  onTestFinished(() => model.close());
  const names = ['adx', 'rsi', 'trend_20'];
  const id = await add(home, 'second', { features: { pack: 'v1', names, hash: featureHash(names) } });
  await promote(home, id, { ...request, featureNames: names });
  await model.look();
  expect(model.swap()).toMatch(/features/);
});

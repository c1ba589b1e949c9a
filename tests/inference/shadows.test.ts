/** Shadows with real models: asked about the same features, told beside the answer, and no danger to it. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { liveModels } from '../../src/inference/live-models.ts';
import type { OnnxGraph } from '../../src/inference/onnx/graph.ts';
import { writeOnnx } from '../../src/inference/onnx/write-onnx.ts';
import { featureHash } from '../../src/inference/passport.ts';
import { FEATURES, LINEAR, modelFolder, removeModelFoldersAfterwards } from './fixtures.ts';

removeModelFoldersAfterwards();
const scratch = mkdtempSync(join(tmpdir(), 'servo-shadow-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function home(name: string, files: Parameters<typeof modelFolder>[0] = {}): string {
  const folder = mkdtempSync(join(scratch, `${name}-`));
  cpSync(modelFolder({ onnx: writeOnnx({ ...LINEAR, name } as OnnxGraph), ...files }), folder, { recursive: true });
  return folder;
}

const model = (name: string, folder: string, symbols: readonly string[], shadowed: readonly string[] = []) => ({
  name,
  folder,
  timeoutMs: 10_000,
  symbols,
  shadowed,
});

const open = (models: Parameters<typeof liveModels>[0]['models'], featureNames = FEATURES) =>
  liveModels({ models, featureNames, log: () => undefined });

test('a shadow answers for its symbols alone, beside the serving model and signed with its own name', async () => {
  const models = await open([
    model('a', home('a'), ['EURUSD', 'GBPUSD']),
    model('b', home('b'), ['USDJPY'], ['EURUSD']),
    model('c', home('c'), [], ['EURUSD', 'USDJPY']),
  ]);
  onTestFinished(() => models.close());
  const ask = (symbol: string, value: number) => ({ symbol, values: Float64Array.of(value, 0.25, -1) });
  const answers = await models.predict([ask('USDJPY', 0.1), ask('EURUSD', 0.5), ask('GBPUSD', 0.9)]);
  const [yen, euro, pound] = answers;
  const serving = models.turnOver?.().serving;
  expect(answers.map(({ model: id }) => id)).toEqual(
    ['USDJPY', 'EURUSD', 'GBPUSD'].map((symbol) => serving?.get(symbol)?.id),
  );
  expect(euro?.shadows).toHaveLength(2);
  expect(yen?.shadows).toHaveLength(1);
  expect(pound).not.toHaveProperty('shadows');
  expect(euro?.shadows?.[0]).toMatchObject({ kind: 'prediction', model: yen?.model, reachAtr: 3 });
  expect(euro?.shadows?.[1]?.model).toBe(yen?.shadows?.[0]?.model);
  // The same graph on the same features says the same, whoever is asked.
  expect(euro?.shadows?.[0]).toMatchObject({ probabilities: euro?.kind === 'prediction' ? euro.probabilities : {} });
  expect([...(serving?.keys() ?? [])].sort()).toEqual(['EURUSD', 'GBPUSD', 'USDJPY']);
});

test('a shadow of other features is refused at the start', async () => {
  const names = ['adx', 'rsi', 'trend_20'];
  const other = home('other', {
    passport: (sound) => ({ ...sound, features: { pack: 'v1', names, hash: featureHash(names) } }),
  });
  const known = { symbols: ['EURUSD'] };
  const models = [model('a', home('a'), ['EURUSD']), model('b', other, [], ['EURUSD'])];
  await expect(liveModels({ models, featureNames: known, log: () => undefined })).rejects.toThrow(
    /shadow model b: it takes other features than a, which serves EURUSD/,
  );
});

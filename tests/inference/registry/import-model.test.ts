/** Import: what users bring, taken as it is or refused with the way to export it better. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { FEATURE_PACK } from '../../../src/domain/features.ts';
import { loadModel } from '../../../src/inference/load-model.ts';
import type { OnnxGraph } from '../../../src/inference/onnx/graph.ts';
import { writeOnnx } from '../../../src/inference/onnx/write-onnx.ts';
import { type ImportRequest, importModel } from '../../../src/inference/registry/import-model.ts';
import { versionFolder } from '../../../src/inference/registry/model-home.ts';
import { addVersion, unfitness } from '../../../src/inference/registry/promote.ts';
import { openSession, runSession } from '../../../src/inference/session.ts';
import { FEATURES, LINEAR, linearAnswer } from '../fixtures.ts';

const scratch = mkdtempSync(join(tmpdir(), 'servo-import-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const REQUEST: ImportRequest = {
  name: 'mine',
  featureNames: FEATURES,
  pack: FEATURE_PACK,
  label: { kind: 'triple_barrier', horizonBars: 24, stopAtr: 2, targetAtr: 3 },
  now: new Date('2026-02-01T10:00:00Z'),
};

const GRAPH = LINEAR as OnnxGraph;
const bring = (graph: OnnxGraph, change: Partial<ImportRequest> = {}) =>
  importModel('users/mine.onnx', writeOnnx(graph), { ...REQUEST, ...change });

test('an ONNX model becomes a version that loads, says that its training is not known, and is not deployable', async () => {
  const version = await bring(GRAPH);
  const home = join(scratch, 'mine');
  const id = await addVersion(home, version);
  const { passport } = await loadModel(versionFolder(home, id), FEATURES);
  expect(passport).toMatchObject({
    name: 'mine',
    training: null,
    metrics: { rows: 0, figures: {} },
    classes: ['down', 'flat', 'up'],
  });
  expect(passport.kind.is).toContain('mine.onnx');
  expect(unfitness(passport)).toEqual([expect.stringMatching(/imported.*backtest it/)]);
  expect(passport.goldenRows).toHaveLength(16);
  for (const { values, probabilities } of passport.goldenRows) {
    for (const [i, expected] of linearAnswer(values).entries()) expect(probabilities[i]).toBeCloseTo(expected, 6);
  }
});

test('classes and features as the user says them', async () => {
  const { passport } = await bring(GRAPH, { classes: ['up', 'flat', 'down'], featureNames: ['a', 'b', 'c'] });
  expect(passport.classes).toEqual(['up', 'flat', 'down']);
  expect(passport.features.names).toEqual(['a', 'b', 'c']);
});

const softmaxLess: OnnxGraph = {
  ...GRAPH,
  nodes: [{ op: 'MatMul', inputs: ['features', 'weights'], outputs: ['probabilities'] }],
};
const doubled: OnnxGraph = {
  ...GRAPH,
  inputs: [{ name: 'features', shape: ['rows', 3], type: 'float64' }],
  nodes: [
    { op: 'Cast', inputs: ['features'], outputs: ['single'], attributes: { to: 1 } },
    ...GRAPH.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((name) => (name === 'features' ? 'single' : name)),
    })),
  ],
};
const oneRow: OnnxGraph = { ...GRAPH, inputs: [{ name: 'features', shape: [1, 3] }] };
const twoInputs: OnnxGraph = {
  ...GRAPH,
  inputs: [...GRAPH.inputs, { name: 'state', shape: ['rows', 3] }],
  nodes: [
    { op: 'Add', inputs: ['features', 'state'], outputs: ['both'] },
    { op: 'MatMul', inputs: ['both', 'weights'], outputs: ['scores'] },
    { op: 'Softmax', inputs: ['scores'], outputs: ['probabilities'], attributes: { axis: 1 } },
  ],
};

describe('is refused, with what to do', () => {
  test.each<[string, OnnxGraph, Partial<ImportRequest>, RegExp]>([
    ['scores instead of probabilities', softmaxLess, {}, /scores.*softmax.*torch\.nn\.Softmax/],
    ['double instead of float', doubled, {}, /float64, not float32.*FloatTensorType/],
    ['a fixed number of rows', oneRow, {}, /\[1, 3\].*dynamic_axes/],
    ['two inputs', twoInputs, {}, /features, state.*one input/],
    ['too few feature names', GRAPH, { featureNames: ['rsi'] }, /takes 3 features, --features has 1.*one a line/],
    ['no names at all', GRAPH, { featureNames: undefined }, /takes 3 features, pack v1 has 56/],
  ])('%s', async (_, graph, change, message) => {
    await expect(bring(graph, change)).rejects.toThrow(message);
  });

  test('what is no model', async () => {
    await expect(importModel('x.onnx', new Uint8Array([8, 1]), REQUEST)).rejects.toThrow(/x\.onnx/);
    await expect(importModel('x.json', Buffer.from('{"a":1}'), REQUEST)).rejects.toThrow(/not a model of XGBoost/);
  });
});

const GOLDEN = join(import.meta.dirname, '../../../../shared/golden');

describe.skipIf(!existsSync(GOLDEN))('real files of others (skipped where ../shared/golden is not there)', () => {
  const names = FEATURE_PACK.names;

  test('XGBoost JSON answers as XGBoost itself did', async () => {
    const { onnx, passport } = await importModel('xgb.json', readFileSync(join(GOLDEN, 'xgb.json')), {
      ...REQUEST,
      featureNames: undefined,
    });
    expect(passport.features.names).toEqual(names);
    const floats = (file: string) => new Float32Array(new Uint8Array(readFileSync(join(GOLDEN, file))).buffer);
    const expected = floats('xgb_pred.f32');
    const session = await openSession(onnx);
    const ends = { inputName: passport.input.name, outputName: passport.output.name };
    const { values } = await runSession(session, ends, { values: floats('xgb_X.f32'), rows: 2_000 });
    await session.release();
    expect(values.length).toBe(expected.length);
    const largest = values.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? Number.NaN))), 0);
    expect(largest).toBeLessThan(1e-6);
  });

  test('a ZipMap of scikit-learn is taken out, and the version loads', async () => {
    const version = await importModel('zipmap.onnx', readFileSync(join(GOLDEN, 'zipmap.onnx')), {
      ...REQUEST,
      featureNames: undefined,
    });
    const home = join(scratch, 'zip');
    const id = await addVersion(home, version);
    await expect(loadModel(versionFolder(home, id), names)).resolves.toMatchObject({ passport: { name: 'mine' } });
    expect(version.passport.description).toMatch(/ZipMap taken out/);
  });
});

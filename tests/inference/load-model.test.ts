/** A model is taken only when everything about it fits; each refusal says what, where and how to mend it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadModel } from '../../src/inference/load-model.ts';
import { ModelError } from '../../src/inference/model-error.ts';
import type { OnnxGraph } from '../../src/inference/onnx/graph.ts';
import { featureHash } from '../../src/inference/passport.ts';
import { FEATURES, LINEAR, type ModelFiles, modelFolder, removeModelFoldersAfterwards } from './fixtures.ts';

removeModelFoldersAfterwards();

const named = (...names: string[]) => ({ pack: 'v1', names, hash: featureHash(names) });

const withShapes = (input: OnnxGraph['inputs'][number], output: OnnxGraph['outputs'][number]): OnnxGraph => ({
  ...LINEAR,
  inputs: [input],
  outputs: [output],
});
const INPUT = LINEAR.inputs[0] ?? { name: 'features' };
const OUTPUT = LINEAR.outputs[0] ?? { name: 'probabilities' };

const FOUR_COLUMNS: OnnxGraph = {
  ...withShapes({ name: 'features', shape: ['rows', 4] }, OUTPUT),
  constants: { weights: { shape: [4, 3], values: new Float32Array(12) } },
};
const TWO_CLASSES: OnnxGraph = {
  ...withShapes(INPUT, { name: 'probabilities', shape: ['rows', 2] }),
  constants: { weights: { shape: [3, 2], values: new Float32Array(6) } },
};
const IN_DOUBLES: OnnxGraph = {
  ...withShapes({ name: 'features', shape: ['rows', 3], type: 'float64' }, OUTPUT),
  nodes: [{ op: 'Cast', inputs: ['features'], outputs: ['narrow'], attributes: { to: 1 } }, ...LINEAR.nodes].map(
    (node) => (node.op === 'MatMul' ? { ...node, inputs: ['narrow', 'weights'] } : node),
  ),
};
const ZIP_MAP: OnnxGraph = {
  ...withShapes(INPUT, { name: 'probabilities' }),
  nodes: [
    { op: 'MatMul', inputs: ['features', 'weights'], outputs: ['scores'] },
    { op: 'Softmax', inputs: ['scores'], outputs: ['tensor'], attributes: { axis: 1 } },
    {
      op: 'ZipMap',
      domain: 'ai.onnx.ml',
      inputs: ['tensor'],
      outputs: ['probabilities'],
      attributes: { classlabels_int64s: [0, 1, 2] },
    },
  ],
};

interface Refusal {
  readonly files: ModelFiles;
  /** After the folder. */
  readonly where: string;
  readonly says: RegExp;
}

const REFUSALS: Record<string, Refusal> = {
  'no passport': { files: { omit: 'passport.json' }, where: 'passport.json', says: /no such file.*npm run model:demo/ },
  'no model': { files: { omit: 'model.onnx' }, where: 'model.onnx', says: /no such file/ },
  'a passport cut off': {
    files: { passportText: '{\n  "schema": 1,\n  "name": "tiny"' },
    where: 'passport.json:3:17',
    says: /not JSON/,
  },
  'a stray word in the passport': {
    files: { passportText: '{\n  "schema": 1,\n  "name": tiny\n}' },
    where: 'passport.json:3:12',
    says: /not JSON: Unexpected token/,
  },
  'a comma too many': {
    files: { passportText: '{\n  "schema": 1,\n}' },
    where: 'passport.json:3:1',
    says: /not JSON: Expected double-quoted property name/,
  },
  'a passport of another version': {
    files: { passport: (sound) => ({ ...sound, schema: 2 }) },
    where: 'passport.json',
    says: /schema: .*expected 1/,
  },
  'a key too many': {
    files: { passport: (sound) => ({ ...sound, colour: 'blue' }) },
    where: 'passport.json',
    says: /colour/,
  },
  'a class twice': {
    files: { passport: (sound) => ({ ...sound, classes: ['down', 'down', 'up'] }) },
    where: 'passport.json',
    says: /classes: expected each of down, flat, up once/,
  },
  'too few golden rows': {
    files: { passport: (sound) => ({ ...sound, goldenRows: sound.goldenRows.slice(1) }) },
    where: 'passport.json',
    says: /goldenRows: .*8/,
  },
  'a missing and an unknown feature': {
    files: { passport: (sound) => ({ ...sound, features: named('rsi', 'adx', 'moon_phase') }) },
    where: 'passport.json: features.names',
    says: /missing: trend_20; unknown: moon_phase/,
  },
  'features in another order': {
    files: { passport: (sound) => ({ ...sound, features: named('adx', 'rsi', 'trend_20') }) },
    where: 'passport.json: features.names',
    says: /out of place: adx, rsi\)/,
  },
  'a feature twice': {
    files: { passport: (sound) => ({ ...sound, features: named('rsi', 'adx', 'trend_20', 'adx') }) },
    where: 'passport.json: features.names',
    says: /repeated: adx/,
  },
  'a hash of other features': {
    files: { passport: (sound) => ({ ...sound, features: { ...sound.features, hash: featureHash(['rsi']) } }) },
    where: 'passport.json: features.hash',
    says: /not the hash of features.names, which is [0-9a-f]{64}/,
  },
  'a width that is not the number of features': {
    files: { passport: (sound) => ({ ...sound, input: { name: 'features', shape: ['rows', 4] } }) },
    where: 'passport.json: input.shape',
    says: /4 columns for 3 features/,
  },
  'a short golden row': {
    files: {
      passport: (sound) => ({
        ...sound,
        goldenRows: sound.goldenRows.map((row, i) => (i === 2 ? { ...row, values: [1, 2] } : row)),
      }),
    },
    where: 'passport.json: goldenRows[2].values',
    says: /2 values for 3 features/,
  },
  'a model that was changed afterwards': {
    files: { passport: (sound) => ({ ...sound, modelSha256: '0'.repeat(64) }) },
    where: 'passport.json: modelSha256',
    says: /model\.onnx has [0-9a-f]{64}, not 0{64}/,
  },
  'a file that is no ONNX': {
    files: { onnx: Uint8Array.from({ length: 400 }, (_, i) => i % 251) },
    where: 'model.onnx',
    says: /not a model that ONNX Runtime can open/,
  },
  'a model of four features': {
    files: { graph: FOUR_COLUMNS },
    where: 'model.onnx: input features',
    says: /\[rows, 4\]/,
  },
  'a fixed number of rows': {
    files: {
      graph: withShapes({ name: 'features', shape: [1, 3] }, { name: 'probabilities', shape: [1, 3] }),
    },
    where: 'model.onnx: input features',
    says: /\[1, 3\].*free number of rows/,
  },
  'an input of doubles': {
    files: { graph: IN_DOUBLES },
    where: 'model.onnx: input features',
    says: /float64.*float32/,
  },
  'another name for the input': {
    files: { passport: (sound) => ({ ...sound, input: { ...sound.input, name: 'X' } }) },
    where: 'model.onnx: inputs',
    says: /takes features, the passport says X alone/,
  },
  'another name for the output': {
    files: { passport: (sound) => ({ ...sound, output: { name: 'chances' } }) },
    where: 'model.onnx: outputs',
    says: /gives probabilities, the passport says chances/,
  },
  'two classes': { files: { graph: TWO_CLASSES }, where: 'model.onnx: output probabilities', says: /\[rows, 2\]/ },
  'a ZipMap': { files: { graph: ZIP_MAP }, where: 'model.onnx: output probabilities', says: /ZipMap.*zipmap/ },
  'a golden row that the model answers otherwise': {
    files: {
      passport: (sound) => ({
        ...sound,
        goldenRows: sound.goldenRows.map((row, i) => (i === 5 ? { ...row, probabilities: [0.2, 0.5, 0.3] } : row)),
      }),
    },
    where: 'passport.json: goldenRows[5]',
    says: /differs by \d\.\de-\d/,
  },
};

describe('loadModel', () => {
  it('takes a sound model and signs it with name and hash', async () => {
    const model = await loadModel(modelFolder(), FEATURES);
    expect(model.id).toBe(`tiny@${model.passport.modelSha256.slice(0, 12)}`);
  });

  it.each(Object.entries(REFUSALS))('refuses %s', async (_, { files, where, says }) => {
    const folder = modelFolder(files);
    const refusal = await loadModel(folder, FEATURES).catch((thrown: unknown) => thrown);
    expect(refusal).toBeInstanceOf(ModelError);
    const { message } = refusal as ModelError;
    expect(message.slice(0, join(folder, where).length + 1)).toBe(`${join(folder, where)}:`);
    expect(message).toMatch(says);
    expect(message).toMatch(/\. [A-Z].*\.$/);
  });

  it('refuses a folder that does not exist', async () => {
    await expect(loadModel(join(modelFolder(), 'nowhere'), FEATURES)).rejects.toThrow(/nowhere.*no such file/);
  });

  it('takes golden rows that differ by less than the tolerance', async () => {
    const almost = modelFolder({
      passport: (sound) => ({
        ...sound,
        goldenRows: sound.goldenRows.map(({ values, probabilities: [down = 0, flat = 0, up = 0] }) => ({
          values,
          probabilities: [down + 8e-6, flat, up - 8e-6],
        })),
      }),
    });
    await expect(loadModel(almost, FEATURES)).resolves.toMatchObject({ passport: { name: 'tiny' } });
  });
});

/** A model that ends in ZipMap runs after it was taken out, and one without is left alone. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { expect, test } from 'vitest';
import type { OnnxGraph } from '../../src/inference/onnx/graph.ts';
import { readOnnx, summaryOf } from '../../src/inference/onnx/read-onnx.ts';
import { writeOnnx } from '../../src/inference/onnx/write-onnx.ts';
import { withoutZipMap } from '../../src/inference/onnx/zip-map.ts';
import { openSession, runSession } from '../../src/inference/session.ts';
import { LINEAR, linearAnswer } from './fixtures.ts';

/** The linear model, its probabilities made into maps. */
const zipped = (labels: readonly number[] | readonly string[], rows: number | string = 'rows'): OnnxGraph => ({
  ...LINEAR,
  inputs: [{ name: 'features', shape: [rows, 3] }],
  outputs: [{ name: 'output_probability' }],
  constants: { ...LINEAR.constants },
  nodes: [
    ...LINEAR.nodes,
    {
      op: 'ZipMap',
      domain: 'ai.onnx.ml',
      inputs: ['probabilities'],
      outputs: ['output_probability'],
      attributes: typeof labels[0] === 'string' ? { classlabels_strings: labels } : { classlabels_int64s: labels },
    },
  ],
});
const row = [0.3, -1, 2];
const ask = async (onnx: Uint8Array) =>
  runSession(
    await openSession(onnx),
    { inputName: 'features', outputName: 'output_probability' },
    { values: Float32Array.from(row), rows: 1 },
  );

test('with ZipMap ONNX Runtime fails, without it the probabilities are there', async () => {
  const bytes = writeOnnx(zipped([0, 1, 2]));
  await expect(ask(bytes)).rejects.toThrow();
  const { onnx, outputs } = withoutZipMap('zipped.onnx', bytes);
  expect(outputs).toEqual([{ name: 'output_probability', classes: [0, 1, 2] }]);
  const { values, shape } = await ask(onnx);
  expect(shape).toEqual([1, 3]);
  for (const [k, expected] of linearAnswer(row).entries()) expect(values[k]).toBeCloseTo(expected, 6);
});

test('the classes come with it as texts, the rows as they were', () => {
  const { onnx, outputs } = withoutZipMap('zipped.onnx', writeOnnx(zipped(['down', 'flat', 'up'], 1)));
  expect(outputs).toEqual([{ name: 'output_probability', classes: ['down', 'flat', 'up'] }]);
  expect(summaryOf(readOnnx('zipped.onnx', onnx)).outputs).toEqual([
    { name: 'output_probability', kind: 'tensor', element: 'float', shape: [1, 3] },
  ]);
});

test('without ZipMap not a byte changes', () => {
  const bytes = writeOnnx(LINEAR);
  const result = withoutZipMap('linear.onnx', bytes);
  expect(result.onnx).toBe(bytes);
  expect(result.outputs).toEqual([]);
});

test('a ZipMap inside the model is refused', () => {
  const inside = { ...zipped([0, 1, 2]), outputs: [{ name: 'probabilities', shape: ['rows', 3] }] };
  expect(() => withoutZipMap('inside.onnx', writeOnnx(inside))).toThrow(
    /^inside\.onnx: its ZipMap "output_probability" leads into the model/,
  );
});

test('what is no model is refused by name', () => {
  const read = (bytes: Uint8Array) => () => readOnnx('odd.onnx', bytes);
  expect(read(Buffer.from('not a model at all'))).toThrow(/^odd\.onnx: not an ONNX model/);
  expect(read(new Uint8Array())).toThrow(/^odd\.onnx: not an ONNX model: it holds no computation/);
  expect(read(writeOnnx(LINEAR).subarray(0, 100))).toThrow(/^odd\.onnx: not an ONNX model/);
});

test('weights in another file are refused with the way to export one file', () => {
  const model = readOnnx('linear.onnx', writeOnnx(LINEAR));
  const [weights] = model.graph?.initializer ?? [];
  if (weights === undefined) throw new Error('the linear model has weights');
  weights.dataLocation = 1;
  expect(() => readOnnx('torch.onnx', toBinary(ModelProtoSchema, model))).toThrow(
    /^torch\.onnx: the weights "weights" are in another file\. Export one file: with PyTorch/,
  );
});

const GOLDEN = join(import.meta.dirname, '../../../shared/golden');

test.skipIf(!existsSync(join(GOLDEN, 'zipmap.onnx')))(
  "onnxmltools' model runs, label and probabilities (skipped without ../shared/golden)",
  async () => {
    const { onnx, outputs } = withoutZipMap('zipmap.onnx', readFileSync(join(GOLDEN, 'zipmap.onnx')));
    expect(outputs).toEqual([{ name: 'probabilities', classes: [0, 1, 2] }]);
    const summary = summaryOf(readOnnx('zipmap.onnx', onnx));
    expect(summary.outputs.map(({ name, kind }) => [name, kind])).toEqual([
      ['label', 'tensor'],
      ['probabilities', 'tensor'],
    ]);
    expect(summary.metadata).toEqual({ servo: 'x' });
    const bytes = readFileSync(join(GOLDEN, 'xgb_X.f32'));
    const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const session = await openSession(onnx);
    expect(session.outputNames).toEqual(['label', 'probabilities']);
    const ends = { inputName: 'features', outputName: 'probabilities' };
    const answer = await runSession(session, ends, { values, rows: 2_000 });
    expect(answer.shape).toEqual([2_000, 3]);
    for (let start = 0; start < answer.values.length; start += 3) {
      expect([0, 1, 2].reduce((sum, k) => sum + (answer.values[start + k] ?? 0), 0)).toBeCloseTo(1, 5);
    }
  },
);

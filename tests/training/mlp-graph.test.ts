/** The exported network answers as the fitted one does, over ONNX Runtime, missing values included. */
import { expect, test } from 'vitest';
import { writeOnnx } from '../../src/inference/onnx/write-onnx.ts';
import { fitMlp } from '../../src/training/mlp/fit-mlp.ts';
import { mlpGraph } from '../../src/training/mlp/mlp-graph.ts';
import { MLP_DEFAULTS } from '../../src/training/mlp/options.ts';
import { largestDifference, onnxAnswers } from './onnx-answers.ts';
import { plantedRows, signalRule, span } from './planted-rows.ts';

const TOLERANCE = 1e-6;
const planted = plantedRows({ rows: 8_000, columns: 12, seed: 'export', missingShare: 0.04 }, signalRule);
const { values } = planted.features;
// A price far from 0, a feature that never changes and one with heavy tails.
for (let row = 0; row < 8_000; row++) {
  values[row * 12 + 2] = 1.1 + 0.001 * (values[row * 12 + 2] ?? 0);
  values[row * 12 + 3] = 7;
  values[row * 12 + 4] = (values[row * 12 + 4] ?? 0) ** 9;
}
const model = fitMlp({
  train: span(planted, 0, 3_000),
  stop: span(planted, 3_000, 4_000),
  classes: 3,
  options: { ...MLP_DEFAULTS, learningRate: 0.003 },
});
const { features, rows } = span(planted, 4_000, 8_000);

test('thousands of rows with missing values', async () => {
  expect(model.epochs).toBeGreaterThan(2);
  expect(features.values.subarray(4_000 * 12).filter(Number.isNaN).length).toBeGreaterThan(1_500);
  const answers = await onnxAnswers(mlpGraph(model), features, rows);
  expect(largestDifference(answers, model.probabilities(features, rows))).toBeLessThanOrEqual(TOLERANCE);
});

test('rows of nothing, of infinity and of extremes', async () => {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 3.4e38, -3.4e38, 1e-45];
  const matrix = {
    rows: odd.length,
    columns: 12,
    values: Float32Array.from(odd.flatMap((value) => Array(12).fill(value))),
  };
  const all = Int32Array.from(odd.keys());
  const answers = await onnxAnswers(mlpGraph(model), matrix, all);
  expect(answers.every(Number.isFinite)).toBe(true);
  expect(largestDifference(answers, model.probabilities(matrix, all))).toBeLessThanOrEqual(TOLERANCE);
});

test('a temperature divides the scores before the softmax', async () => {
  const answers = await onnxAnswers(mlpGraph(model, { temperature: 0.8 }), features, rows);
  const plain = model.probabilities(features, rows);
  const expected = plain.map((probability, i) => {
    const start = i - (i % 3);
    const powers = [...plain.subarray(start, start + 3)].map((p) => p ** 1.25);
    return probability ** 1.25 / powers.reduce((sum, power) => sum + power, 0);
  });
  expect(largestDifference(answers, expected)).toBeLessThanOrEqual(TOLERANCE);
  expect(largestDifference(answers, plain)).toBeGreaterThan(0.02);
});

test('the same model gives the same bytes', () => {
  expect(writeOnnx(mlpGraph(model))).toEqual(writeOnnx(mlpGraph(model)));
});

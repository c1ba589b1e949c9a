/** The exported trees answer as the fitted ones do, over ONNX Runtime. */
import { expect, test } from 'vitest';
import { writeOnnx } from '../../src/inference/onnx/write-onnx.ts';
import { fitGbdt } from '../../src/training/gbdt/fit-gbdt.ts';
import { gbdtGraph } from '../../src/training/gbdt/gbdt-graph.ts';
import { GBDT_DEFAULTS } from '../../src/training/gbdt/options.ts';
import { largestDifference, onnxAnswers } from './onnx-answers.ts';
import { plantedRows, signalRule, span } from './planted-rows.ts';

const TOLERANCE = 1e-6;
const planted = plantedRows({ rows: 9_000, columns: 12, seed: 'export', missingShare: 0.04 }, signalRule);
const model = fitGbdt({
  train: span(planted, 0, 2_500),
  stop: span(planted, 2_500, 3_500),
  classes: 3,
  options: GBDT_DEFAULTS,
});
const { features, rows } = span(planted, 3_500, 9_000);

/** Edges themselves and their neighbours, so that a wrong comparison cannot hide. */
function onTheEdges() {
  const { feature, threshold } = model.forest;
  const inner = [...feature.keys()].filter((node) => (feature[node] ?? -1) >= 0);
  const values = new Float32Array(inner.length * 2 * features.columns);
  const steps = new Int32Array(1);
  const asFloat = new Float32Array(steps.buffer);
  for (const [i, node] of inner.entries()) {
    for (const [j, step] of [0, 1].entries()) {
      asFloat[0] = threshold[node] ?? 0;
      steps[0] = (steps[0] ?? 0) + step;
      const start = (2 * i + j) * features.columns;
      values.set(features.values.subarray(0, features.columns), start);
      values[start + (feature[node] ?? 0)] = asFloat[0] ?? 0;
    }
  }
  return { rows: 2 * inner.length, columns: features.columns, values };
}

test('thousands of rows with missing values', async () => {
  expect(model.rounds).toBeGreaterThan(30);
  expect(features.values.subarray(3_500 * 12).filter(Number.isNaN).length).toBeGreaterThan(2_000);
  const answers = await onnxAnswers(gbdtGraph(model), features, rows);
  expect(largestDifference(answers, model.probabilities(features, rows))).toBeLessThanOrEqual(TOLERANCE);
});

test('one row at a time', async () => {
  for (const row of rows.subarray(0, 5)) {
    const answers = await onnxAnswers(gbdtGraph(model), features, Int32Array.of(row));
    expect(largestDifference(answers, model.probabilities(features, Int32Array.of(row)))).toBeLessThanOrEqual(
      TOLERANCE,
    );
  }
});

test('rows that lie on the edges, and one float32 beside them', async () => {
  const edges = onTheEdges();
  const all = Int32Array.from({ length: edges.rows }, (_, row) => row);
  expect(edges.rows).toBeGreaterThan(1_000);
  const answers = await onnxAnswers(gbdtGraph(model), edges, all);
  expect(largestDifference(answers, model.probabilities(edges, all))).toBeLessThanOrEqual(TOLERANCE);
});

test('rows of nothing, of infinity and of zeros of either sign', async () => {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 3.4e38, 1e-45];
  const matrix = {
    rows: odd.length,
    columns: 12,
    values: Float32Array.from(odd.flatMap((value) => Array(12).fill(value))),
  };
  const all = Int32Array.from(odd.keys());
  const answers = await onnxAnswers(gbdtGraph(model), matrix, all);
  expect(largestDifference(answers, model.probabilities(matrix, all))).toBeLessThanOrEqual(TOLERANCE);
});

test('a temperature divides the scores before the softmax', async () => {
  const temperature = 1.7;
  const answers = await onnxAnswers(gbdtGraph(model, { temperature }), features, rows);
  const plain = model.probabilities(features, rows);
  const expected = plain.map((probability, i) => {
    const start = i - (i % 3);
    const powers = [...plain.subarray(start, start + 3)].map((p) => p ** (1 / temperature));
    return probability ** (1 / temperature) / powers.reduce((sum, power) => sum + power, 0);
  });
  expect(largestDifference(answers, expected)).toBeLessThanOrEqual(TOLERANCE);
  expect(largestDifference(answers, plain)).toBeGreaterThan(0.05);
  expect(() => gbdtGraph(model, { temperature: 0 })).toThrow(/temperature is 0/);
});

test('a model of no rounds is the prior, exported too', async () => {
  const noise = plantedRows({ rows: 1_200, columns: 3, seed: 'reversed' }, ([a = 0], chance) =>
    chance() < 0.3 ? 1 : a > 0 ? 2 : 0,
  );
  const reversed = { ...noise, classes: noise.classes.map((label) => 2 - label) };
  const prior = fitGbdt({
    train: span(noise, 0, 1_000),
    stop: span(reversed, 1_000, 1_200),
    classes: 3,
    options: GBDT_DEFAULTS,
  });
  expect(prior.rounds).toBe(0);
  const shares = [0, 1, 2].map((k) => noise.classes.subarray(0, 1_000).filter((label) => label === k).length / 1_000);
  const answers = await onnxAnswers(gbdtGraph(prior), noise.features, Int32Array.of(0, 1));
  expect(largestDifference(answers, Float32Array.from([...shares, ...shares]))).toBeLessThanOrEqual(TOLERANCE);
});

test('two classes', async () => {
  const two = plantedRows({ rows: 2_000, columns: 4, seed: 'two', missingShare: 0.1 }, ([a = 0]) => Number(a > 0.2));
  const binary = fitGbdt({
    train: span(two, 0, 1_000),
    stop: span(two, 1_000, 1_500),
    classes: 2,
    options: GBDT_DEFAULTS,
  });
  const test = span(two, 1_500, 2_000);
  const answers = await onnxAnswers(gbdtGraph(binary), two.features, test.rows);
  expect(largestDifference(answers, binary.probabilities(two.features, test.rows))).toBeLessThanOrEqual(TOLERANCE);
});

test('the same model gives the same bytes', () => {
  expect(writeOnnx(gbdtGraph(model))).toEqual(writeOnnx(gbdtGraph(model)));
});

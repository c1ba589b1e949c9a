/** What is written as a graph is what ONNX Runtime computes and what is read back. */
import { expect, test } from 'vitest';
import { type Forest, forestNode, LEAF } from '../../src/inference/onnx/forest.ts';
import type { OnnxGraph } from '../../src/inference/onnx/graph.ts';
import { readOnnx, summaryOf } from '../../src/inference/onnx/read-onnx.ts';
import { writeOnnx } from '../../src/inference/onnx/write-onnx.ts';
import { openSession, runSession } from '../../src/inference/session.ts';

/**
 * Tree 0 asks feature 1 whether it is at most (or below) 0.5, tree 1 feature 0 whether it is at most −1; missing goes left in
 * tree 0 and right in tree 1. Tree 2 is a single leaf.
 */
const forest = (rule: Forest['rule']): Forest => ({
  rule,
  roots: Int32Array.of(0, 3, 6),
  targets: Int32Array.of(0, 1, 1),
  feature: Int32Array.of(1, LEAF, LEAF, 0, LEAF, LEAF, LEAF),
  threshold: Float32Array.of(0.5, 0, 0, -1, 0, 0, 0),
  missingLeft: Uint8Array.of(1, 0, 0, 0, 0, 0, 0),
  left: Int32Array.of(1, 0, 0, 4, 0, 0, 0),
  value: Float32Array.of(0, 10, 20, 0, 1, 2, 0.25),
});

const forestGraph = (rule: Forest['rule']): OnnxGraph => ({
  name: 'forest',
  inputs: [{ name: 'features', shape: ['rows', 2] }],
  outputs: [{ name: 'sums', shape: ['rows', 2] }],
  constants: {},
  nodes: [forestNode(forest(rule), 2, 'features', 'sums')],
  metadata: { fitted_on: 'nothing', zone: 'Zürich' },
});

async function answers(graph: OnnxGraph, rows: readonly (readonly number[])[], output = 'sums'): Promise<number[]> {
  const session = await openSession(writeOnnx(graph));
  const values = Float32Array.from(rows.flat());
  const ends = { inputName: 'features', outputName: output };
  try {
    return [...(await runSession(session, ends, { values, rows: rows.length })).values];
  } finally {
    await session.release();
  }
}

test('a forest sums its leaves, with ties and missing values where they belong', async () => {
  const rows = [
    [0, 0],
    [-1, 0.5],
    [-2, 0.6],
    [Number.NaN, Number.NaN],
  ];
  expect(await answers(forestGraph('at_most'), rows)).toEqual([10, 2.25, 10, 1.25, 20, 1.25, 10, 2.25]);
  expect(await answers(forestGraph('below'), rows)).toEqual([10, 2.25, 20, 2.25, 20, 1.25, 10, 2.25]);
});

test('the same graph gives the same bytes, another one others', () => {
  expect(writeOnnx(forestGraph('at_most'))).toEqual(writeOnnx(forestGraph('at_most')));
  expect(writeOnnx(forestGraph('at_most'))).not.toEqual(writeOnnx(forestGraph('below')));
});

test('ends and metadata are read back', () => {
  const model = readOnnx('forest.onnx', writeOnnx(forestGraph('below')));
  expect(model.irVersion).toBe(8n);
  expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([
    ['', 17n],
    ['ai.onnx.ml', 3n],
  ]);
  expect(summaryOf(model)).toEqual({
    inputs: [{ name: 'features', kind: 'tensor', element: 'float', shape: ['rows', 2] }],
    outputs: [{ name: 'sums', kind: 'tensor', element: 'float', shape: ['rows', 2] }],
    operators: ['TreeEnsembleRegressor'],
    metadata: { fitted_on: 'nothing', zone: 'Zürich' },
    producer: 'trading-servo',
  });
});

test('attributes of every kind: a classifier with texts, floats and integers', async () => {
  const classifier: OnnxGraph = {
    name: 'classifier',
    inputs: [{ name: 'features', shape: ['rows', 1] }],
    outputs: [
      { name: 'label', shape: ['rows'], type: 'int64' },
      { name: 'probabilities', shape: ['rows', 3] },
    ],
    constants: {},
    nodes: [
      {
        op: 'TreeEnsembleClassifier',
        domain: 'ai.onnx.ml',
        inputs: ['features'],
        outputs: ['label', 'probabilities'],
        attributes: {
          base_values: Float32Array.of(Math.log(0.2), Math.log(0.3), Math.log(0.5)),
          classlabels_int64s: [0, 1, 2],
          nodes_treeids: [0, 0, 0],
          nodes_nodeids: Int32Array.of(0, 1, 2),
          nodes_featureids: [0, 0, 0],
          nodes_modes: ['BRANCH_LEQ', 'LEAF', 'LEAF'],
          nodes_values: Float32Array.of(0, 0, 0),
          nodes_truenodeids: [1, 0, 0],
          nodes_falsenodeids: [2, 0, 0],
          nodes_missing_value_tracks_true: [1, 0, 0],
          class_treeids: [0, 0, 0, 0, 0, 0],
          class_nodeids: [1, 1, 1, 2, 2, 2],
          class_ids: [0, 1, 2, 0, 1, 2],
          class_weights: Float32Array.of(0, 0, 0, Math.log(2), 0, 0),
          post_transform: 'SOFTMAX',
        },
      },
    ],
  };
  const found = await answers(classifier, [[-1], [1], [Number.NaN]], 'probabilities');
  // Right of 0 the first class counts double: 0.4, 0.3 and 0.5 of 1.2.
  const expected = [0.2, 0.3, 0.5, 0.4 / 1.2, 0.25, 0.5 / 1.2, 0.2, 0.3, 0.5];
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 6);
});

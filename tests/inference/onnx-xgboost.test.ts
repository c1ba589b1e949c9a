/** XGBoost's JSON becomes ONNX that answers as XGBoost did; what cannot be converted is refused by name. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ModelError } from '../../src/inference/model-error.ts';
import { writeOnnx } from '../../src/inference/onnx/write-onnx.ts';
import { xgboostToOnnx } from '../../src/inference/onnx/xgboost-to-onnx.ts';
import { openSession, runSession } from '../../src/inference/session.ts';

/** Node 0 asks feature 1 whether it is below 0.5; node 2, to its right, feature 0 whether it is below −1; node 5 was pruned. */
const TREE = {
  left_children: [1, -1, 3, -1, -1, -1],
  right_children: [2, -1, 4, -1, -1, -1],
  split_indices: [1, 0, 0, 0, 0, 99],
  split_conditions: [0.5, 0.75, -1, -0.5, 0.25, 9],
  default_left: [0, 0, 1, 0, 0, 0],
  split_type: [0, 0, 0, 0, 0, 0],
  categories: [],
  tree_param: { num_deleted: '1', num_feature: '2', num_nodes: '6', size_leaf_vector: '0' },
};
const leaf = (answer: number) => ({
  ...TREE,
  left_children: [-1],
  right_children: [-1],
  split_indices: [0],
  split_conditions: [answer],
  default_left: [0],
  split_type: [0],
});

const document = (changes: object = {}, model: object = {}) => ({
  learner: {
    attributes: {},
    feature_names: ['adx', 'rsi'],
    feature_types: ['float', 'float'],
    gradient_booster: {
      name: 'gbtree',
      model: {
        gbtree_model_param: { num_parallel_tree: '1', num_trees: '2', size_leaf_vector: '0' },
        tree_info: [0, 0],
        trees: [TREE, leaf(0.125)],
        ...model,
      },
    },
    learner_model_param: {
      base_score: '5E-1',
      boost_from_average: '1',
      num_class: '0',
      num_feature: '2',
      num_target: '1',
    },
    objective: { name: 'binary:logistic', reg_loss_param: { scale_pos_weight: '1' } },
    ...changes,
  },
  version: [1, 7, 4],
});
const multi = (changes: object = {}, model: object = {}) =>
  document(
    {
      objective: { name: 'multi:softprob', softmax_multiclass_param: { num_class: '3' } },
      learner_model_param: { base_score: '5E-1', num_class: '3', num_feature: '2' },
      ...changes,
    },
    { tree_info: [0, 1, 2], trees: [TREE, leaf(0.125), leaf(-1)], ...model },
  );
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
const converted = (value: unknown) => xgboostToOnnx('m.json', bytesOf(value));

async function answersOf(value: unknown, rows: readonly (readonly number[])[]): Promise<number[]> {
  const session = await openSession(writeOnnx(converted(value).graph));
  const values = Float32Array.from(rows.flat());
  const ends = { inputName: 'features', outputName: 'probabilities' };
  try {
    return [...(await runSession(session, ends, { values, rows: rows.length })).values];
  } finally {
    await session.release();
  }
}

/** Feature 0, feature 1, and what the tree answers by hand: below is strict, missing goes right at the root and left below it. */
const ROWS = [
  [0, 0, 0.75],
  [0, 0.5, 0.25],
  [-1, 0.5, 0.25],
  [-2, 3, -0.5],
  [Number.NaN, Number.NaN, -0.5],
  [4, Number.NaN, 0.25],
] as const;
const ASKED = ROWS.map(([a, b]) => [a, b]);
const logistic = (score: number) => 1 / (1 + Math.exp(-score));

function expectNear(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 6);
}

test('two classes: the logistic of the sum, and what is left of 1', async () => {
  const expected = ROWS.map(([, , answer]) => logistic(answer + 0.125)).flatMap((p) => [1 - p, p]);
  expectNear(await answersOf(document(), ASKED), expected);
});

test('a base score of 0.2 is the probability that the sum begins with, written either way', async () => {
  for (const base_score of ['2E-1', '[2E-1]']) {
    const value = document({ learner_model_param: { base_score, num_class: '0', num_feature: '2' } });
    const expected = ROWS.map(([, , answer]) => logistic(answer + 0.125 + Math.log(0.2 / 0.8)));
    expectNear(
      await answersOf(value, ASKED),
      expected.flatMap((p) => [1 - p, p]),
    );
  }
});

test('three classes: the softmax of the sums, with one base score or three', async () => {
  for (const [base_score, bases] of [
    ['5E-1', [0.5, 0.5, 0.5]],
    ['[1E-1,2E-1,-3E-1]', [0.1, 0.2, -0.3]],
  ] as const) {
    const value = multi({ learner_model_param: { base_score, num_class: '3', num_feature: '2' } });
    const expected = ROWS.flatMap(([, , answer]) => {
      const odds = [answer + bases[0], 0.125 + bases[1], -1 + bases[2]].map(Math.exp);
      return odds.map((each) => each / odds.reduce((sum, other) => sum + other, 0));
    });
    expectNear(await answersOf(value, ASKED), expected);
  }
});

test('rounds after the best one are left out, and it is said', async () => {
  const value = document(
    { attributes: { best_iteration: '1' } },
    { tree_info: [0, 0, 0, 0], trees: [TREE, leaf(0.125), leaf(5), leaf(5)] },
  );
  expect(converted(value)).toMatchObject({ rounds: 2, roundsLeftOut: 2, featureNames: ['adx', 'rsi'], classes: 2 });
  const expected = ROWS.map(([, , answer]) => logistic(answer + 0.125));
  expectNear(
    await answersOf(value, ASKED),
    expected.flatMap((p) => [1 - p, p]),
  );
});

const circle = { ...TREE, left_children: [1, -1, 3, 2, -1, -1] };
const REFUSED: readonly (readonly [what: string, value: unknown, words: RegExp])[] = [
  ['dart', document({ gradient_booster: { name: 'dart', gbtree: {} } }), /the booster "dart" is not supported/],
  [
    'gblinear',
    document({ gradient_booster: { name: 'gblinear', model: {} } }),
    /the booster "gblinear" is not supported/,
  ],
  [
    'regression',
    document({ objective: { name: 'reg:squarederror' } }),
    /"reg:squarederror" is not supported\. Fit it with/,
  ],
  ['ranking', document({ objective: { name: 'rank:pairwise' } }), /"rank:pairwise" is not supported/],
  [
    'categories',
    document({}, { trees: [{ ...TREE, split_type: [0, 0, 1, 0, 0, 0] }, leaf(1)] }),
    /tree 0: splits by categories/,
  ],
  [
    'vector leaves',
    document({}, { trees: [TREE, { ...leaf(1), tree_param: { size_leaf_vector: '3' } }] }),
    /tree 1: leaves of several/,
  ],
  ['a circle', document({}, { trees: [circle, leaf(1)] }), /tree 0, node 3: node 2 cannot be its child/],
  [
    'a child that is not there',
    document({}, { trees: [{ ...TREE, right_children: [7, -1, 4, -1, -1, -1] }, leaf(1)] }),
    /node 7 cannot/,
  ],
  [
    'a feature that is not there',
    document({}, { trees: [{ ...TREE, split_indices: [2, 0, 0, 0, 0, 0] }, leaf(1)] }),
    /asks feature 2 of 2/,
  ],
  [
    'a short column',
    document({}, { trees: [{ ...TREE, default_left: [0] }, leaf(1)] }),
    /columns of 6, 6, 6, 6, 1 nodes/,
  ],
  ['no trees', document({}, { trees: [], tree_info: [] }), /no trees/],
  ['part of a round', multi({}, { trees: [TREE, TREE], tree_info: [0, 1] }), /2 trees are no whole rounds of 3/],
  ['tree_info', document({}, { tree_info: [0] }), /1 entries for 2 trees/],
  ['a class that is not there', multi({}, { tree_info: [0, 1, 3] }), /tree_info\[2\]: there is no class 3/],
  [
    'a base score',
    document({ learner_model_param: { base_score: '1', num_class: '0', num_feature: '2' } }),
    /1 is no probability/,
  ],
  [
    'two base scores',
    multi({ learner_model_param: { base_score: '[1,2]', num_class: '3', num_feature: '2' } }),
    /2 base scores for 3/,
  ],
  [
    'text for numbers',
    document({}, { trees: [{ ...TREE, split_conditions: ['x'] }] }),
    /trees\.0\.split_conditions\.0/,
  ],
  ['another document', { hello: 1 }, /not a model of XGBoost: it has no "learner"/],
  ['a list', [], /not a model of XGBoost/],
];

test.each(REFUSED)('%s is refused by name', (_, value, words) => {
  expect(() => converted(value)).toThrow(ModelError);
  expect(() => converted(value)).toThrow(words);
  expect(() => converted(value)).toThrow(/^m\.json/);
});

test('bare NaN and Infinity, as XGBoost writes them, spoil only what is asked of them', async () => {
  const text = JSON.stringify(document({ feature_names: ['NaN', 'a "NaN", Infinity'] }));
  const unread = text.replace('"split_type"', '"loss_changes":[NaN,-Infinity,Infinity],"split_type"');
  const { featureNames, graph } = xgboostToOnnx('m.json', Buffer.from(unread));
  expect(featureNames).toEqual(['NaN', 'a "NaN", Infinity']);
  expect(writeOnnx(graph)).toEqual(writeOnnx(converted(document()).graph));
  const asked = (changes: string) => () => xgboostToOnnx('m.json', Buffer.from(text.replace('[0.5,0.75,', changes)));
  expect(asked('[0.5,NaN,')).toThrow(/^m\.json: tree 0, node 1: holds no number/);
  expect(asked('[NaN,0.75,')).toThrow(/^m\.json: tree 0, node 0: holds no number/);
  const byCategories = text.replace('[0.5,0.75,', '[NaN,0.75,').replace('"split_type":[0', '"split_type":[1');
  expect(() => xgboostToOnnx('m.json', Buffer.from(byCategories))).toThrow(/splits by categories are not supported/);
});

test.each([
  [Buffer.from('{"learner": {'), /m\.json: not JSON/],
  [Buffer.from(''), /not JSON/],
  [Buffer.from('tree\nversion=v4\n'), /a model of LightGBM and not XGBoost JSON/],
  [Buffer.from('{L\0\0\0\0'), /binary JSON \(UBJ\)/],
  [Buffer.from('binf\0\0'), /old binary format of XGBoost/],
  [Buffer.from([0x80, 0x04, 0x95]), /a pickle of Python/],
  [Buffer.from([0x08, 0x08, 0x12]), /a model in ONNX format/],
  [Buffer.from([0xff, 0xfe]), /not JSON/],
])('a file of another kind is called by its name (%#)', (bytes, words) => {
  expect(() => xgboostToOnnx('m.json', bytes)).toThrow(words);
});

test('whatever a key holds, it is converted or refused in words, and never loops', () => {
  const keys = Object.keys(TREE) as (keyof typeof TREE)[];
  const odd = fc.oneof(fc.jsonValue(), fc.array(fc.integer({ min: -3, max: 9 }), { minLength: 6, maxLength: 6 }));
  let refused = 0;
  fc.assert(
    fc.property(fc.constantFrom(...keys), odd, (key, value) => {
      try {
        writeOnnx(converted(document({}, { trees: [{ ...TREE, [key]: value }, leaf(1)] })).graph);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(ModelError);
        refused++;
      }
    }),
    { numRuns: 400 },
  );
  expect(refused).toBeGreaterThan(100);
});

const GOLDEN = join(import.meta.dirname, '../../../shared/golden');
const floats = (name: string) => {
  const bytes = readFileSync(join(GOLDEN, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

test.skipIf(!existsSync(join(GOLDEN, 'xgb.json')))(
  "XGBoost's own predictions, rows with missing values included (skipped without ../shared/golden)",
  async () => {
    const { graph, features, classes, rounds } = xgboostToOnnx('xgb.json', readFileSync(join(GOLDEN, 'xgb.json')));
    expect({ features, classes, rounds }).toEqual({ features: 56, classes: 3, rounds: 60 });
    const [values, expected] = [floats('xgb_X.f32'), floats('xgb_pred.f32')];
    expect(values.filter(Number.isNaN).length).toBeGreaterThan(1_000);
    const session = await openSession(writeOnnx(graph));
    const ends = { inputName: 'features', outputName: 'probabilities' };
    const answer = await runSession(session, ends, { values, rows: 2_000 });
    expect(answer.shape).toEqual([2_000, 3]);
    const worst = answer.values.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? Number.NaN))),
      0,
    );
    expect(worst).toBeLessThanOrEqual(1e-6);
  },
);

/** Converts an XGBoost classifier into an ONNX graph of ours, so that its user needs no converter. */
import { ModelError } from '../model-error.ts';
import { forestNode } from './forest.ts';
import { type OnnxGraph, type OnnxNode, scalar } from './graph.ts';
import { xgboostForest } from './xgboost-forest.ts';
import { readXgboostJson, type XgboostModel } from './xgboost-json.ts';

export interface ConvertedXgboost {
  /** `features` [rows, features] → `probabilities` [rows, classes], float32. */
  readonly graph: OnnxGraph;
  readonly features: number;
  /** Empty when it was fitted without names. */
  readonly featureNames: readonly string[];
  readonly classes: number;
  readonly rounds: number;
  /** Rounds after the best one of early stopping: dropped, as `XGBClassifier` does when it predicts. */
  readonly roundsLeftOut: number;
}

/** `file` is for the words of a `ModelError`. */
export function xgboostToOnnx(file: string, bytes: Uint8Array): ConvertedXgboost {
  const model = readXgboostJson(file, bytes);
  const { objective, features, featureNames, classes, trees, targets, treesPerRound, bestRounds } = model;
  const roundsSaved = trees.length / treesPerRound;
  const rounds = bestRounds === undefined ? roundsSaved : Math.min(bestRounds, roundsSaved);
  const treesUsed = rounds * treesPerRound;
  const starts = startsOf(file, model);
  const forest = xgboostForest(file, features, starts, trees.slice(0, treesUsed), targets.slice(0, treesUsed));
  const isBinary = objective === 'binary:logistic';
  return {
    graph: {
      name: 'xgboost',
      inputs: [{ name: 'features', shape: ['rows', features] }],
      outputs: [{ name: 'probabilities', shape: ['rows', classes] }],
      constants: isBinary ? { one: scalar(1) } : {},
      nodes: [forestNode(forest, starts.length, 'features', 'scores'), ...(isBinary ? LOGISTIC : SOFTMAX)],
    },
    features,
    featureNames,
    classes,
    rounds,
    roundsLeftOut: roundsSaved - rounds,
  };
}

/** The scores before any tree: of class 1 alone, or of every class. */
function startsOf(file: string, { objective, classes, baseScores }: XgboostModel): number[] {
  const [first = Number.NaN] = baseScores;
  if (objective === 'multi:softprob') return Array.from({ length: classes }, (_, k) => baseScores[k] ?? first);
  if (first > 0 && first < 1) return [Math.log(first / (1 - first))];
  throw new ModelError(
    `${file}: learner.learner_model_param.base_score`,
    `${first} is no probability`,
    'Fit it with a base_score between 0 and 1',
  );
}

const SOFTMAX: readonly OnnxNode[] = [
  { op: 'Softmax', inputs: ['scores'], outputs: ['probabilities'], attributes: { axis: 1 } },
];

/** A node of its own, because ONNX Runtime's TreeEnsembleRegressor ignores the post-transform LOGISTIC. */
const LOGISTIC: readonly OnnxNode[] = [
  { op: 'Sigmoid', inputs: ['scores'], outputs: ['probability_1'] },
  { op: 'Sub', inputs: ['one', 'probability_1'], outputs: ['probability_0'] },
  { op: 'Concat', inputs: ['probability_0', 'probability_1'], outputs: ['probabilities'], attributes: { axis: 1 } },
];

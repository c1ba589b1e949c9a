/** A fitted neural network as a classifier. */
import type { Classifier } from '../dataset.ts';
import { checkColumns } from '../examples.ts';
import { softmax } from '../softmax.ts';
import { forward, type Layer, type Network, signalsFor } from './network.ts';
import { type Scaling, scaleRows } from './scaling.ts';

export interface MlpModel extends Classifier {
  readonly kind: 'mlp';
  /** Features of a row. */
  readonly columns: number;
  readonly classes: number;
  readonly scaling: Scaling;
  /** Float32, as they are exported. */
  readonly layers: readonly Layer<Float32Array>[];
  /** Epochs that made the model: the best ones by the stop set. */
  readonly epochs: number;
  /** Log-loss on the stop set of the model; null without one. */
  readonly stopLogLoss: number | null;
}

export function mlpModel(fitted: Omit<MlpModel, 'kind' | 'probabilities'>): MlpModel {
  const { columns, classes, scaling, layers } = fitted;
  const network = layers.map(({ weights, biases, ...form }) => ({
    ...form,
    weights: Float64Array.from(weights),
    biases: Float64Array.from(biases),
  }));
  return {
    ...fitted,
    kind: 'mlp',
    probabilities(features, rows) {
      checkColumns(columns, features);
      return networkProbabilities(network, classes, scaleRows(scaling, features, rows));
    },
  };
}

/** Of rows that are scaled already. */
export function networkProbabilities(network: Network, classes: number, scaled: Float32Array): Float32Array {
  const signals = signalsFor(network);
  const columns = signals[0]?.length ?? 0;
  const scores = new Float32Array((scaled.length / columns) * classes);
  for (let row = 0; row * columns < scaled.length; row++) {
    signals[0]?.set(scaled.subarray(row * columns, (row + 1) * columns));
    forward(network, signals);
    scores.set(signals.at(-1) ?? [], row * classes);
  }
  softmax(scores, classes, scores);
  return scores;
}

/** A fitted forest as a classifier: float32 sums in the order of the trees, as ONNX Runtime takes them. */
import { type Forest, LEAF } from '../../inference/onnx/forest.ts';
import type { Classifier, FeatureMatrix } from '../dataset.ts';
import { checkColumns } from '../examples.ts';
import { softmax } from '../softmax.ts';

export interface GbdtModel extends Classifier {
  readonly kind: 'gbdt';
  /** Features of a row. */
  readonly columns: number;
  readonly classes: number;
  /** The first trees, one a class, are single leaves: the logarithm of the class's share. */
  readonly forest: Forest;
  /** Rounds in the model: the best ones by the stop set. */
  readonly rounds: number;
  /** Log-loss on the stop set of the model; null without one. */
  readonly stopLogLoss: number | null;
}

export function gbdtModel(fitted: Omit<GbdtModel, 'kind' | 'probabilities'>): GbdtModel {
  const { forest, columns, classes } = fitted;
  return {
    ...fitted,
    kind: 'gbdt',
    probabilities(features, rows) {
      checkColumns(columns, features);
      const scores = scoresOf(forest, classes, features, rows);
      softmax(scores, classes, scores);
      return scores;
    },
  };
}

/** Rows that are taken through a tree together: their values and the tree's nodes stay in the processor's caches. */
const BLOCK_ROWS = 256;

function scoresOf(forest: Forest, classes: number, features: FeatureMatrix, rows: Int32Array): Float32Array {
  const scores = new Float32Array(rows.length * classes);
  for (let from = 0; from < rows.length; from += BLOCK_ROWS) {
    const to = Math.min(from + BLOCK_ROWS, rows.length);
    for (const [tree, root] of forest.roots.entries()) {
      addTree(scores, classes, forest.targets[tree] ?? 0, forest, root, features, rows, from, to);
    }
  }
  return scores;
}

function addTree(
  scores: Float32Array,
  classes: number,
  target: number,
  { feature, threshold, missingLeft, left, value }: Forest,
  root: number,
  { columns, values }: FeatureMatrix,
  rows: Int32Array,
  from: number,
  to: number,
): void {
  for (let place = from; place < to; place++) {
    const start = (rows[place] ?? 0) * columns;
    let node = root;
    let column = feature[node] ?? LEAF;
    while (column !== LEAF) {
      const given = values[start + column] ?? Number.NaN;
      // As a sum and not as a choice: which way a row goes is what no processor can foresee.
      const toTheRight = Number.isNaN(given) ? 1 - (missingLeft[node] ?? 0) : Number(given > (threshold[node] ?? 0));
      node = (left[node] ?? 0) + toTheRight;
      column = feature[node] ?? LEAF;
    }
    const score = place * classes + target;
    scores[score] = (scores[score] ?? 0) + (value[node] ?? 0);
  }
}

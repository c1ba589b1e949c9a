/** Gradient boosting: round by round one tree a class that corrects the softmax of what the trees before it say. */
import { seededRandom } from '../../domain/random.ts';
import type { Examples } from '../dataset.ts';
import { checkFitData, type FitData, logLoss, logPrior, meanOneWeights } from '../examples.ts';
import { softmax, softmaxRow } from '../softmax.ts';
import { type BinnedRows, binRows, type Edges, findEdges } from './bins.ts';
import { type GbdtModel, gbdtModel } from './gbdt-model.ts';
import { GrownForest } from './grown-forest.ts';
import { checkGbdtOptions, type GbdtOptions } from './options.ts';
import { drawColumns, drawRows } from './sampling.ts';
import { TreeGrower } from './tree-grower.ts';

export interface GbdtRound {
  /** From 1 on. */
  readonly round: number;
  /** NaN without a stop set. */
  readonly stopLogLoss: number;
  readonly bestRound: number;
}

export interface GbdtFit extends FitData {
  readonly options: GbdtOptions;
  readonly onRound?: (round: GbdtRound) => void;
}

/** Rows with what the forest says of them so far. */
interface ScoredRows {
  readonly binned: BinnedRows;
  readonly scores: Float32Array;
  readonly probabilities: Float32Array;
}

/** The same input gives the same model, bit by bit. The model has the rounds that were best on the stop set, which may be none. */
export function fitGbdt(fit: GbdtFit): GbdtModel {
  const { train, stop, classes, options, onRound } = fit;
  checkFitData(fit);
  checkGbdtOptions(options);
  const { roundsMax, patienceRounds, binsMax, leavesMax } = options;
  const edges = findEdges(train.features, train.rows, binsMax);
  const forest = new GrownForest(edges, binsMax + 1, classes * (roundsMax + 1), leavesMax);
  const weights = meanOneWeights(train);
  for (const [k, value] of logPrior(train, weights, classes).entries()) forest.setValue(forest.startTree(k), value);

  const learning = scoredRows(train, fit, edges);
  const stopping = scoredRows(stop, fit, edges);
  const growRound = roundGrower(fit, learning, weights, forest);
  const stopLogLoss = (): number => {
    softmax(stopping.scores, classes, stopping.probabilities);
    return logLoss(stopping.probabilities, classes, stop);
  };
  const hearNewTrees = (): void => {
    for (let tree = forest.trees - classes; tree < forest.trees; tree++) {
      forest.addTo(learning.scores, classes, tree, learning.binned);
      forest.addTo(stopping.scores, classes, tree, stopping.binned);
    }
  };

  hearNewTrees();
  const stops = stop.rows.length > 0;
  let best = { round: 0, loss: stopLogLoss() };
  for (let round = 1; round <= roundsMax && (!stops || round - best.round <= patienceRounds); round++) {
    growRound();
    hearNewTrees();
    const loss = stopLogLoss();
    if (!stops || loss < best.loss) best = { round, loss };
    onRound?.({ round, stopLogLoss: loss, bestRound: best.round });
  }
  return gbdtModel({
    columns: train.features.columns,
    classes,
    forest: forest.first(classes * (best.round + 1)),
    rounds: best.round,
    stopLogLoss: stops ? best.loss : null,
  });
}

function scoredRows({ features, rows }: Examples, { classes, options }: GbdtFit, edges: Edges): ScoredRows {
  const scores = new Float32Array(rows.length * classes);
  return { binned: binRows(features, rows, edges, options.binsMax), scores, probabilities: scores.slice() };
}

/** A round's trees all answer to the scores before it, and see the same rows. */
function roundGrower(
  { train, classes, options }: GbdtFit,
  { binned, scores, probabilities }: ScoredRows,
  weights: Float64Array,
  forest: GrownForest,
): () => void {
  const random = seededRandom(options.seed);
  const grower = new TreeGrower(binned, forest, options);
  const labels = Uint8Array.from(train.rows, (row) => train.classes[row] ?? 0);
  const derivatives = new Float64Array(2 * binned.rows);
  const bag = new Int32Array(binned.rows);
  return () => {
    const drawn = drawRows(bag, options.rowShare, random);
    for (const row of drawn) softmaxRow(scores, row * classes, classes, probabilities);
    for (let k = 0; k < classes; k++) {
      derive(derivatives, probabilities, labels, weights, drawn, k, classes);
      const columns = drawColumns(binned.columns, options.columnShare, random);
      grower.grow({ target: k, derivatives, bag: drawn, columns });
    }
  };
}

/** Keeps the step finite where a row is certain already. */
const CURVATURE_MIN = 1e-6;

/** First and second derivative of the weighted log-loss by class k's score; the second is doubled, as other libraries do, for short steps. */
function derive(
  derivatives: Float64Array,
  probabilities: Float32Array,
  labels: Uint8Array,
  weights: Float64Array,
  rows: Int32Array,
  k: number,
  classes: number,
): void {
  for (const row of rows) {
    const probability = probabilities[row * classes + k] ?? 0;
    const weight = weights[row] ?? 0;
    derivatives[2 * row] = weight * (probability - (labels[row] === k ? 1 : 0));
    derivatives[2 * row + 1] = weight * Math.max(2 * probability * (1 - probability), CURVATURE_MIN);
  }
}

/** What both trainers do with their examples: check, weigh, count and score them. */
import type { Examples, FeatureMatrix } from './dataset.ts';

/** What both trainers are given, beside their own options. */
export interface FitData {
  readonly train: Examples;
  /** Decides when to stop: rows that the training does not see and that its labels do not overlap. Without rows, nothing stops it. */
  readonly stop: Examples;
  /** How many there are. */
  readonly classes: number;
}

export function checkFitData({ train, stop, classes }: FitData): void {
  if (!(Number.isInteger(classes) && classes >= 2 && classes <= 255)) {
    throw new RangeError(`training: ${classes} classes. Give a whole number from 2 to 255.`);
  }
  if (train.features.columns !== stop.features.columns) {
    const found = `${train.features.columns} features to train on, ${stop.features.columns} to stop on`;
    throw new RangeError(`training: ${found}. Take both from the same feature pack.`);
  }
  checkExamples('training rows', train, classes);
  checkExamples('stop rows', stop, classes);
  checkWeight('training rows', train);
  // No stop rows are a choice, stop rows that count nothing are a mistake.
  if (stop.rows.length > 0) checkWeight('stop rows', stop);
}

function checkWeight(what: string, examples: Examples): void {
  if (totalWeight(examples) > 0) return;
  throw new RangeError(`${what}: ${examples.rows.length} rows without weight. Give rows with weights above 0.`);
}

function checkExamples(what: string, { features, rows, classes: classOf, weights }: Examples, classes: number): void {
  checkMatrix(features);
  for (const row of rows) {
    if (!(row >= 0 && row < features.rows)) {
      throw new RangeError(`${what}: there is no row ${row} of ${features.rows}. Count rows from 0.`);
    }
    const label = classOf[row] ?? classes;
    if (!(label < classes)) throw new RangeError(`${what}: row ${row} has class ${label} of ${classes}. Leave it out.`);
    const weight = weights[row] ?? Number.NaN;
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`${what}: row ${row} has weight ${weight}. Weights are finite and not negative.`);
    }
  }
}

function checkMatrix({ rows, columns, values }: FeatureMatrix): void {
  if (columns >= 1 && values.length === rows * columns) return;
  throw new RangeError(`training: ${values.length} values for ${rows} rows of ${columns} features. Give one for each.`);
}

/** A model is asked about rows of the width that it was fitted to. */
export function checkColumns(fitted: number, { columns }: FeatureMatrix): void {
  if (columns === fitted) return;
  throw new RangeError(`the model was fitted to ${fitted} features and is given ${columns}. Use its feature pack.`);
}

export const totalWeight = ({ rows, weights }: Examples): number =>
  rows.reduce((sum, row) => sum + (weights[row] ?? 0), 0);

/** By place in `rows`, with mean 1: what an option says of a row's weight means the same for every scheme of weights. */
export function meanOneWeights(examples: Examples): Float64Array {
  const scale = examples.rows.length / totalWeight(examples);
  return Float64Array.from(examples.rows, (row) => scale * (examples.weights[row] ?? 0));
}

/** ln of each class's share of the weight. A class that never came counts half a row, because its logarithm must be a number. */
export function logPrior({ rows, classes: classOf }: Examples, weights: Float64Array, classes: number): Float32Array {
  const shares = new Float64Array(classes);
  for (const [place, row] of rows.entries()) {
    const label = classOf[row] ?? 0;
    shares[label] = (shares[label] ?? 0) + (weights[place] ?? 0);
  }
  return Float32Array.from(shares, (share) => Math.log(Math.max(share, 0.5) / rows.length));
}

/** The step of a float32 below 1: a probability of 0 costs as much as the smallest difference that a model can state. */
const SMALLEST = 2 ** -24;

/** Weighted mean of −ln of the probability that the class had. NaN without weight. */
export function logLoss(probabilities: Float32Array, classes: number, examples: Examples): number {
  const { rows, classes: classOf, weights } = examples;
  let loss = 0;
  for (const [place, row] of rows.entries()) {
    const probability = probabilities[place * classes + (classOf[row] ?? 0)] ?? Number.NaN;
    loss -= (weights[row] ?? 0) * Math.log(probability < SMALLEST ? SMALLEST : probability);
  }
  return loss / totalWeight(examples);
}

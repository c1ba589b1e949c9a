/** Permutation importance: how much the log-loss rises when a feature's values no longer belong to their rows. */
import { seededRandom } from '../../domain/random.ts';
import { deviation, mean } from '../../domain/statistics.ts';
import type { Classifier, Examples, FeatureMatrix } from '../dataset.ts';
import { shuffledBlocks } from './block-shuffle.ts';
import { forecastsOf } from './forecasts.ts';
import { logLosses, weightedMean } from './losses.ts';

export interface ImportanceOptions {
  /** Whole blocks change places: values that move slowly would otherwise look more important than they are. */
  readonly blockRows: number;
  readonly repeats: number;
  readonly seed: string | number;
}

export interface FeatureImportance {
  readonly column: number;
  /** Mean rise of the log-loss over the repeats; below 0 the feature did harm. */
  readonly drop: number;
  /** Standard deviation over the repeats; null with one repeat. */
  readonly deviation: number | null;
  /** Of the sum of all rises above 0; 0 for a feature that did harm. */
  readonly share: number;
}

/** On rows that the model has not seen. By column, in the matrix's order. */
export function permutationImportance(
  classifier: Classifier,
  examples: Examples,
  options: ImportanceOptions,
): readonly FeatureImportance[] {
  const { blockRows, repeats, seed } = options;
  const matrix = gathered(examples.features, examples.rows);
  const places = Int32Array.from({ length: matrix.rows }, (_, place) => place);
  const loss = (): number => {
    const forecasts = forecastsOf(classifier.probabilities(matrix, places), examples);
    return weightedMean(logLosses(forecasts), forecasts.weights);
  };
  const base = loss();
  const rises = Array.from({ length: matrix.columns }, (_, column) => {
    const original = columnOf(matrix, column);
    const found = Array.from({ length: repeats }, (_, repeat) => {
      const order = shuffledBlocks(matrix.rows, blockRows, seededRandom(`${seed}/importance/${column}/${repeat}`));
      setColumn(matrix, column, (place) => original[order[place] ?? 0] ?? Number.NaN);
      return loss() - base;
    });
    setColumn(matrix, column, (place) => original[place] ?? Number.NaN);
    return found;
  });
  const drops = rises.map((found) => mean(found) ?? 0);
  const total = drops.reduce((sum, drop) => sum + Math.max(drop, 0), 0);
  return drops.map((drop, column) => ({
    column,
    drop,
    deviation: deviation(rises[column] ?? []),
    share: total > 0 ? Math.max(drop, 0) / total : 0,
  }));
}

/** A copy of the rows alone, which may be changed. */
function gathered({ columns, values }: FeatureMatrix, rows: Int32Array): FeatureMatrix {
  const copy = new Float32Array(rows.length * columns);
  rows.forEach((row, place) => {
    copy.set(values.subarray(row * columns, (row + 1) * columns), place * columns);
  });
  return { rows: rows.length, columns, values: copy };
}

const columnOf = ({ rows, columns, values }: FeatureMatrix, column: number): Float32Array =>
  Float32Array.from({ length: rows }, (_, row) => values[row * columns + column] ?? Number.NaN);

function setColumn({ rows, columns, values }: FeatureMatrix, column: number, valueAt: (row: number) => number): void {
  for (let row = 0; row < rows; row++) values[row * columns + column] = valueAt(row);
}

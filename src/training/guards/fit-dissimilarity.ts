/** Fits the dissimilarity reference: a sample of training rows, and how far other training rows are from it. */
import { DissimilarityIndex, type DissimilarityReference } from '../../domain/guards/dissimilarity.ts';
import { quantileOfSorted } from '../../domain/statistics.ts';
import type { FeatureMatrix } from '../dataset.ts';

const SAMPLE_ROWS = 500;
const PROBE_ROWS = 2000;
/** The limit in multiples of what 99 of 100 training rows stay under. */
const LIMIT_OVER_P99 = 1.5;
/** z-scores are kept to a thousandth: 56 features × 500 rows are then 180 kB of JSON. */
const DIGITS = 1000;

/** Evenly spaced over time, so that no season is missing; the probes lie between the sampled rows. Deterministic. */
export function fitDissimilarity(matrix: FeatureMatrix, trainRows: Int32Array): DissimilarityReference {
  if (trainRows.length < 3 || matrix.columns === 0) {
    throw new Error(
      `a dissimilarity reference needs 3 training rows and 1 feature, was ${trainRows.length} and ${matrix.columns}`,
    );
  }
  const { means, deviations } = columnMoments(matrix, trainRows);
  const sampled = evenly(trainRows, Math.min(SAMPLE_ROWS, Math.floor(trainRows.length / 2)));
  const sample = sampled.flatMap((row) =>
    means.map((mean, k) => rounded(((matrix.values[row * matrix.columns + k] ?? 0) - mean) / (deviations[k] ?? 1))),
  );
  const meanDistance = meanPairwise(sample, matrix.columns);
  if (!(meanDistance > 0)) {
    throw new Error('all sampled training rows are alike: check that the feature columns hold values');
  }
  const reference = { means, deviations, sample, meanDistance, trainMedian: 0, trainP99: 0, limit: 0 };
  const taken = new Set(sampled);
  const others = trainRows.filter((row) => !taken.has(row));
  const index = new DissimilarityIndex(reference);
  const distances = Float64Array.from(evenly(others, Math.min(PROBE_ROWS, others.length)), (row) =>
    index.of(matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns)),
  ).sort();
  const trainP99 = quantileOfSorted(distances, 0.99);
  return { ...reference, trainMedian: quantileOfSorted(distances, 0.5), trainP99, limit: LIMIT_OVER_P99 * trainP99 };
}

/** A missing value, which has no z-score, is the mean. Adding 0 turns −0, which JSON does not know, into 0. */
const rounded = (z: number): number => (Number.isNaN(z) ? 0 : Math.round(z * DIGITS) / DIGITS + 0);

const evenly = (rows: Int32Array, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => rows[Math.floor(((i + 0.5) * rows.length) / count)] ?? 0);

interface ColumnMoments {
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

/** Of the values that are there. */
function columnMoments({ columns, values }: FeatureMatrix, rows: Int32Array): ColumnMoments {
  const moments = Array.from({ length: columns }, (_, column) => {
    const present = rows.filter((row) => !Number.isNaN(values[row * columns + column]));
    const at = (row: number): number => values[row * columns + column] ?? Number.NaN;
    const mean = present.reduce((sum, row) => sum + at(row), 0) / present.length || 0;
    const square = present.reduce((sum, row) => sum + (at(row) - mean) ** 2, 0) / present.length || 0;
    return { mean, deviation: Math.sqrt(square) || 1 };
  });
  return { means: moments.map(({ mean }) => mean), deviations: moments.map(({ deviation }) => deviation) };
}

/** Over all pairs of different rows. */
function meanPairwise(sample: readonly number[], columns: number): number {
  const rows = sample.length / columns;
  let total = 0;
  for (let a = 0; a < rows; a++) {
    for (let b = 0; b < a; b++) {
      let square = 0;
      for (let k = 0; k < columns; k++)
        square += ((sample[a * columns + k] ?? 0) - (sample[b * columns + k] ?? 0)) ** 2;
      total += Math.sqrt(square);
    }
  }
  return total / ((rows * (rows - 1)) / 2);
}

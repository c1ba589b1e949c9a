/** Dissimilarity index: how far a row of features is from all that the model was trained on. */
import { type Grade, gradeOf } from './grade.ts';

/** Plain data of a model's passport: a sample of its training rows and what is usual among them. */
export interface DissimilarityReference {
  /** By feature. */
  readonly means: readonly number[];
  /** A feature that never varied counts in its own unit. */
  readonly deviations: readonly number[];
  /** z-scores of the sampled rows, row-major. */
  readonly sample: readonly number[];
  /** Between two rows of the sample. */
  readonly meanDistance: number;
  /** Of training rows that are not in the sample. */
  readonly trainMedian: number;
  readonly trainP99: number;
  /** Beyond it a prediction is not to be trusted. */
  readonly limit: number;
}

/** Distances are summed by so many features before they are compared with the nearest so far. */
const STRIDE = 8;

/** The index of one row: distance to the nearest sampled row ÷ mean distance between sampled rows. */
export class DissimilarityIndex {
  readonly limit: number;
  readonly #reference: DissimilarityReference;
  readonly #sample: Float64Array;
  readonly #row: Float64Array;

  constructor(reference: DissimilarityReference) {
    const columns = reference.means.length;
    if (reference.deviations.length !== columns || reference.sample.length % columns !== 0) {
      throw new Error(
        `the dissimilarity reference has ${columns} means, ${reference.deviations.length} deviations and ${reference.sample.length} values: fit the model again`,
      );
    }
    this.limit = reference.limit;
    this.#reference = reference;
    this.#sample = Float64Array.from(reference.sample);
    this.#row = new Float64Array(columns);
  }

  /** About 1 is as far as two training rows are from one another. A missing value counts as the mean; an infinite one gives infinity. */
  of(values: ArrayLike<number>): number {
    const { means, deviations, meanDistance } = this.#reference;
    const row = this.#row;
    for (let k = 0; k < row.length; k++) {
      const z = ((values[k] ?? Number.NaN) - (means[k] ?? Number.NaN)) / (deviations[k] ?? Number.NaN);
      row[k] = Number.isNaN(z) ? 0 : z;
    }
    return Math.sqrt(this.#nearestSquare(row)) / meanDistance;
  }

  /** JSON has no infinity: as far as can be is far enough. */
  finiteOf(values: ArrayLike<number>): number {
    return Math.min(this.of(values), Number.MAX_VALUE);
  }

  #nearestSquare(row: Float64Array): number {
    const sample = this.#sample;
    const columns = row.length;
    let nearest = Number.POSITIVE_INFINITY;
    for (let start = 0; start < sample.length; start += columns) {
      let square = 0;
      for (let from = 0; from < columns && square < nearest; from += STRIDE) {
        const to = Math.min(from + STRIDE, columns);
        for (let k = from; k < to; k++) {
          const distance = (row[k] as number) - (sample[start + k] as number);
          square += distance * distance;
        }
      }
      if (square < nearest) nearest = square;
    }
    return nearest;
  }

  isBeyond(index: number): boolean {
    return !(index <= this.limit);
  }
}

/** Among the last predictions: in training, one of hundreds is beyond the limit. */
const WARN_SHARE = 0.05;
const ACT_SHARE = 0.25;

export interface DissimilarityReading {
  /** Predictions in the window. */
  readonly samples: number;
  readonly shareBeyond: number;
  readonly grade: Grade;
}

/** How many of the last predictions were made on rows unlike the training: one is an outlier, many are another market. */
export class DissimilarityWatch {
  readonly #windowRows: number;
  /** Oldest first: 1 beyond the limit, 0 within. */
  #recent: number[] = [];

  constructor(windowRows: number) {
    if (!(Number.isInteger(windowRows) && windowRows >= 1)) {
      throw new RangeError(`the dissimilarity window must be a whole number of rows from 1 on, was ${windowRows}`);
    }
    this.#windowRows = windowRows;
  }

  push(isBeyond: boolean): void {
    this.#recent.push(isBeyond ? 1 : 0);
    if (this.#recent.length > this.#windowRows) this.#recent.shift();
  }

  reading(): DissimilarityReading {
    const samples = this.#recent.length;
    const beyond = this.#recent.reduce((total, one) => total + one, 0);
    const shareBeyond = samples === 0 ? 0 : beyond / samples;
    return { samples, shareBeyond, grade: gradeOf(shareBeyond, WARN_SHARE, ACT_SHARE) };
  }

  snapshot(): readonly number[] {
    return [...this.#recent];
  }

  static restore(windowRows: number, snapshot: readonly number[]): DissimilarityWatch {
    const watch = new DissimilarityWatch(windowRows);
    watch.#recent = snapshot.slice(-windowRows);
    return watch;
  }
}

/** What models are fitted to: rows of features in order of time, and what became of each. */

/** Row-major; NaN where a value is missing. Float32, because that is what the exported model is given. */
export interface FeatureMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** Some rows of a matrix with their classes and weights. `classes` and `weights` are by row of the matrix, not by place in `rows`. */
export interface Examples {
  readonly features: FeatureMatrix;
  /** Indices into the matrix, ascending. */
  readonly rows: Int32Array;
  /** Place in `CLASSES` (0 down, 1 flat, 2 up). */
  readonly classes: Uint8Array;
  readonly weights: Float64Array;
}

/** What a fitted model of any kind can do. Probabilities are row-major, one column a class, for the given rows in their order. */
export interface Classifier {
  probabilities(features: FeatureMatrix, rows: Int32Array): Float32Array;
}

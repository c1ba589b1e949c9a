/** Brings every feature to mean 0 and deviation 1, cuts off extremes, and puts 0, the mean, where a value is missing. */
import type { FeatureMatrix } from '../dataset.ts';

/** All float32, and applied in float32 steps, so that the exported model computes the same bits. */
export interface Scaling {
  readonly means: Float32Array;
  /** 1 ÷ deviation; 0 for a feature that never changes. */
  readonly factors: Float32Array;
  readonly clip: number;
}

/** From the present values of the given rows. */
export function fitScaling({ columns, values }: FeatureMatrix, rows: Int32Array, clip: number): Scaling {
  const means = new Float32Array(columns);
  const factors = new Float32Array(columns);
  for (let column = 0; column < columns; column++) {
    let count = 0;
    let sum = 0;
    for (const row of rows) {
      const value = values[row * columns + column] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      count++;
      sum += value;
    }
    if (count === 0) continue;
    const mean = sum / count;
    let squares = 0;
    for (const row of rows) {
      const value = values[row * columns + column] ?? Number.NaN;
      if (Number.isFinite(value)) squares += (value - mean) ** 2;
    }
    means[column] = mean;
    factors[column] = squares > 0 ? 1 / Math.sqrt(squares / count) : 0;
  }
  return { means, factors, clip: Math.fround(clip) };
}

/** The given rows in their order. */
export function scaleRows({ means, factors, clip }: Scaling, features: FeatureMatrix, rows: Int32Array): Float32Array {
  const { columns, values } = features;
  const scaled = new Float32Array(rows.length * columns);
  for (let place = 0; place < rows.length; place++) {
    const from = (rows[place] ?? 0) * columns;
    const to = place * columns;
    for (let column = 0; column < columns; column++) {
      const centred = Math.fround((values[from + column] ?? Number.NaN) - (means[column] ?? 0));
      const value = Math.fround(centred * (factors[column] ?? 0));
      scaled[to + column] = Number.isNaN(value) ? 0 : Math.max(-clip, Math.min(clip, value));
    }
  }
  return scaled;
}

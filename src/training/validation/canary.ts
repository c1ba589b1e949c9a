/** Traps for a trainer: a feature that sees the future, which must be caught, and outcomes that belong to other times, which must teach nothing. */
import { seededRandom } from '../../domain/random.ts';
import type { FeatureMatrix } from '../dataset.ts';
import type { Prices } from '../labels/labels.ts';
import { shuffledBlocks } from './block-shuffle.ts';

/** The matrix with one column more, the last: the log-return from this row's close to the close `aheadRows` later. */
export function plantLeak(matrix: FeatureMatrix, close: Prices, aheadRows = 3): FeatureMatrix {
  if (close.length !== matrix.rows) {
    throw new Error(`${close.length} closes for ${matrix.rows} rows: give the close of each row's bar`);
  }
  const columns = matrix.columns + 1;
  const values = new Float32Array(matrix.rows * columns);
  for (let row = 0; row < matrix.rows; row++) {
    values.set(matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns), row * columns);
    values[row * columns + matrix.columns] = Math.log(
      (close[row + aheadRows] ?? Number.NaN) / (close[row] ?? Number.NaN),
    );
  }
  return { rows: matrix.rows, columns, values };
}

/** The same classes in blocks at other times, by row of the matrix: their shares and runs stay, what they followed does not. */
export function placeboClasses(
  classes: Uint8Array,
  rows: Int32Array,
  blockRows: number,
  seed: string | number,
): Uint8Array {
  const order = shuffledBlocks(rows.length, blockRows, seededRandom(`${seed}/placebo`));
  const placebo = classes.slice();
  rows.forEach((row, place) => {
    placebo[row] = classes[rows[order[place] ?? 0] ?? row] ?? 0;
  });
  return placebo;
}

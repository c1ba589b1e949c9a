/** The loops that gradient boosting spends its time in: sums of derivatives by feature and bin. */
import type { BinnedRows } from './bins.ts';

/**
 * By slot, a pair of sums: first and second derivatives of the rows in it. Float64, and always summed in the same order,
 * so that they are the same numbers on every run.
 */
export type Histogram = Float64Array;

export const emptyHistogram = ({ columns, bins }: BinnedRows): Histogram => new Float64Array(2 * columns * bins);

/** Sums up `rows[from]` to before `rows[to]`. `derivatives` holds a pair for each row. */
export function fillHistogram(
  histogram: Histogram,
  { slots, columns }: BinnedRows,
  derivatives: Float64Array,
  rows: Int32Array,
  from: number,
  to: number,
): void {
  histogram.fill(0);
  for (let i = from; i < to; i++) {
    const row = rows[i] ?? 0;
    const first = derivatives[2 * row] ?? 0;
    const second = derivatives[2 * row + 1] ?? 0;
    const end = (row + 1) * columns;
    for (let place = row * columns; place < end; place++) {
      const pair = 2 * (slots[place] ?? 0);
      histogram[pair] = (histogram[pair] ?? 0) + first;
      histogram[pair + 1] = (histogram[pair + 1] ?? 0) + second;
    }
  }
}

/** A leaf's rows are those of its two parts, so the second part costs a subtraction. */
export function subtract(whole: Histogram, part: Histogram): void {
  for (let i = 0; i < whole.length; i++) whole[i] = (whole[i] ?? 0) - (part[i] ?? 0);
}

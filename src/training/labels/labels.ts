/** Labels: what became of each row, and the row at which it was known. */

export const DOWN = 0;
export const FLAT = 1;
export const UP = 2;
export const CLASS_COUNT = 3;
/** Of a row whose outcome is not known. */
export const UNKNOWN = 255;

/** Both by row: one row a bar. */
export interface Labels {
  /** `DOWN`, `FLAT`, `UP` or `UNKNOWN`. */
  readonly classes: Uint8Array;
  /** The row whose close settled the outcome; −1 where it is unknown. Bars later than this one were not looked at. */
  readonly endsAt: Int32Array;
}

/** Of a candle, or of what stands for one. */
export type Prices = Int32Array | Float64Array;

/** Bars as columns, in ticks, one place a bar: candles held in longer buffers are cut to their length first. */
export interface PriceColumns {
  readonly high: Prices;
  readonly low: Prices;
  readonly close: Prices;
}

/** Sum to 1. */
export type ClassShares = readonly [down: number, flat: number, up: number];

export const unknownLabels = (rows: number): Labels => ({
  classes: new Uint8Array(rows).fill(UNKNOWN),
  endsAt: new Int32Array(rows).fill(-1),
});

/** The rows that can be learnt from, ascending: the outcome is known and, if a mask is given, the row is one that a servo would decide on. */
export function knownRows(labels: Labels, decidable?: Uint8Array): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < labels.classes.length; row++) {
    if (labels.classes[row] !== UNKNOWN && (decidable === undefined || decidable[row] === 1)) rows.push(row);
  }
  return Int32Array.from(rows);
}

/** The classes' shares among the rows, which must be known. `weights` is by row. */
export function classShares(classes: Uint8Array, rows: Int32Array, weights?: Float64Array): ClassShares {
  const sums: [number, number, number] = [0, 0, 0];
  for (const row of rows) {
    const label = classes[row];
    if (label !== DOWN && label !== FLAT && label !== UP) {
      throw new Error(`row ${row} has no known class: take the rows from knownRows`);
    }
    sums[label] += weights?.[row] ?? 1;
  }
  const total = sums[0] + sums[1] + sums[2];
  if (!(total > 0)) throw new Error('class shares need at least one row with weight: give rows whose outcome is known');
  return [sums[0] / total, sums[1] / total, sums[2] / total];
}

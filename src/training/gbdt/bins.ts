/** Cuts each feature's values into a few bins, so that trees are grown on bytes and still mean exactly what the float32 values mean. */
import type { FeatureMatrix } from '../dataset.ts';

/**
 * By column, ascending: a value is in the first bin whose edge it does not exceed, or in the bin after all of them.
 * Edges are float32, as the values are: `value <= edge` means the same here and in the exported model.
 */
export type Edges = readonly Float32Array[];

/**
 * Rows one after another, a slot for each feature: column × bins + bin, the place of the bin among those of all columns.
 * The last bin of a column is that of missing values.
 */
export interface BinnedRows {
  readonly rows: number;
  readonly columns: number;
  /** Of every column, that of missing values among them. */
  readonly bins: number;
  readonly slots: Uint16Array | Uint32Array;
}

/** Bins of about equal numbers of rows. A value that is frequent is never parted, so there may be fewer than `binsMax`. */
export function findEdges({ columns, values }: FeatureMatrix, rows: Int32Array, binsMax: number): Edges {
  const present = new Float32Array(rows.length);
  return Array.from({ length: columns }, (_, column) => {
    let count = 0;
    for (const row of rows) {
      const value = values[row * columns + column] ?? Number.NaN;
      if (!Number.isNaN(value)) present[count++] = value;
    }
    return edgesOf(present.subarray(0, count).sort(), binsMax);
  });
}

function edgesOf(sorted: Float32Array, binsMax: number): Float32Array {
  const groups = startsOfEqualValues(sorted);
  const cuts = groups.length <= binsMax ? groups.subarray(1) : nearestCuts(groups, sorted.length, binsMax);
  return Float32Array.from(cuts, (start) => between(sorted[start - 1] ?? Number.NaN, sorted[start] ?? Number.NaN));
}

function startsOfEqualValues(sorted: Float32Array): Int32Array {
  const starts = new Int32Array(sorted.length);
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) starts[count++] = i;
  }
  return starts.subarray(0, count);
}

/** The places between unequal values that lie nearest to equal shares of the rows. */
function nearestCuts(groups: Int32Array, rows: number, binsMax: number): Int32Array {
  const cuts = new Int32Array(binsMax - 1);
  let count = 0;
  let next = 1;
  for (let bin = 1; bin < binsMax; bin++) {
    const wanted = (bin * rows) / binsMax;
    while (next < groups.length - 1 && (groups[next] ?? 0) < wanted) next++;
    const after = groups[next] ?? 0;
    const before = groups[next - 1] ?? 0;
    const nearest = before > 0 && wanted - before < after - wanted ? before : after;
    if (count === 0 || nearest > (cuts[count - 1] ?? 0)) cuts[count++] = nearest;
  }
  return cuts.subarray(0, count);
}

/** A float32 that `low` does not exceed and `high` does. The middle, or `low` itself where rounding leaves no room. */
function between(low: number, high: number): number {
  const middle = Math.fround((low + high) / 2);
  return middle >= low && middle < high ? middle : low;
}

/** Where a column's missing values are counted. */
export const missingSlot = (column: number, bins: number): number => (column + 1) * bins - 1;
export const NO_SLOT = -1;

const UINT16_VALUES = 65_536;

/** The given rows in their order. */
export function binRows(
  { columns, values }: FeatureMatrix,
  rows: Int32Array,
  edges: Edges,
  binsMax: number,
): BinnedRows {
  const bins = binsMax + 1;
  const size = rows.length * columns;
  const slots = columns * bins <= UINT16_VALUES ? new Uint16Array(size) : new Uint32Array(size);
  for (const [column, columnEdges] of edges.entries()) {
    for (let place = 0; place < rows.length; place++) {
      const value = values[(rows[place] ?? 0) * columns + column] ?? Number.NaN;
      const bin = Number.isNaN(value) ? binsMax : binOf(value, columnEdges);
      slots[place * columns + column] = column * bins + bin;
    }
  }
  return { rows: rows.length, columns, bins, slots };
}

function binOf(value: number, edges: Float32Array): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= (edges[middle] ?? Number.NaN)) high = middle;
    else low = middle + 1;
  }
  return low;
}

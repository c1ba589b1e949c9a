/** Parts of the rows that know nothing of one another: purged by when outcomes were known, with an embargo around what is held out. */

/** Matrix rows, ascending, no outcome of one part reaching into another. */
export interface Fold {
  readonly train: Int32Array;
  /** For early stopping: the last part of the training span, itself apart from `train`; empty when none was asked for. */
  readonly stop: Int32Array;
  readonly test: Int32Array;
}

export interface FoldOptions {
  /** Rows kept free on both sides of what is held out, beside the purge: features look back over the same bars. */
  readonly embargoRows: number;
  /** Of the training rows; 0 for no early-stopping block. */
  readonly stopShare: number;
}

/** Bars from the first row to the last outcome, both included. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

export function spanOf(rows: Int32Array, endsAt: Int32Array): Span {
  let last = -1;
  for (const row of rows) last = Math.max(last, endsAt[row] ?? row);
  return { first: rows[0] ?? -1, last };
}

/** The rows whose [row, endsAt] is apart from every held-out span by more than the embargo. */
export function purge(rows: Int32Array, endsAt: Int32Array, held: readonly Span[], embargoRows: number): Int32Array {
  return rows.filter((row) =>
    held.every(({ first, last }) => (endsAt[row] ?? row) + embargoRows < first || row > last + embargoRows),
  );
}

export interface PurgedTail {
  readonly before: Int32Array;
  readonly tail: Int32Array;
}

/** The last `share` of the rows, and the rows before it that do not reach into it: the hold-out, or a block to calibrate or stop on. */
export function purgedTail(rows: Int32Array, endsAt: Int32Array, share: number, embargoRows: number): PurgedTail {
  if (!(share >= 0 && share < 1)) throw new RangeError(`a tail's share of the rows must be in [0, 1), was ${share}`);
  const start = rows.length - Math.round(rows.length * share);
  const tail = rows.subarray(start);
  const before = rows.subarray(0, start);
  return tail.length === 0
    ? { before, tail }
    : { before: purge(before, endsAt, [spanOf(tail, endsAt)], embargoRows), tail };
}

/** A fold of the candidates that are apart from the held spans, with its early-stopping block. */
export function foldOf(
  candidates: Int32Array,
  test: Int32Array,
  held: readonly Span[],
  endsAt: Int32Array,
  { embargoRows, stopShare }: FoldOptions,
): Fold {
  const apart = purge(candidates, endsAt, held, embargoRows);
  const { before: train, tail: stop } = purgedTail(apart, endsAt, stopShare, embargoRows);
  if (train.length === 0 || test.length === 0) {
    throw new Error(
      `a fold of ${test.length} test rows from row ${test[0]} on has ${train.length} training rows left after the purge: use more rows, fewer folds or a shorter embargo`,
    );
  }
  return { train, stop, test };
}

/** What each labelled row counts: less where outcomes overlap, less the older it is. */

export interface Uniqueness {
  /** By row of the matrix, in (0, 1]; 0 for rows that were not asked for. */
  readonly average: Float64Array;
  /** Sum over the rows: how many independent outcomes they are worth. */
  readonly effectiveRows: number;
}

/**
 * Average uniqueness (López de Prado, Advances in Financial Machine Learning, 4.4). The outcome of row t is made of the bars
 * t + 1 to endsAt(t); a bar that c outcomes share counts 1/c for each.
 */
export function uniqueness(rows: Int32Array, endsAt: Int32Array): Uniqueness {
  const bars = endsAt.length;
  const concurrent = concurrencyOf(rows, endsAt);
  // inverse[b]: sum of 1/c over the bars before b, so that a span's sum is one subtraction.
  const inverse = new Float64Array(bars + 1);
  for (let bar = 0; bar < bars; bar++) {
    const count = concurrent[bar] ?? 0;
    inverse[bar + 1] = (inverse[bar] ?? 0) + (count > 0 ? 1 / count : 0);
  }
  const average = new Float64Array(bars);
  let effectiveRows = 0;
  for (const row of rows) {
    const end = endsAt[row] ?? row;
    const value = ((inverse[end + 1] ?? 0) - (inverse[row + 1] ?? 0)) / (end - row);
    average[row] = value;
    effectiveRows += value;
  }
  return { average, effectiveRows };
}

/** How many outcomes each bar is part of. */
export function concurrencyOf(rows: Int32Array, endsAt: Int32Array): Int32Array {
  const steps = new Int32Array(endsAt.length + 2);
  for (const row of rows) {
    const end = endsAt[row] ?? -1;
    if (end <= row) throw new Error(`row ${row} has no outcome after it: take the rows from knownRows`);
    steps[row + 1] = (steps[row + 1] ?? 0) + 1;
    steps[end + 1] = (steps[end + 1] ?? 0) - 1;
  }
  let open = 0;
  return endsAt.map((_, bar) => {
    open += steps[bar] ?? 0;
    return open;
  });
}

/** exp(−age ÷ (alpha × n)), by place in `rows`; the newest row has age 0. */
export const timeDecay = (rowCount: number, alpha: number): Float64Array =>
  Float64Array.from({ length: rowCount }, (_, place) => Math.exp((place + 1 - rowCount) / (alpha * rowCount)));

export interface WeightOptions {
  /** Of the time decay, in shares of the rows; undefined: age does not count. */
  readonly decayAlpha?: number | undefined;
}

/** Uniqueness × time decay, by row of the matrix, with mean 1 over the rows. */
export function exampleWeights(rows: Int32Array, endsAt: Int32Array, options: WeightOptions = {}): Float64Array {
  const { average } = uniqueness(rows, endsAt);
  const { decayAlpha } = options;
  if (decayAlpha !== undefined && !(decayAlpha > 0)) {
    throw new RangeError(`the time decay's alpha must be above 0, was ${decayAlpha}: leave it out for no decay`);
  }
  const decay = decayAlpha === undefined ? undefined : timeDecay(rows.length, decayAlpha);
  const weights = new Float64Array(endsAt.length);
  let total = 0;
  rows.forEach((row, place) => {
    const weight = (average[row] ?? 0) * (decay?.[place] ?? 1);
    weights[row] = weight;
    total += weight;
  });
  for (const row of rows) weights[row] = ((weights[row] ?? 0) * rows.length) / total;
  return weights;
}

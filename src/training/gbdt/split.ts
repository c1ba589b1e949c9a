/** Finds the question that parts a leaf's rows best: which feature, up to which bin, and where missing values go. */
import type { Histogram } from './histogram.ts';

/** First and second derivatives of the loss, summed over rows. */
export interface Sums {
  readonly first: number;
  readonly second: number;
}

export interface Split {
  /** How much the loss falls, doubled. */
  readonly gain: number;
  readonly column: number;
  /** Rows up to this bin go left. */
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly leftSums: Sums;
}

export interface LeafRules {
  readonly minChildWeight: number;
  readonly l2: number;
}

/** Less than this is the rounding of a subtraction and not a row. */
const NOTHING = 1e-9;

/** Undefined when no question is better than none. Of equal gains the first is taken: the lowest column, the lowest bin. */
export function bestSplit(
  histogram: Histogram,
  bins: number,
  columns: Int32Array,
  sums: Sums,
  rules: LeafRules,
): Split | undefined {
  const { minChildWeight, l2 } = rules;
  const { first: wholeFirst, second: wholeSecond } = sums;
  const whole = (wholeFirst * wholeFirst) / (wholeSecond + l2);
  let gain = NOTHING;
  let best: { column: number; bin: number; missingLeft: boolean; first: number; second: number } | undefined;
  for (const column of columns) {
    const start = 2 * column * bins;
    const missing = start + 2 * (bins - 1);
    const missingFirst = histogram[missing] ?? 0;
    const missingSecond = histogram[missing + 1] ?? 0;
    // With nothing missing here one direction is tried, and missing values will follow the heavier side.
    const directions = missingSecond > NOTHING ? 2 : 1;
    let presentFirst = 0;
    let presentSecond = 0;
    for (let pair = start; pair < missing; pair += 2) {
      const inBin = histogram[pair + 1] ?? 0;
      presentFirst += histogram[pair] ?? 0;
      presentSecond += inBin;
      if (inBin <= NOTHING) continue;
      for (let direction = 0; direction < directions; direction++) {
        const first = direction === 0 ? presentFirst : presentFirst + missingFirst;
        const second = direction === 0 ? presentSecond : presentSecond + missingSecond;
        const restFirst = wholeFirst - first;
        const restSecond = wholeSecond - second;
        if (!(second >= minChildWeight && restSecond >= minChildWeight)) continue;
        const found = (first * first) / (second + l2) + (restFirst * restFirst) / (restSecond + l2) - whole;
        if (!(found > gain)) continue;
        gain = found;
        const missingLeft = directions === 2 ? direction === 1 : second > restSecond;
        best = { column, bin: (pair - start) / 2, missingLeft, first, second };
      }
    }
  }
  if (best === undefined) return undefined;
  const { column, bin, missingLeft, first, second } = best;
  return { gain, column, bin, missingLeft, leftSums: { first, second } };
}

/** The barrier multiple that makes the three classes most even, found on training rows alone. */
import { scaled } from './barrier-distance.ts';
import { type ClassShares, classShares, type PriceColumns, UNKNOWN } from './labels.ts';
import { tripleBarrier } from './triple-barrier.ts';

export interface TuneOptions {
  /** Distance of a barrier at multiple 1, in ticks, by row. */
  readonly unitTicks: Float64Array;
  readonly horizonBars: number;
  /** Ascending. No bar after the last of them is looked at. */
  readonly trainRows: Int32Array;
  readonly candidates?: readonly number[];
}

export interface TunedMultiple {
  readonly multiple: number;
  readonly shares: ClassShares;
  /** Training rows whose horizon ends within the training span. */
  readonly rows: number;
}

/** 0.3 to 3 in steps of 0.1. */
const CANDIDATES: readonly number[] = Array.from({ length: 28 }, (_, i) => (i + 3) / 10);

/** The candidate with the highest entropy of class shares; the smaller one of equals. */
export function tuneMultiple(columns: PriceColumns, options: TuneOptions): TunedMultiple {
  const { unitTicks, horizonBars, trainRows, candidates = CANDIDATES } = options;
  const end = (trainRows.at(-1) ?? -1) + 1;
  const seen = {
    high: columns.high.subarray(0, end),
    low: columns.low.subarray(0, end),
    close: columns.close.subarray(0, end),
  };
  let best: TunedMultiple | undefined;
  for (const multiple of candidates) {
    const barrier = scaled(unitTicks.subarray(0, end), multiple);
    const { classes } = tripleBarrier(seen, { upTicks: barrier, downTicks: barrier, horizonBars });
    const known = trainRows.filter((row) => classes[row] !== UNKNOWN);
    if (known.length === 0) continue;
    const shares = classShares(classes, known);
    if (best === undefined || entropy(shares) > entropy(best.shares)) best = { multiple, shares, rows: known.length };
  }
  if (best === undefined) {
    throw new Error(
      `none of ${trainRows.length} training rows has a label over ${horizonBars} bars: train on more bars or shorten the horizon`,
    );
  }
  return best;
}

const entropy = (shares: ClassShares): number =>
  shares.reduce((total, share) => (share > 0 ? total - share * Math.log(share) : total), 0);

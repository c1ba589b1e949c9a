/** Fixed-horizon labels: the sign of the move after so many bars, where it is larger than a threshold. */
import { DOWN, FLAT, type Labels, type Prices, UP, unknownLabels } from './labels.ts';

export interface FixedHorizonOptions {
  /** A move must be larger than this, in ticks, by row; a row without a finite threshold from 0 on has no label. */
  readonly thresholdTicks: Float64Array;
  readonly horizonBars: number;
}

/** From the close of the row's bar to the close `horizonBars` later. */
export function fixedHorizon(close: Prices, { thresholdTicks, horizonBars }: FixedHorizonOptions): Labels {
  if (!Number.isInteger(horizonBars) || horizonBars < 1) {
    throw new RangeError(`the label's horizon must be a whole number of bars from 1 on, was ${horizonBars}`);
  }
  const labels = unknownLabels(close.length);
  for (let row = 0; row + horizonBars < close.length; row++) {
    const threshold = thresholdTicks[row] ?? Number.NaN;
    if (!(threshold >= 0 && threshold < Number.POSITIVE_INFINITY)) continue;
    const move = (close[row + horizonBars] ?? Number.NaN) - (close[row] ?? Number.NaN);
    labels.classes[row] = move > threshold ? UP : move < -threshold ? DOWN : FLAT;
    labels.endsAt[row] = row + horizonBars;
  }
  return labels;
}

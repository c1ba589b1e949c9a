/** Triple-barrier labels: which of two distances the price covers first, or neither within the horizon. */
import { DOWN, FLAT, type Labels, type PriceColumns, UNKNOWN, UP, unknownLabels } from './labels.ts';

export interface TripleBarrierOptions {
  /** Distance to the upper barrier in ticks, by row; a row without a finite positive distance has no label. */
  readonly upTicks: Float64Array;
  /** The same array as `upTicks` makes the barriers symmetric. */
  readonly downTicks: Float64Array;
  readonly horizonBars: number;
}

/**
 * Entry at the close of the row's bar, barriers from the next bar on. A bar that touches both is flat, because nobody knows
 * which came first. The last `horizonBars` rows are unknown even where a barrier was touched: kept, they would be moves only.
 */
export function tripleBarrier(columns: PriceColumns, options: TripleBarrierOptions): Labels {
  const rows = columns.close.length;
  const { horizonBars, upTicks, downTicks } = options;
  if (!Number.isInteger(horizonBars) || horizonBars < 1) {
    throw new RangeError(`the label's horizon must be a whole number of bars from 1 on, was ${horizonBars}`);
  }
  if (upTicks.length !== rows || downTicks.length !== rows) {
    throw new RangeError(
      `barriers of ${upTicks.length} and ${downTicks.length} rows for ${rows} bars: give one distance for each bar`,
    );
  }
  const labels = unknownLabels(rows);
  for (let row = 0; row + horizonBars < rows; row++) {
    const up = upTicks[row] ?? Number.NaN;
    const down = downTicks[row] ?? Number.NaN;
    if (up > 0 && down > 0 && Number.isFinite(up + down)) labelRow(columns, row, up, down, horizonBars, labels);
  }
  return labels;
}

function labelRow(
  columns: PriceColumns,
  row: number,
  upTicks: number,
  downTicks: number,
  horizonBars: number,
  labels: Labels,
): void {
  const entry = columns.close[row] ?? Number.NaN;
  const end = row + horizonBars;
  let bar = row + 1;
  let outcome = UNKNOWN;
  for (; bar <= end; bar++) {
    const isUp = (columns.high[bar] ?? Number.NaN) >= entry + upTicks;
    const isDown = (columns.low[bar] ?? Number.NaN) <= entry - downTicks;
    if (isUp || isDown) {
      outcome = isUp && isDown ? FLAT : isUp ? UP : DOWN;
      break;
    }
  }
  labels.classes[row] = outcome === UNKNOWN ? FLAT : outcome;
  labels.endsAt[row] = Math.min(bar, end);
}

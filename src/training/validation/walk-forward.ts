/** Walk-forward validation: train on the past, test on what came next, over and over. */
import { type Fold, type FoldOptions, foldOf, spanOf } from './folds.ts';

export interface WalkForwardOptions extends FoldOptions {
  readonly folds: number;
  /** Expanding: all rows before the test. Rolling: as many as the first fold had. */
  readonly window: 'expanding' | 'rolling';
  /** Share of the rows that come before the first test. */
  readonly firstTrainShare: number;
}

/** Every row after the first training span is tested in exactly one fold. `rows` ascend; `endsAt` is by matrix row. */
export function walkForward(rows: Int32Array, endsAt: Int32Array, options: WalkForwardOptions): readonly Fold[] {
  const { folds, window, firstTrainShare } = options;
  if (!Number.isInteger(folds) || folds < 1 || !(firstTrainShare > 0 && firstTrainShare < 1)) {
    throw new RangeError(
      `walk-forward needs 1 fold or more and a first training share between 0 and 1, was ${folds} and ${firstTrainShare}`,
    );
  }
  const before = Math.floor(rows.length * firstTrainShare);
  const edge = (fold: number) => before + Math.floor(((rows.length - before) * fold) / folds);
  return Array.from({ length: folds }, (_, fold) => {
    const start = edge(fold);
    const test = rows.subarray(start, edge(fold + 1));
    const candidates = rows.subarray(window === 'rolling' ? start - before : 0, start);
    return foldOf(candidates, test, [spanOf(test, endsAt)], endsAt, options);
  });
}

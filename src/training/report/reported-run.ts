/** A run as its report is made from it: what came of it, from which candles, and how it is done again. */
import type { TrainingResult } from '../run/train.ts';

export interface ReportedRun {
  readonly result: TrainingResult;
  readonly source: { readonly file: string; readonly sha256: string };
  /** That does it again. */
  readonly command: string;
  /** Of the servo. */
  readonly version: string;
}

/** The first sentence of terminal and page. */
export function verdictLine({ judgement: { deployable, conditions } }: TrainingResult): string {
  const failed = conditions.filter(({ holds }) => !holds).length;
  return deployable
    ? `deployable: all ${conditions.length} conditions hold`
    : `no deployable edge: ${failed} of ${conditions.length} conditions ${failed === 1 ? 'does' : 'do'} not hold`;
}

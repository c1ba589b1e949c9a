/** What a person may choose about gradient boosting, and what it is without a choice. */
import { checkRange, type OptionRange, real, whole } from '../option-ranges.ts';

export interface GbdtOptions {
  readonly seed: string | number;
  /** A round is one tree for each class. */
  readonly roundsMax: number;
  /** Rounds without a better log-loss on the stop set after which growing ends. */
  readonly patienceRounds: number;
  /** How much of each tree's answer is added. */
  readonly learningRate: number;
  readonly leavesMax: number;
  /** Bins of a feature's values; missing values have one more. */
  readonly binsMax: number;
  /** Share of the rows that a round sees. */
  readonly rowShare: number;
  /** Share of the features that a tree sees. */
  readonly columnShare: number;
  /** Least sum of second derivatives in a leaf; rows count with weights of mean 1, a row at most half. */
  readonly minChildWeight: number;
  /** Pulls the answers of small leaves towards nothing. */
  readonly l2: number;
}

export const GBDT_DEFAULTS: GbdtOptions = {
  seed: 1,
  roundsMax: 1_000,
  patienceRounds: 30,
  learningRate: 0.05,
  leavesMax: 15,
  binsMax: 63,
  rowShare: 0.5,
  columnShare: 1,
  minChildWeight: 20,
  l2: 1,
};

const RANGES = {
  roundsMax: whole(1, 10_000),
  patienceRounds: whole(1, 10_000),
  learningRate: real(1e-4, 1),
  leavesMax: whole(2, 256),
  binsMax: whole(2, 1_024),
  rowShare: real(0.01, 1),
  columnShare: real(0.01, 1),
  minChildWeight: real(1e-6, 1e9),
  l2: real(0, 1e9),
} as const satisfies Partial<Record<keyof GbdtOptions, OptionRange>>;

export function checkGbdtOptions(options: GbdtOptions): void {
  for (const [name, range] of Object.entries(RANGES)) {
    checkRange('gradient boosting', name, options[name as keyof typeof RANGES], range);
  }
}

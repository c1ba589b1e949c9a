/** Where a backtest's signals come from: a model, asked in batches, or a plain rule on closes. */
import type { DissimilarityIndex } from '../domain/guards/dissimilarity.ts';
import type { ModelCard } from '../domain/model-card.ts';
import type { ModelFacts } from './result.ts';
import { checkedSmaCross, type SmaCross, smaCrossProbabilities } from './sma-cross.ts';

/** Asked of many rows at once: probabilities row-major down, flat, up; NaN in a row where the answer is unsound. */
export interface ModelSource {
  readonly kind: 'model';
  /** What predictions are signed with. */
  readonly id: string;
  /** Of the model and all that its passport says. */
  readonly hash: string;
  readonly facts: ModelFacts;
  readonly card: ModelCard;
  readonly columns: number;
  /** Of its training; absent where its passport has nothing to compare with. */
  readonly likeness: DissimilarityIndex | undefined;
  /** It is about to be asked: what takes time to start may start. */
  prepare(): void;
  /** The array is not to be written to before the answer. */
  predictRows(features: Float32Array, rows: number): Promise<Float32Array>;
}

/** Needs nothing but closes, so neither features nor regimes are computed. */
export interface RuleSource {
  readonly kind: 'rule';
  readonly id: string;
  probabilities(closes: Int32Array, rows: number): Float32Array;
}

export type SignalSource = ModelSource | RuleSource;

/** Who signs predictions that are made already. */
export type Signer = Pick<ModelSource, 'kind' | 'id' | 'card' | 'likeness'> | Pick<RuleSource, 'kind' | 'id'>;

/** `sma_cross`, or `sma_cross:10/30`. Throws a RangeError on anything else. */
export function ruleSource(text: string): RuleSource {
  const [, averages = '10/30'] = /^sma_cross(?::(\d+\/\d+))?$/.exec(text) ?? fail(text);
  const [fastBars = 0, slowBars = 0] = averages.split('/').map(Number);
  const rule: SmaCross = checkedSmaCross({ fastBars, slowBars });
  return {
    kind: 'rule',
    id: `sma_cross ${fastBars}/${slowBars}`,
    probabilities: (closes, rows) => smaCrossProbabilities(closes, rows, rule),
  };
}

function fail(text: string): never {
  throw new RangeError(
    `"${text}" is no signal source: write sma_cross, or sma_cross:10/30 with bars of the two averages`,
  );
}

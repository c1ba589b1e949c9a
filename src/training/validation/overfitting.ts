/** Probability of backtest overfitting: how often the best trial of one half of time is below the middle in the other half. */
import { combinations } from './cpcv.ts';

export interface Overfitting {
  /** Share of splits in which the best trial in sample is not better than the median out of sample. */
  readonly probability: number;
  /** ln(rank ÷ (1 − rank)) of that trial out of sample, one a split. */
  readonly logits: readonly number[];
  /** Share of splits in which that trial lost money out of sample. */
  readonly probabilityOfLoss: number;
}

/** Sums of a trial's returns in one block: halves are put together from them. */
interface BlockSums {
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
}

/** CSCV (Bailey, Borwein, López de Prado, Zhu 2015). One row of returns a trial, all of the same moments; `blocks` is even. */
export function overfitting(trials: readonly ArrayLike<number>[], blocks = 16): Overfitting {
  const periods = trials[0]?.length ?? 0;
  if (trials.length < 2 || trials.some((trial) => trial.length !== periods)) {
    throw new Error(`overfitting is a matter of 2 trials or more over the same periods, was ${trials.length} trials`);
  }
  if (!(Number.isInteger(blocks) && blocks >= 2 && blocks % 2 === 0 && periods >= 2 * blocks)) {
    throw new RangeError(
      `CSCV needs an even number of blocks of 2 periods or more, was ${blocks} over ${periods} periods`,
    );
  }
  const sums = trials.map((trial) => blockSums(trial, blocks));
  const all = Array.from({ length: blocks }, (_, block) => block);
  const splits = combinations(blocks, blocks / 2).map((inside) => {
    const outside = all.filter((block) => !inside.includes(block));
    const inSample = sums.map((trial) => sharpeOver(trial, inside));
    const outOfSample = sums.map((trial) => sharpeOver(trial, outside));
    const chosen = outOfSample[inSample.indexOf(Math.max(...inSample))] ?? Number.NaN;
    const rank = rankOf(chosen, outOfSample) / (trials.length + 1);
    return { logit: Math.log(rank / (1 - rank)), lost: chosen < 0 };
  });
  return {
    probability: splits.filter(({ logit }) => logit <= 0).length / splits.length,
    logits: splits.map(({ logit }) => logit),
    probabilityOfLoss: splits.filter(({ lost }) => lost).length / splits.length,
  };
}

function blockSums(returns: ArrayLike<number>, blocks: number): readonly BlockSums[] {
  const edge = (block: number) => Math.floor((returns.length * block) / blocks);
  return Array.from({ length: blocks }, (_, block) => {
    let sum = 0;
    let squares = 0;
    for (let i = edge(block); i < edge(block + 1); i++) {
      sum += returns[i] ?? Number.NaN;
      squares += (returns[i] ?? Number.NaN) ** 2;
    }
    return { count: edge(block + 1) - edge(block), sum, squares };
  });
}

/** 0 where nothing varies: a trial that never traded is neither good nor bad. */
function sharpeOver(trial: readonly BlockSums[], blocks: readonly number[]): number {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (const block of blocks) {
    const part = trial[block];
    if (part === undefined) continue;
    count += part.count;
    sum += part.sum;
    squares += part.squares;
  }
  const mean = sum / count;
  const variance = (squares - count * mean * mean) / (count - 1);
  // Below the rounding of the sums there is no variance.
  return variance > 1e-14 * (squares / count) ? mean / Math.sqrt(variance) : 0;
}

/** 1 for the worst; equals share the middle of their ranks. */
function rankOf(value: number, values: readonly number[]): number {
  const below = values.filter((other) => other < value).length;
  const equal = values.filter((other) => other === value).length;
  return below + (equal + 1) / 2;
}

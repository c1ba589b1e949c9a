/** AUC, isotonic regression, overfitting and distances by their definitions, without any shortcut. */

/** Every pair of a positive and a negative row. */
export function slowAuc(scores: readonly number[], positive: readonly number[], weights: readonly number[]): number {
  let won = 0;
  let pairs = 0;
  for (const [a, isPositive] of positive.entries()) {
    for (const [b, isOther] of positive.entries()) {
      if (isPositive !== 1 || isOther !== 0) continue;
      const weight = weights[a]! * weights[b]!;
      pairs += weight;
      won += weight * (scores[a]! > scores[b]! ? 1 : scores[a]! === scores[b]! ? 0.5 : 0);
    }
  }
  return won / pairs;
}

/** The min-max formula: of each value, the largest over starts of the smallest over ends of the mean between them. */
export function slowIsotonic(values: readonly number[], weights: readonly number[]): number[] {
  const meanOf = (from: number, to: number): number => {
    let sum = 0;
    let weight = 0;
    for (let i = from; i <= to; i++) {
      sum += values[i]! * weights[i]!;
      weight += weights[i]!;
    }
    return sum / weight;
  };
  return values.map((_, i) => {
    const starts = Array.from({ length: i + 1 }, (_, start) => start);
    const ends = Array.from({ length: values.length - i }, (_, step) => i + step);
    return Math.max(...starts.map((start) => Math.min(...ends.map((end) => meanOf(start, end)))));
  });
}

function slowSharpe(returns: readonly number[]): number {
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const squares = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return mean / Math.sqrt(squares / (returns.length - 1));
}

/** CSCV: every subset of half the blocks, by counting in binary; the returns are really put together. */
export function slowOverfitting(trials: readonly (readonly number[])[], blocks: number): number[] {
  const length = trials[0]!.length / blocks;
  const logits: number[] = [];
  for (let mask = 0; mask < 2 ** blocks; mask++) {
    const inside = (period: number): boolean => ((mask >> Math.floor(period / length)) & 1) === 1;
    if ([...mask.toString(2)].filter((digit) => digit === '1').length !== blocks / 2) continue;
    const here = trials.map((trial) => slowSharpe(trial.filter((_, period) => inside(period))));
    const there = trials.map((trial) => slowSharpe(trial.filter((_, period) => !inside(period))));
    const best = here.indexOf(Math.max(...here));
    const sorted = [...there].sort((a, b) => a - b);
    const rank = (sorted.indexOf(there[best]!) + 1) / (trials.length + 1);
    logits.push(Math.log(rank / (1 - rank)));
  }
  return logits;
}

/** Distance of a row to the nearest of a sample. */
export const slowNearest = (row: readonly number[], sample: readonly (readonly number[])[]): number =>
  Math.min(...sample.map((other) => Math.hypot(...other.map((value, k) => value - row[k]!))));

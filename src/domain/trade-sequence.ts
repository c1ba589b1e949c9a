/** What the order of trades shows: runs, growth from trade to trade, and how straight the balance rose. Undefined is null. */
import { linearFit, mean } from './statistics.ts';

export interface Streak {
  readonly trades: number;
  readonly profit: number;
}

export interface SequenceFigures {
  /** Most wins in a row, and most money of one run of wins: seldom the same run. */
  readonly longestWins: Streak | null;
  readonly richestWins: Streak | null;
  readonly longestLosses: Streak | null;
  readonly costliestLosses: Streak | null;
  /** Standard deviations by which wins and losses alternate less than chance (negative: more); of the number of runs. */
  readonly zScore: number | null;
  /** Arithmetic and geometric mean of balance ÷ balance before. */
  readonly averageHoldingPeriodReturn: number | null;
  readonly geometricHoldingPeriodReturn: number | null;
  /** Of the balance, opening one included, with the number of the trade. */
  readonly linearCorrelation: number | null;
  readonly linearStandardError: number | null;
  /** Largest fall of the balance, in money and as a share of its peak. */
  readonly balanceDrawdown: number;
  readonly balanceDrawdownRatio: number;
}

/** `profits` are net, one a closed trade, in order of closing; they start from `balance`. */
export function sequenceFigures(profits: readonly number[], balance: number): SequenceFigures {
  const runs = runsOf(profits, Math.sign);
  const winning = runs.filter(({ kind }) => kind === 1);
  const losing = runs.filter(({ kind }) => kind === -1);
  const balances = balancesOf(profits, balance);
  const fit = linearFit(
    balances.map((_, i) => i),
    balances,
  );
  return {
    longestWins: largest(winning, ({ trades }) => trades),
    richestWins: largest(winning, ({ profit }) => profit),
    longestLosses: largest(losing, ({ trades }) => trades),
    costliestLosses: largest(losing, ({ profit }) => -profit),
    zScore: zScoreOf(profits),
    ...holdingPeriodReturns(balances),
    linearCorrelation: fit?.correlation ?? null,
    linearStandardError: fit?.standardError ?? null,
    ...fallsOf(balances),
  };
}

interface Run<K> extends Streak {
  readonly kind: K;
}

function runsOf<K>(profits: readonly number[], kindOf: (profit: number) => K): Run<K>[] {
  const runs: Run<K>[] = [];
  for (const profit of profits) {
    const kind = kindOf(profit);
    const last = runs.at(-1);
    if (last?.kind === kind) runs[runs.length - 1] = { kind, trades: last.trades + 1, profit: last.profit + profit };
    else runs.push({ kind, trades: 1, profit });
  }
  return runs;
}

function largest(runs: readonly Streak[], by: (run: Streak) => number): Streak | null {
  let best: Streak | undefined;
  for (const run of runs) if (best === undefined || by(run) > by(best)) best = run;
  return best === undefined ? null : { trades: best.trades, profit: best.profit };
}

/** (N(R − ½) − P) ÷ √(P(P − N) ÷ (N − 1)) with P = 2 × wins × others and R runs; a draw is no win. */
function zScoreOf(profits: readonly number[]): number | null {
  const count = profits.length;
  const won = (profit: number) => profit > 0;
  const wins = profits.filter(won).length;
  const runs = runsOf(profits, won).length;
  const product = 2 * wins * (count - wins);
  const variance = (product * (product - count)) / (count - 1);
  return variance > 0 ? (count * (runs - 0.5) - product) / Math.sqrt(variance) : null;
}

function balancesOf(profits: readonly number[], opening: number): number[] {
  const balances = [opening];
  let balance = opening;
  for (const profit of profits) {
    balance += profit;
    balances.push(balance);
  }
  return balances;
}

type HoldingPeriodReturns = Pick<SequenceFigures, 'averageHoldingPeriodReturn' | 'geometricHoldingPeriodReturn'>;

/** Defined while there was something to lose before each trade. */
function holdingPeriodReturns(balances: readonly number[]): HoldingPeriodReturns {
  const none = { averageHoldingPeriodReturn: null, geometricHoldingPeriodReturn: null };
  const [first, last] = [balances.at(0), balances.at(-1)];
  if (first === undefined || last === undefined || !balances.every((balance) => balance > 0)) return none;
  const ratios = balances.slice(1).map((balance, i) => balance / (balances[i] ?? Number.NaN));
  if (ratios.length === 0) return none;
  return {
    averageHoldingPeriodReturn: mean(ratios),
    geometricHoldingPeriodReturn: (last / first) ** (1 / ratios.length),
  };
}

function fallsOf(balances: readonly number[]): Pick<SequenceFigures, 'balanceDrawdown' | 'balanceDrawdownRatio'> {
  let [peak, fall, share] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (const balance of balances) {
    peak = Math.max(peak, balance);
    fall = Math.max(fall, peak - balance);
    if (peak > 0) share = Math.max(share, 1 - balance / peak);
  }
  return { balanceDrawdown: fall, balanceDrawdownRatio: share };
}

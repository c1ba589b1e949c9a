/** What the same trades or days could have brought in another order: a seeded block bootstrap of the account. */
import { returnsOf } from '../../domain/metrics.ts';
import { seededRandom } from '../../domain/random.ts';
import { quantileOfSorted } from '../../domain/statistics.ts';
import { moneyToUnits } from '../../domain/units.ts';
import type { BacktestResult } from '../result.ts';
import { dailyEquity } from './days.ts';

export const FAN_QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const;
export type FanQuantile = (typeof FAN_QUANTILES)[number];
type Quantiles = Readonly<Record<FanQuantile, number>>;

export interface MonteCarlo {
  readonly runs: number;
  /** What was drawn, and how many in a row: blocks keep streaks together. */
  readonly of: 'trades' | 'days';
  readonly drawn: number;
  readonly block: number;
  readonly seed: string;
  readonly medianMaxDrawdown: number;
  /** One run in twenty fell deeper. */
  readonly maxDrawdown95: number;
  /** Share of runs whose drawdown reached the limit at which the servo stops trading. */
  readonly ruin: number;
  readonly drawdownLimit: number;
  /** Share of runs that ended below the opening balance. */
  readonly losing: number;
  readonly finalEquity: Quantiles;
  /** Equity after `step` draws. */
  readonly fan: readonly { readonly step: number; readonly equity: Quantiles }[];
}

const FAN_STEPS = 60;
const DRAWS_MIN = 2;

/** Null where fewer than two trades or days could be drawn. */
export function monteCarlo(result: BacktestResult, runs: number): MonteCarlo | null {
  // Positions of several symbols overlap: there the days, not the trades, follow one another.
  const of = result.records.length > 1 ? 'days' : 'trades';
  const changes = Float64Array.from(of === 'days' ? returnsOf(dailyEquity(result)) : tradeReturns(result));
  if (changes.length < DRAWS_MIN || !changes.every(Number.isFinite)) return null;
  const block = Math.max(2, Math.round(Math.cbrt(changes.length)));
  const seed = `${result.assumptions.seed} monte carlo`;
  const { assumptions } = result;
  const steps = fanSteps(changes.length);
  const paths = drawPaths(changes, { runs, block, seed, steps, opening: moneyToUnits(assumptions.balance) });
  const fan = steps.map((step, i) => ({ step, equity: quantilesOf(paths.equity[i] ?? new Float64Array()) }));
  const final = paths.equity.at(-1) ?? new Float64Array();
  const drawdowns = paths.maxDrawdown.toSorted();
  const opening = moneyToUnits(assumptions.balance);
  return {
    runs,
    of,
    drawn: changes.length,
    block,
    seed,
    medianMaxDrawdown: quantileOfSorted(drawdowns, 0.5),
    maxDrawdown95: quantileOfSorted(drawdowns, 0.95),
    ruin: shareOf(drawdowns, (drawdown) => drawdown >= assumptions.drawdownLimit),
    drawdownLimit: assumptions.drawdownLimit,
    losing: shareOf(final, (equity) => equity < opening),
    finalEquity: quantilesOf(final),
    fan,
  };
}

/** Profit of each trade as a share of the balance before it, in order of closing. */
function tradeReturns({ assumptions, trades }: BacktestResult): number[] {
  let balance: number = assumptions.balance;
  return trades.map(({ profit }) => {
    const returned = profit / balance;
    balance += profit;
    return returned;
  });
}

/** At most 60 places of the way, the start and the end among them. */
function fanSteps(draws: number): number[] {
  const count = Math.min(FAN_STEPS, draws);
  return Array.from({ length: count + 1 }, (_, i) => Math.round((i * draws) / count));
}

interface DrawPlan {
  readonly runs: number;
  readonly block: number;
  readonly seed: string;
  readonly steps: readonly number[];
  readonly opening: number;
}

interface Paths {
  /** By step of the fan, then by run. */
  readonly equity: readonly Float64Array[];
  readonly maxDrawdown: Float64Array;
}

/** Each run draws as many changes as there were, in circular blocks. */
function drawPaths(changes: Float64Array, { runs, block, seed, steps, opening }: DrawPlan): Paths {
  const random = seededRandom(seed);
  const equity = steps.map(() => new Float64Array(runs));
  const maxDrawdown = new Float64Array(runs);
  for (let run = 0; run < runs; run++) {
    let [value, peak, deepest, place, next] = [opening, opening, 0, 0, 1];
    const [start] = equity;
    if (start !== undefined) start[run] = value;
    for (let draw = 0; draw < changes.length; draw++) {
      place = draw % block === 0 ? Math.floor(random.next() * changes.length) : (place + 1) % changes.length;
      // An account that is gone stays gone.
      value = Math.max(0, value * (1 + (changes[place] ?? Number.NaN)));
      if (value > peak) peak = value;
      const fall = 1 - value / peak;
      if (fall > deepest) deepest = fall;
      if (draw + 1 === steps[next]) {
        const column = equity[next];
        if (column !== undefined) column[run] = value;
        next += 1;
      }
    }
    maxDrawdown[run] = deepest;
  }
  return { equity, maxDrawdown };
}

function quantilesOf(values: Float64Array): Quantiles {
  const sorted = values.toSorted();
  const at = (p: FanQuantile) => quantileOfSorted(sorted, p);
  return { 0.05: at(0.05), 0.25: at(0.25), 0.5: at(0.5), 0.75: at(0.75), 0.95: at(0.95) };
}

const shareOf = (values: Float64Array, holds: (value: number) => boolean): number =>
  values.reduce((sum, value) => sum + (holds(value) ? 1 : 0), 0) / values.length;

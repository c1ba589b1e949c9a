/** Performance and risk figures by their standard formulas. Undefined is null: never 0, and never infinity, in its place. */

/** Trading days a year: 365 where weekends are traded. */
export type TradingDaysPerYear = 252 | 365;

export interface TradeFigures {
  readonly netProfit: number;
  readonly grossProfit: number;
  readonly grossLoss: number;
  /** Gross profit ÷ |gross loss|. */
  readonly profitFactor: number | null;
  /** Winners ÷ trades; a draw is no winner. */
  readonly winRate: number | null;
  readonly averageWin: number | null;
  readonly averageLoss: number | null;
  /** Mean win ÷ |mean loss|. */
  readonly payoffRatio: number | null;
  /** Mean profit of a trade. */
  readonly expectancy: number | null;
  /** (1 + payoff) × win rate − 1. */
  readonly expectancyRatio: number | null;
  /** System quality number: √N × mean ÷ standard deviation (n − 1). */
  readonly sqn: number | null;
  /** Win rate − (1 − win rate) ÷ payoff. */
  readonly kelly: number | null;
  readonly longestLosingStreak: number;
}

/** `profits` are net of commission and swap, one a closed trade, in order of closing. */
export function tradeFigures(profits: readonly number[]): TradeFigures {
  const wins = profits.filter((profit) => profit > 0);
  const losses = profits.filter((profit) => profit < 0);
  const grossProfit = sum(wins);
  const grossLoss = sum(losses);
  const winRate = ratio(wins.length, profits.length);
  const averageWin = mean(wins);
  const averageLoss = mean(losses);
  const payoffRatio = averageWin === null || averageLoss === null ? null : averageWin / -averageLoss;
  const spread = deviation(profits);
  const expectancy = mean(profits);
  const bothSides = winRate !== null && payoffRatio !== null;
  return {
    netProfit: sum(profits),
    grossProfit,
    grossLoss,
    profitFactor: ratio(grossProfit, -grossLoss),
    winRate,
    averageWin,
    averageLoss,
    payoffRatio,
    expectancy,
    expectancyRatio: bothSides ? (1 + payoffRatio) * winRate - 1 : null,
    sqn: expectancy === null || !spread ? null : (Math.sqrt(profits.length) * expectancy) / spread,
    kelly: bothSides ? winRate - (1 - winRate) / payoffRatio : null,
    longestLosingStreak: longestRun(profits, (profit) => profit < 0),
  };
}

export interface EquityFigures {
  /** √A × mean ÷ standard deviation (n − 1) of daily returns, without a risk-free rate. */
  readonly sharpe: number | null;
  /** √A × mean ÷ √(Σ min(r, 0)² ÷ n). */
  readonly sortino: number | null;
  /** Annualised standard deviation of daily returns. */
  readonly volatility: number | null;
  /** −quantile(r, 5 %), linear between order statistics (type 7). */
  readonly valueAtRisk95: number | null;
  /** −mean of the returns at or beyond the VaR. */
  readonly conditionalValueAtRisk95: number | null;
  /** √mean(drawdown²). */
  readonly ulcer: number | null;
  readonly days: number;
}

/** `equity` is marked to market at the end of every trading day, with the starting equity first. */
export function equityFigures(equity: readonly number[], daysPerYear: TradingDaysPerYear): EquityFigures {
  const returns = equity.slice(1).map((value, i) => value / (equity[i] ?? Number.NaN) - 1);
  const average = mean(returns);
  const spread = deviation(returns);
  const downside = Math.sqrt(sum(returns.map((r) => Math.min(r, 0) ** 2)) / returns.length);
  const annual = Math.sqrt(daysPerYear);
  const var95 = returns.length > 1 ? -quantile(returns, 0.05) : null;
  const tail = var95 === null ? null : mean(returns.filter((r) => r <= -var95 + 1e-15));
  const drawdowns = drawdownsOf(equity);
  return {
    sharpe: average === null || !spread ? null : (annual * average) / spread,
    sortino: average === null || !(downside > 0) ? null : (annual * average) / downside,
    volatility: spread === null ? null : spread * annual,
    valueAtRisk95: var95,
    conditionalValueAtRisk95: tail === null ? null : -tail,
    ulcer: drawdowns.length === 0 ? null : Math.sqrt(sum(drawdowns.map((d) => d * d)) / drawdowns.length),
    days: returns.length,
  };
}

/** Largest 1 − E ÷ (peak so far). */
export const maxDrawdown = (equity: readonly number[]): number => Math.max(0, ...drawdownsOf(equity));

function drawdownsOf(equity: readonly number[]): number[] {
  let peak = Number.NEGATIVE_INFINITY;
  return equity.map((value) => {
    peak = Math.max(peak, value);
    return 1 - value / peak;
  });
}

/** Type 7 of Hyndman and Fan: linear between order statistics. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * p;
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (position - below) * (high - low);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number | null => (values.length === 0 ? null : sum(values) / values.length);
const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

/** Sample standard deviation (n − 1). */
function deviation(values: readonly number[]): number | null {
  const average = mean(values);
  if (average === null || values.length < 2) return null;
  return Math.sqrt(sum(values.map((value) => (value - average) ** 2)) / (values.length - 1));
}

function longestRun<T>(values: readonly T[], holds: (value: T) => boolean): number {
  let longest = 0;
  let run = 0;
  for (const value of values) {
    run = holds(value) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

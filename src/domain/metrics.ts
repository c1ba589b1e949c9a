/** Performance and risk figures by their standard formulas. Undefined is null: never 0, and never infinity, in its place. */
import { deviation, mean, normalCdf, normalDensity, quantile, shapeOf, sum } from './statistics.ts';

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
  /** Losses since the last trade that was none. */
  readonly losingStreak: number;
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
    losingStreak: profits.length - 1 - profits.findLastIndex((profit) => !(profit < 0)),
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
  const returns = returnsOf(equity);
  const average = mean(returns);
  const spread = deviation(returns);
  const downside = Math.sqrt(sum(returns.map((r) => Math.min(r, 0) ** 2)) / returns.length);
  const annual = Math.sqrt(daysPerYear);
  const risk95 = historicalRisk(returns, 0.95);
  const drawdowns = drawdownsOf(equity);
  return {
    sharpe: average === null || !spread ? null : (annual * average) / spread,
    sortino: average === null || !(downside > 0) ? null : (annual * average) / downside,
    volatility: spread === null ? null : spread * annual,
    valueAtRisk95: risk95?.valueAtRisk ?? null,
    conditionalValueAtRisk95: risk95?.conditional ?? null,
    ulcer: drawdowns.length === 0 ? null : Math.sqrt(sum(drawdowns.map((d) => d * d)) / drawdowns.length),
    days: returns.length,
  };
}

/** Of each value against the one before it. */
export function returnsOf(equity: readonly number[]): number[] {
  const returns: number[] = [];
  for (let i = 1; i < equity.length; i++) returns.push((equity[i] as number) / (equity[i - 1] as number) - 1);
  return returns;
}

export interface TailRisk {
  readonly method: 'historical' | 'normal' | 'ewma';
  /** As fractions of equity; positive is a loss. */
  readonly valueAtRisk: number;
  readonly conditional: number;
}

/** Fewer returns than this have no tail of their own: the normal distribution's is taken. */
export const HISTORICAL_RETURNS_MIN = 60;
/** Standard normal quantiles of the two confidence levels. */
const NORMAL_QUANTILE = { 0.95: 1.6448536269514722, 0.99: 2.3263478740408408 } as const;
export type ConfidenceLevel = keyof typeof NORMAL_QUANTILE;

/** The loss that one period passes with a chance of 1 − level, and the mean loss beyond it. */
export const tailRisk = (returns: readonly number[], level: ConfidenceLevel): TailRisk | null =>
  returns.length >= HISTORICAL_RETURNS_MIN ? historicalRisk(returns, level) : normalRisk(returns, level);

/** RiskMetrics' weight of a day against the one after it. */
const EWMA_DECAY = 0.94;

/** Volatility of a period in which the latest returns count most; their mean is taken to be 0. Null without two of them. */
export function ewmaDeviation(returns: readonly number[]): number | null {
  if (returns.length < 2) return null;
  let [squares, weights] = [0, 0];
  for (const r of returns) {
    squares = squares * EWMA_DECAY + r * r;
    weights = weights * EWMA_DECAY + 1;
  }
  return Math.sqrt(squares / weights);
}

/** The normal distribution's tail at the volatility of late: it rises within days of a storm, where history takes months. */
export function ewmaRisk(returns: readonly number[], level: ConfidenceLevel): TailRisk | null {
  const spread = ewmaDeviation(returns);
  return spread === null ? null : ewmaTail(spread, level);
}

export function ewmaTail(spread: number, level: ConfidenceLevel): TailRisk {
  const z = NORMAL_QUANTILE[level];
  return { method: 'ewma', valueAtRisk: z * spread, conditional: (spread * normalDensity(z)) / (1 - level) };
}

/** What was seen, however few periods it was; null under two. */
export function historicalRisk(returns: readonly number[], level: ConfidenceLevel): TailRisk | null {
  if (returns.length < 2) return null;
  const limit = quantile(returns, 1 - level);
  const tail = mean(returns.filter((r) => r <= limit + 1e-15));
  return tail === null ? null : { method: 'historical', valueAtRisk: -limit, conditional: -tail };
}

function normalRisk(returns: readonly number[], level: ConfidenceLevel): TailRisk | null {
  const average = mean(returns);
  const spread = deviation(returns);
  if (average === null || spread === null) return null;
  const z = NORMAL_QUANTILE[level];
  return {
    method: 'normal',
    valueAtRisk: z * spread - average,
    conditional: (spread * normalDensity(z)) / (1 - level) - average,
  };
}

/** Mean ÷ deviation (n − 1), per period, not annualised; null where nothing varies. */
export function sharpeRatio(returns: ArrayLike<number>): number | null {
  const average = mean(returns);
  const spread = deviation(returns);
  return average === null || !spread ? null : average / spread;
}

/** Chance that the true Sharpe ratio is above the benchmark, both per period (Bailey and López de Prado 2012). Null where undefined. */
export function probabilisticSharpe(returns: ArrayLike<number>, benchmark = 0): number | null {
  const ratio = sharpeRatio(returns);
  const shape = shapeOf(returns);
  if (ratio === null || shape === null) return null;
  const variance = 1 - shape.skewness * ratio + ((shape.kurtosis - 1) / 4) * ratio ** 2;
  return variance > 0 ? normalCdf(((ratio - benchmark) * Math.sqrt(returns.length - 1)) / Math.sqrt(variance)) : null;
}

/** Yearly growth at which `from` became `to`; null where nothing was left. */
export const yearlyGrowth = (from: number, to: number, calendarDays: number): number | null =>
  from > 0 && to > 0 && calendarDays > 0 ? (to / from) ** (365.25 / calendarDays) - 1 : null;

/** Largest 1 − E ÷ (peak so far). */
export const maxDrawdown = (equity: readonly number[]): number => Math.max(0, ...drawdownsOf(equity));

function drawdownsOf(equity: readonly number[]): number[] {
  let peak = Number.NEGATIVE_INFINITY;
  return equity.map((value) => {
    peak = Math.max(peak, value);
    return 1 - value / peak;
  });
}

const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

function longestRun<T>(values: readonly T[], holds: (value: T) => boolean): number {
  let longest = 0;
  let run = 0;
  for (const value of values) {
    run = holds(value) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** Every figure of a backtest, by the formulas that `figure-rows.ts` puts into words. Money in units of the account's currency; undefined is null. */
import {
  type EquityFigures,
  equityFigures,
  probabilisticSharpe,
  returnsOf,
  type TailRisk,
  type TradeFigures,
  type TradingDaysPerYear,
  tailRisk,
  tradeFigures,
  yearlyGrowth,
} from '../../domain/metrics.ts';
import { correlation, deviation, linearFit, mean, quantile } from '../../domain/statistics.ts';
import { type SequenceFigures, sequenceFigures } from '../../domain/trade-sequence.ts';
import { moneyToUnits } from '../../domain/units.ts';
import type { BacktestResult, BacktestTrade } from '../result.ts';
import { dailyEquity, daysPerYear, marketReturns } from './days.ts';
import { drawdownFigures } from './drawdown.ts';

/** Below these a ratio tells nothing: it is shown with its count and marked. */
export const MEANINGFUL_DAYS = 30;
export const MEANINGFUL_TRADES = 20;
/** Below this, beta and alpha are not computed. */
const BENCHMARK_DAYS_MIN = 60;

interface ScopeFigures {
  readonly calendarDays: number;
  readonly tradingDays: number;
  readonly daysPerYear: TradingDaysPerYear;
  readonly trades: number;
  /** Enough days, and enough trades, for the ratios that rest on them. */
  readonly meaningful: { readonly days: boolean; readonly trades: boolean };
}

interface ResultFigures {
  readonly openingBalance: number;
  readonly finalBalance: number;
  readonly finalEquity: number;
  /** Final equity − opening balance: open positions count. */
  readonly change: number;
  readonly returned: number;
  readonly cagr: number | null;
}

interface RiskFigures {
  readonly maxDrawdown: number;
  readonly maxDrawdownMoney: number;
  readonly drawdownStartedAt: number | null;
  readonly drawdownTroughAt: number | null;
  readonly drawdownRecoveredAt: number | null;
  readonly longestDrawdownMs: number;
  readonly calmar: number | null;
  readonly ulcerPerformance: number | null;
  readonly recoveryFactor: number | null;
  readonly probabilisticSharpe: number | null;
  readonly tailRisk95: TailRisk | null;
  readonly tailRisk99: TailRisk | null;
  readonly bestDay: number | null;
  readonly worstDay: number | null;
  readonly profitableDays: number | null;
}

interface TradeDetailFigures {
  readonly expectancyR: number | null;
  /** With at most 100 trades counted, of R: comparable between backtests of any length. */
  readonly sqn100: number | null;
  readonly bestTrade: number | null;
  readonly worstTrade: number | null;
  readonly shortestHoldingMs: number | null;
  readonly meanHoldingMs: number | null;
  readonly longestHoldingMs: number | null;
  readonly meanHoldingOfWinnersMs: number | null;
  readonly meanHoldingOfLosersMs: number | null;
  readonly meanAdverseR: number | null;
  readonly meanFavourableR: number | null;
  readonly profitToAdverseCorrelation: number | null;
  readonly profitToFavourableCorrelation: number | null;
}

interface CostFigures {
  readonly commission: number;
  readonly swap: number;
  readonly spreadCost: number;
  readonly slippageCost: number;
  readonly costs: number;
  /** What the same trades would have made without any cost. */
  readonly changeBeforeCosts: number;
  readonly meanSlippageTicks: number | null;
  readonly slippage95Ticks: number | null;
  readonly meanSpreadTicks: number | null;
}

interface MarketFigures {
  /** Share of decided bars with a position. */
  readonly exposure: number | null;
  readonly tradesPerDay: number | null;
  /** Mean of the symbols, without leverage and costs. */
  readonly buyAndHold: number | null;
  readonly beta: number | null;
  /** A year. */
  readonly alpha: number | null;
}

export type BacktestFigures = ScopeFigures &
  ResultFigures &
  TradeFigures &
  Omit<EquityFigures, 'days' | 'valueAtRisk95' | 'conditionalValueAtRisk95'> &
  RiskFigures &
  SequenceFigures &
  TradeDetailFigures &
  CostFigures &
  MarketFigures;

const DAY_MS = 86_400_000;

export function figuresOf(result: BacktestResult): BacktestFigures {
  const { assumptions, trades, days } = result;
  const equity = dailyEquity(result);
  const returns = returnsOf(equity);
  const yearDays = daysPerYear(days);
  const profits = trades.map(({ profit }) => moneyToUnits(profit));
  const scope: ScopeFigures = {
    calendarDays: (assumptions.to - assumptions.from) / DAY_MS,
    tradingDays: days.length,
    daysPerYear: yearDays,
    trades: trades.length,
    meaningful: { days: days.length >= MEANINGFUL_DAYS, trades: trades.length >= MEANINGFUL_TRADES },
  };
  const outcome = resultFigures(result, scope.calendarDays);
  const byDay = equityFigures(equity, yearDays);
  return {
    ...scope,
    ...outcome,
    ...tradeFigures(profits),
    sharpe: byDay.sharpe,
    sortino: byDay.sortino,
    volatility: byDay.volatility,
    ulcer: byDay.ulcer,
    ...riskFigures(result, returns, outcome, byDay.ulcer),
    ...sequenceFigures(profits, outcome.openingBalance),
    ...tradeDetails(trades, profits),
    ...costFigures(result, outcome.change),
    ...marketFigures(result, returns, yearDays),
  };
}

function resultFigures({ assumptions, ...result }: BacktestResult, calendarDays: number): ResultFigures {
  const openingBalance = moneyToUnits(assumptions.balance);
  const finalEquity = moneyToUnits(result.finalEquity);
  return {
    openingBalance,
    finalBalance: moneyToUnits(result.finalBalance),
    finalEquity,
    change: finalEquity - openingBalance,
    returned: finalEquity / openingBalance - 1,
    cagr: yearlyGrowth(openingBalance, finalEquity, calendarDays),
  };
}

function riskFigures(
  { curve, assumptions }: BacktestResult,
  returns: readonly number[],
  { cagr, change }: ResultFigures,
  ulcer: number | null,
): RiskFigures {
  const fall = drawdownFigures(curve, assumptions.to);
  const maxDrawdownMoney = fall.amount / MICROS;
  return {
    maxDrawdown: fall.ratio,
    maxDrawdownMoney,
    drawdownStartedAt: fall.startedAt,
    drawdownTroughAt: fall.troughAt,
    drawdownRecoveredAt: fall.recoveredAt,
    longestDrawdownMs: fall.longestMs,
    calmar: divided(cagr, fall.ratio),
    ulcerPerformance: divided(cagr, ulcer),
    recoveryFactor: divided(change, maxDrawdownMoney),
    probabilisticSharpe: probabilisticSharpe(returns),
    tailRisk95: tailRisk(returns, 0.95),
    tailRisk99: tailRisk(returns, 0.99),
    bestDay: largest(returns),
    worstDay: smallest(returns),
    profitableDays: divided(returns.filter((returned) => returned > 0).length, returns.length),
  };
}

function tradeDetails(trades: readonly BacktestTrade[], profits: readonly number[]): TradeDetailFigures {
  const measured = trades.filter(({ initialRisk }) => initialRisk > 0);
  const inR = measured.map(({ profit, initialRisk }) => profit / initialRisk);
  const held = (chosen: readonly BacktestTrade[]) => chosen.map(({ openedAt, closedAt }) => closedAt - openedAt);
  const holding = held(trades);
  const spread = deviation(inR);
  const meanR = mean(inR);
  return {
    expectancyR: meanR,
    sqn100: meanR === null || !spread ? null : (Math.sqrt(Math.min(inR.length, 100)) * meanR) / spread,
    bestTrade: largest(profits),
    worstTrade: smallest(profits),
    shortestHoldingMs: smallest(holding),
    meanHoldingMs: mean(holding),
    longestHoldingMs: largest(holding),
    meanHoldingOfWinnersMs: mean(held(trades.filter(({ profit }) => profit > 0))),
    meanHoldingOfLosersMs: mean(held(trades.filter(({ profit }) => profit < 0))),
    meanAdverseR: mean(measured.map(({ adverseExcursion, initialRisk }) => adverseExcursion / initialRisk)),
    meanFavourableR: mean(measured.map(({ favourableExcursion, initialRisk }) => favourableExcursion / initialRisk)),
    profitToAdverseCorrelation: correlation(
      trades.map(({ adverseExcursion }) => adverseExcursion),
      profits,
    ),
    profitToFavourableCorrelation: correlation(
      trades.map(({ favourableExcursion }) => favourableExcursion),
      profits,
    ),
  };
}

function costFigures({ costs, trades }: BacktestResult, change: number): CostFigures {
  const total = costs.commission + costs.swap + costs.spread + costs.slippage;
  const slippage = trades.map(({ slippageTicks }) => slippageTicks);
  return {
    commission: costs.commission / MICROS,
    swap: costs.swap / MICROS,
    spreadCost: costs.spread / MICROS,
    slippageCost: costs.slippage / MICROS,
    costs: total / MICROS,
    changeBeforeCosts: change - total / MICROS,
    meanSlippageTicks: mean(slippage),
    slippage95Ticks: slippage.length === 0 ? null : quantile(slippage, 0.95),
    meanSpreadTicks: mean(trades.map(({ spreadTicks }) => spreadTicks)),
  };
}

function marketFigures(
  result: BacktestResult,
  returns: readonly number[],
  yearDays: TradingDaysPerYear,
): MarketFigures {
  const market = marketReturns(result);
  const [own, held]: [number[], number[]] = [[], []];
  for (const [day, returned] of market.entries()) {
    const ours = returns[day];
    if (returned === null || ours === undefined) continue;
    own.push(ours);
    held.push(returned);
  }
  const fit = own.length >= BENCHMARK_DAYS_MIN ? linearFit(held, own) : null;
  return {
    exposure: divided(result.barsInPosition, result.bars),
    tradesPerDay: divided(result.trades.length, result.days.length),
    buyAndHold: mean(result.buyAndHold.map(({ returned }) => returned)),
    beta: fit?.slope ?? null,
    alpha: fit === null ? null : fit.intercept * yearDays,
  };
}

const MICROS = 1_000_000;

const divided = (part: number | null, whole: number | null): number | null =>
  part === null || whole === null || !(whole > 0) ? null : part / whole;

const largest = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((most, value) => Math.max(most, value));
const smallest = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((least, value) => Math.min(least, value));

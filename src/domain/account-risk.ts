/** What the account's last trading days say of its risk. Fewer days than a figure needs give null, never 0. */
import { drawdown } from './account.ts';
import { EWMA_DAYS_MIN } from './book-risk.ts';
import {
  type ConfidenceLevel,
  equityFigures,
  ewmaDeviation,
  maxDrawdown,
  returnsOf,
  type TailRisk,
  type TradingDaysPerYear,
  tailRisk,
} from './metrics.ts';
import type { TradingPolicy } from './policy.ts';
import type { ServoState } from './state.ts';

/** Under it a yearly ratio is noise. */
const RATIO_DAYS_MIN = 30;

export interface AccountRisk {
  /** Returns of whole trading days. */
  readonly days: number;
  /** Annualised standard deviation of daily returns. */
  readonly volatility: number | null;
  /** The same, the latest days counting most. */
  readonly volatilityNow: number | null;
  readonly sharpe: number | null;
  readonly sortino: number | null;
  readonly valueAtRisk95: TailRisk | null;
  readonly valueAtRisk99: TailRisk | null;
  readonly drawdown: number;
  /** The deepest, day ends and now. */
  readonly maxDrawdown: number;
}

export function accountRisk({ account, policy }: ServoState): AccountRisk {
  const ends = account.dailyEquity ?? [];
  const returns = returnsOf(ends);
  const days = returns.length;
  const perYear = daysPerYear(policy);
  const figures = equityFigures(ends, perYear);
  const enough = days >= RATIO_DAYS_MIN;
  const recent = days >= EWMA_DAYS_MIN ? ewmaDeviation(returns) : null;
  const tail = (level: ConfidenceLevel) => (days >= EWMA_DAYS_MIN ? tailRisk(returns, level) : null);
  return {
    days,
    volatility: enough ? figures.volatility : null,
    volatilityNow: recent === null ? null : recent * Math.sqrt(perYear),
    sharpe: enough ? figures.sharpe : null,
    sortino: enough ? figures.sortino : null,
    valueAtRisk95: tail(0.95),
    valueAtRisk99: tail(0.99),
    drawdown: drawdown(account),
    maxDrawdown: Math.max(drawdown(account), maxDrawdown(ends)),
  };
}

/** Coins have no weekend. */
const daysPerYear = ({ symbols }: TradingPolicy): TradingDaysPerYear =>
  [...symbols.values()].some(({ instrument }) => instrument.assetClass === 'crypto') ? 365 : 252;

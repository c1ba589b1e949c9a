/** The trades and days of a backtest cut by symbol, side, regime, exit reason, month, hour and weekday. */
import type { DenialReason } from '../../domain/decision.ts';
import { tradeFigures } from '../../domain/metrics.ts';
import { mean } from '../../domain/statistics.ts';
import { moneyToUnits } from '../../domain/units.ts';
import { localParts } from '../../domain/zone.ts';
import type { BacktestResult, BacktestTrade } from '../result.ts';
import { lastMoment } from './days.ts';

export interface TradeGroup {
  readonly key: string;
  readonly trades: number;
  /** In units of the account's currency. */
  readonly profit: number;
  readonly winRate: number | null;
  readonly profitFactor: number | null;
  readonly expectancyR: number | null;
}

/** Parts of positions that were closed: their profit is in that of their trades. */
export interface PartGroup {
  readonly reason: string;
  readonly count: number;
  /** In units of the account's currency. */
  readonly profit: number;
}

/** A month of the calendar in the session's zone, by the equity at its last day's end. */
export interface MonthFigures {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly returned: number;
  readonly change: number;
}

/** Trades by the hour and weekday at which they opened, in the session's zone. */
export interface HourCell {
  /** 0 is Monday. */
  readonly weekday: number;
  readonly hour: number;
  readonly trades: number;
  readonly profit: number;
}

export interface Refusal {
  readonly reason: DenialReason;
  readonly count: number;
}

export interface Breakdown {
  readonly bySymbol: readonly TradeGroup[];
  readonly bySide: readonly TradeGroup[];
  readonly byRegime: readonly TradeGroup[];
  readonly byExitReason: readonly TradeGroup[];
  readonly partCloses: readonly PartGroup[];
  readonly months: readonly MonthFigures[];
  readonly hours: readonly HourCell[];
  /** What became of the decided bars: flat signals, refusals with the most frequent first, entries. */
  readonly decisions: {
    readonly bars: number;
    readonly flat: number;
    readonly refused: readonly Refusal[];
    readonly approved: number;
  };
}

export function breakdownOf(result: BacktestResult): Breakdown {
  const { trades } = result;
  return {
    bySymbol: groupsOf(trades, ({ symbol }) => symbol),
    bySide: groupsOf(trades, ({ side }) => side),
    byRegime: groupsOf(trades, ({ regime }) => regime),
    byExitReason: groupsOf(trades, ({ exitReason }) => exitReason),
    partCloses: result.partCloses.map((part) => ({ ...part, profit: moneyToUnits(part.profit) })),
    months: monthsOf(result),
    hours: hoursOf(result),
    decisions: decisionsOf(result),
  };
}

/** The group with the most trades first. */
function groupsOf(trades: readonly BacktestTrade[], keyOf: (trade: BacktestTrade) => string): TradeGroup[] {
  const groups = [...Map.groupBy(trades, keyOf)].map(([key, group]) => {
    const figures = tradeFigures(group.map(({ profit }) => moneyToUnits(profit)));
    const measured = group.filter(({ initialRisk }) => initialRisk > 0);
    return {
      key,
      trades: group.length,
      profit: figures.netProfit,
      winRate: figures.winRate,
      profitFactor: figures.profitFactor,
      expectancyR: mean(measured.map(({ profit, initialRisk }) => profit / initialRisk)),
    };
  });
  return groups.sort((a, b) => b.trades - a.trades || (a.key < b.key ? -1 : 1));
}

function monthsOf({ assumptions, days }: BacktestResult): MonthFigures[] {
  const inMonth = Map.groupBy(days, ({ at }) => {
    const { year, month } = localParts(assumptions.timezone, lastMoment(at));
    return year * 12 + month - 1;
  });
  let before = moneyToUnits(assumptions.balance);
  return [...inMonth].map(([serial, ofMonth]) => {
    const end = moneyToUnits(ofMonth.at(-1)?.equity ?? assumptions.balance);
    const figures = {
      year: Math.floor(serial / 12),
      month: (serial % 12) + 1,
      returned: end / before - 1,
      change: end - before,
    };
    before = end;
    return figures;
  });
}

function hoursOf({ assumptions, trades }: BacktestResult): HourCell[] {
  const cells = Map.groupBy(trades, ({ openedAt }) => {
    const { weekday, hour } = localParts(assumptions.timezone, openedAt);
    return ((weekday + 6) % 7) * 24 + hour;
  });
  return [...cells]
    .sort(([a], [b]) => a - b)
    .map(([place, group]) => ({
      weekday: Math.floor(place / 24),
      hour: place % 24,
      trades: group.length,
      profit: group.reduce((sum, { profit }) => sum + moneyToUnits(profit), 0),
    }));
}

function decisionsOf({ bars, flatSignals, decisions }: BacktestResult): Breakdown['decisions'] {
  const counts = new Map<DenialReason, number>();
  let approved = 0;
  for (const { outcome } of decisions) {
    if (outcome === 'approved') approved += 1;
    else counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  const refused = [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
  return { bars, flat: flatSignals, refused, approved };
}

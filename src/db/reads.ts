/** The lists and figures that people see: rows of the store in prices, lots and money, asked off the event loop. */
import { dayLabel } from '../domain/calendar.ts';
import { priceToNumber, quantityToLots } from '../domain/instrument.ts';
import { equityFigures, maxDrawdown, tradeFigures } from '../domain/metrics.ts';
import { symbolPolicy, type TradingPolicy } from '../domain/policy.ts';
import { type Money, money, moneyToUnits, unixMs } from '../domain/units.ts';
import type { DecisionRow, EventRow, Page, PerformanceView, Reads, ShadowView, TradeRow } from '../servo/control.ts';
import { explainBar } from '../servo/explain-bar.ts';
import type { DayRecord, ReasonCount, ShadowRecord } from './queries/figures.ts';
import type { EventRecord } from './queries/history.ts';
import type { DecisionRecord, TradeRecord } from './queries/lists.ts';
import { type AsyncQueries, queriesInWorker } from './queries-in-worker.ts';

export interface OpenReads extends Reads {
  close(): Promise<void>;
}

export function openReads(path: string, policy: TradingPolicy, simulated: boolean): OpenReads {
  const queries = queriesInWorker(path);
  return {
    trades: async (query) => mapped(await queries.trades(query), (row) => tradeRow(policy, row)),
    decisions: async (query) => mapped(await queries.decisions(query), decisionRow),
    events: async (query) => mapped(await queries.events(query), eventRow),
    why: async (symbol, at) => explainBar(policy, symbol, at, await queries.barTrail(symbol, at)),
    performance: () => performance(queries, policy, simulated),
    close: () => queries.close(),
  };
}

const mapped = <A, B>({ items, nextCursor }: Page<A>, map: (item: A) => B): Page<B> => ({
  items: items.map(map),
  nextCursor,
});

const iso = (at: number): string => new Date(at).toISOString();

function tradeRow(policy: TradingPolicy, trade: TradeRecord): TradeRow {
  const { instrument } = symbolPolicy(policy, trade.symbol);
  return {
    positionId: trade.positionId,
    decisionId: trade.decisionId,
    symbol: trade.symbol,
    side: trade.side,
    lots: quantityToLots(instrument, trade.quantity),
    entryPrice: priceToNumber(instrument, trade.entryPrice),
    exitPrice: trade.exitPrice === null ? null : priceToNumber(instrument, trade.exitPrice),
    openedAt: iso(trade.openedAt),
    closedAt: iso(trade.closedAt),
    exitReason: trade.exitReason,
    regime: trade.regime,
    profit: isTold(trade) ? moneyToUnits(trade.profit) : null,
    commission: moneyToUnits(trade.commission),
    swap: moneyToUnits(trade.swap),
    rMultiple: isTold(trade) && trade.initialRisk > 0 ? trade.profit / trade.initialRisk : null,
  };
}

/** Where nobody told at which price it was closed, its result is in the balance and belongs to no trade. */
const isTold = ({ exitPrice }: TradeRecord): boolean => exitPrice !== null;

const decisionRow = (row: DecisionRecord): DecisionRow => ({
  decisionId: row.decisionId,
  symbol: row.symbol,
  barClosedAt: iso(row.barClosedAt),
  attempt: row.attempt,
  outcome: row.outcome,
  reason: row.reason ?? row.neutralReason,
  side: row.side ?? 'flat',
  probabilityUp: row.probabilityUp,
  probabilityDown: row.probabilityDown,
  confidence: row.confidence ?? 0,
  expectedValueR: row.expectedValueR ?? 0,
  regime: row.regime ?? 'unknown',
  verdicts: row.verdicts,
  sizing: row.sizing,
  orderId: row.orderId,
});

const eventRow = ({ sequence, at, recordedAt, kind, symbol, decisionId, payload }: EventRecord): EventRow => ({
  sequence,
  at: iso(at),
  recordedAt: iso(recordedAt),
  kind,
  symbol,
  decisionId,
  payload,
});

const PAGE = 1_000;
const MANY_DAYS = 100_000;
/** Under these, a ratio is noise: it is withheld rather than shown. */
const DAYS_MIN = 30;
const TRADES_MIN = 20;

async function performance(queries: AsyncQueries, policy: TradingPolicy, simulated: boolean): Promise<PerformanceView> {
  const [closed, days, reasons, shadows] = await Promise.all([
    allTrades(queries),
    queries.daily(MANY_DAYS),
    queries.reasonCounts(unixMs(0)),
    queries.shadows(),
  ]);
  const trades = closed.filter(isTold);
  const inOrder = [...days].reverse();
  const equity = equityCurve(inOrder);
  const byTrade = tradeFigures(trades.map(({ profit }) => moneyToUnits(profit)));
  const byDay = equityFigures(equity, tradesWeekends(inOrder) ? 365 : 252);
  const enoughDays = byDay.days >= DAYS_MIN;
  const peak = Math.max(...equity, 0);
  const [first, last] = [inOrder.at(0), inOrder.at(-1)];
  return {
    currency: policy.currency,
    from: first === undefined ? null : dayLabel(first.day),
    to: last === undefined ? null : dayLabel(last.day),
    trades: trades.length,
    tradingDays: inOrder.length,
    netProfit: byTrade.netProfit,
    winRate: byTrade.winRate,
    profitFactor: byTrade.profitFactor,
    expectancy: byTrade.expectancy,
    expectancyR: meanR(trades),
    sharpe: enoughDays ? byDay.sharpe : null,
    sortino: enoughDays ? byDay.sortino : null,
    maxDrawdown: maxDrawdown(equity),
    currentDrawdown: peak > 0 ? 1 - (equity.at(-1) ?? peak) / peak : 0,
    valueAtRisk95: enoughDays ? byDay.valueAtRisk95 : null,
    conditionalValueAtRisk95: enoughDays ? byDay.conditionalValueAtRisk95 : null,
    volatility: enoughDays ? byDay.volatility : null,
    averageWin: byTrade.averageWin,
    averageLoss: byTrade.averageLoss,
    longestLosingStreak: byTrade.longestLosingStreak,
    losingStreak: byTrade.losingStreak,
    commission: total(trades.map(({ commission }) => commission)),
    swap: total(trades.map(({ swap }) => swap)),
    byExitReason: grouped(trades, ({ exitReason }) => exitReason),
    bySymbol: grouped(trades, ({ symbol }) => symbol),
    decisions: decisionCounts(reasons),
    shadows: shadows.map(shadowView),
    notes: notesOn(trades.length, byDay.days, simulated, closed.length - trades.length),
  };
}

const shadowView = ({ model, open, closed, wins, totalR, profit }: ShadowRecord): ShadowView => ({
  model,
  open,
  trades: closed,
  winRate: closed === 0 ? null : wins / closed,
  expectancyR: closed === 0 ? null : totalR / closed,
  totalR,
  profit: profit === null ? null : moneyToUnits(money(Math.round(profit))),
});

async function allTrades(queries: AsyncQueries): Promise<TradeRecord[]> {
  const newestFirst: TradeRecord[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<TradeRecord> = await queries.trades({ limit: PAGE, ...(cursor !== null && { cursor }) });
    newestFirst.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return newestFirst.reverse();
}

/** The equity that the first day began with, then each day's end. */
function equityCurve(days: readonly DayRecord[]): number[] {
  const [first] = days;
  if (first === undefined) return [];
  return [first.startEquity, ...days.map(({ endEquity }) => endEquity)].map((amount) => moneyToUnits(amount));
}

/** Day 0 was a Thursday. */
const tradesWeekends = (days: readonly DayRecord[]): boolean => days.some(({ day }) => (day + 4) % 7 === 6);

function meanR(trades: readonly TradeRecord[]): number | null {
  const measured = trades.filter(({ initialRisk }) => initialRisk > 0);
  if (measured.length === 0) return null;
  return measured.reduce((sum, { profit, initialRisk }) => sum + profit / initialRisk, 0) / measured.length;
}

const total = (amounts: readonly Money[]): number => amounts.reduce((sum, amount) => sum + moneyToUnits(amount), 0);

function grouped(trades: readonly TradeRecord[], keyOf: (trade: TradeRecord) => string): PerformanceView['bySymbol'] {
  const groups = [...Map.groupBy(trades, keyOf)];
  return Object.fromEntries(
    groups.map(([key, group]) => [key, { trades: group.length, profit: total(group.map(({ profit }) => profit)) }]),
  );
}

const decisionCounts = (counts: readonly ReasonCount[]): Record<string, number> =>
  Object.fromEntries(counts.map(({ outcome, reason, count }) => [reason ?? outcome, count]));

function notesOn(trades: number, days: number, simulated: boolean, untold: number): string[] {
  return [
    ...(untold > 0
      ? [`${counted(untold, 'trade')} closed by others without a report: not in these figures, but in the equity.`]
      : []),
    ...(simulated ? ['SIMULATED prices: these figures say nothing about a real market.'] : []),
    ...(trades < TRADES_MIN ? [`${counted(trades, 'trade')}: fewer than ${TRADES_MIN} show little.`] : []),
    ...(days < DAYS_MIN
      ? [`${counted(days, 'trading day')}: Sharpe, Sortino, volatility and VaR need ${DAYS_MIN}.`]
      : []),
  ];
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

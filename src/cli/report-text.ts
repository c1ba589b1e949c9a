/** `servo report` and `servo why` as a person reads them. */
import colours from 'picocolors';
import type { PerformanceView } from '../servo/control.ts';
import type { DecisionWords } from '../servo/recent-decisions.ts';
import { REASON_WORDS } from '../servo/words.ts';
import { counted, figure, inR, orDash, percent, profit, table } from './text.ts';

export function reportText(report: PerformanceView): string {
  const { from, to, trades, tradingDays, notes } = report;
  const span = from === to ? orDash(from) : `${orDash(from)} to ${orDash(to)}`;
  return [
    colours.bold(`${span} · ${counted(trades, 'trade')} on ${counted(tradingDays, 'trading day')}`),
    ...notes.map((note) => colours.yellow(`! ${note}`)),
    '',
    figureTable(report),
    ...(trades === 0 ? [] : ['', groupTable(report, 'exit'), '', groupTable(report, 'symbol')]),
    '',
    decisionTable(report),
    ...(report.shadows.length === 0 ? [] : ['', shadowTable(report)]),
  ].join('\n');
}

function figureTable(report: PerformanceView): string {
  const amount = (value: number | null) => profit(value, report.currency);
  return table('lrlr', [
    ['net profit', amount(report.netProfit), 'profit factor', figure(report.profitFactor)],
    ['win rate', percent(report.winRate), 'longest losing streak', String(report.longestLosingStreak)],
    ['average win', amount(report.averageWin), 'average loss', amount(report.averageLoss)],
    ['expectancy', amount(report.expectancy), 'expectancy in R', inR(report.expectancyR)],
    ['commission', amount(report.commission), 'swap', amount(report.swap)],
    ['max drawdown, day ends', percent(report.maxDrawdown), 'drawdown now', percent(report.currentDrawdown)],
    ['VaR 95 %, one day', percent(report.valueAtRisk95), 'CVaR 95 %', percent(report.conditionalValueAtRisk95)],
    ['Sharpe, a year', figure(report.sharpe), 'Sortino, a year', figure(report.sortino)],
  ]);
}

function groupTable({ byExitReason, bySymbol, currency }: PerformanceView, by: 'exit' | 'symbol'): string {
  const groups = Object.entries(by === 'exit' ? byExitReason : bySymbol).sort(([, a], [, b]) => b.trades - a.trades);
  return table('lrr', [
    [by, 'trades', 'profit'],
    ...groups.map(([name, { trades, profit: sum }]) => [
      name.replaceAll('_', ' '),
      String(trades),
      profit(sum, currency),
    ]),
  ]);
}

/** Nothing of it was traded: in multiples of the risk, and in money where an order had its size. */
function shadowTable({ shadows, currency }: PerformanceView): string {
  return table('lrrrrrr', [
    ['in the shadow', 'would-be trades', 'open', 'win rate', 'expectancy', 'total', 'profit'],
    ...shadows.map(({ model, trades, open, winRate, expectancyR, totalR, profit: sum }) => [
      model,
      String(trades),
      String(open),
      percent(winRate),
      inR(expectancyR),
      inR(totalR),
      profit(sum, currency),
    ]),
  ]);
}

/** Accepted first, then the refusals in the words of the terminal. */
function decisionTable({ decisions }: PerformanceView): string {
  const { approved = 0, ...others } = decisions;
  const total = Object.values(decisions).reduce((sum, count) => sum + count, 0);
  const words: Record<string, string> = REASON_WORDS;
  const share = (count: number) => (total === 0 ? '' : `${((100 * count) / total).toFixed(1)} %`);
  const refusals = Object.entries(others).sort(([, a], [, b]) => b - a);
  return table('lrr', [
    ['decision', 'count', 'share'],
    ['accepted', String(approved), share(approved)],
    ...refusals.map(([name, count]) => [words[name] ?? name.replaceAll('_', ' '), String(count), share(count)]),
  ]);
}

export const whyText = (decisions: readonly DecisionWords[]): string =>
  decisions.length === 0 ? 'Nothing was decided yet.' : decisions.map(decisionText).join('\n\n');

function decisionText({ text, checks, sizing }: DecisionWords): string {
  const lines = checks.map(({ passed, text: check }) => (passed ? `  ✓ ${check}` : colours.yellow(`  ✗ ${check}`)));
  const arithmetic = sizing.map((line) => `    ${line.startsWith('▸') ? colours.bold(line) : line}`);
  return [colours.bold(text), ...lines, ...arithmetic].join('\n');
}

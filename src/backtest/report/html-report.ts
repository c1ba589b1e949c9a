/** The backtest as one offline HTML file. */
import { moneyToUnits } from '../../domain/units.ts';
import { calibrationCharts } from './calibration-section.ts';
import { benchmarkTable, equityCharts, monteCarloCharts, monthMap } from './equity-section.ts';
import { basisNote, FIGURE_GROUPS } from './figure-rows.ts';
import { counted, moment, money, percent } from './format.ts';
import { type Html, html } from './page/html.ts';
import { facts, notice, pageOf, paragraph, tiles } from './page/shell.ts';
import { arrow, tableOf } from './page/table.ts';
import { priceCharts } from './price-chart.ts';
import type { BacktestReport } from './report.ts';
import { decisionTable, excursionCharts, groupTables, hourMap, tradeList } from './trade-section.ts';

export function htmlReport(report: BacktestReport): string {
  const { symbols, timeframe, from, to, version, signalSource } = report.result.assumptions;
  const { figures, verdict, warnings } = report;
  return pageOf({
    title: `Backtest of ${symbols.join(', ')} ${timeframe}`,
    subtitle: `${moment(from)} to ${moment(to)} · ${signalSource} · ${counted(report.result.bars, 'bar')} decided · Trading Servo ${version}`,
    lead: html`<p class="verdict">${arrow(figures.change)}${verdict.text}</p>
${warnings.map(({ severity, text }) => notice(severity, text))}`,
    sections: [
      { id: 'summary', title: 'Summary', body: html`${keyFigures(report)}${benchmarkTable(report)}` },
      { id: 'equity', title: 'Equity and drawdown', body: html`${equityCharts(report)}${monthMap(report)}` },
      { id: 'trades', title: 'Trades on price', body: priceCharts(report) },
      { id: 'groups', title: 'Where profit and loss came from', body: groupTables(report) },
      { id: 'excursions', title: 'Inside the trades: MAE and MFE', body: excursionCharts(report) },
      { id: 'hours', title: 'Hour and weekday', body: hourMap(report) },
      { id: 'calibration', title: 'Calibration', body: calibrationCharts(report) },
      { id: 'decisions', title: 'Decisions and refusals', body: decisionTable(report) },
      { id: 'monte-carlo', title: 'Monte Carlo', body: monteCarloCharts(report) },
      { id: 'figures', title: 'All figures', body: figureTable(report) },
      { id: 'list', title: 'Trade list', body: tradeList(report) },
      { id: 'assumptions', title: 'Assumptions and hashes', body: assumptionList(report) },
    ],
    footer: 'A backtest shows what a rule would have done to past prices under these assumptions. It promises nothing.',
  });
}

const KEY_FIGURES = [
  'change',
  'returned',
  'maxDrawdown',
  'trades',
  'winRate',
  'profitFactor',
  'expectancyR',
  'sharpe',
  'probabilisticSharpe',
  'costs',
  'exposure',
  'buyAndHold',
];

const keyFigures = ({ rows }: BacktestReport): Html =>
  tiles(rows.filter(({ key }) => KEY_FIGURES.includes(key)).map(({ label, text }) => [label, text]));

function figureTable({ rows, figures }: BacktestReport): Html {
  const table = tableOf({
    caption: 'Every figure with its definition',
    columns: [{ title: 'figure' }, { title: 'value', align: 'right' }, { title: 'definition' }],
    rows: FIGURE_GROUPS.flatMap((group) => [
      [group],
      ...rows.filter((row) => row.group === group).map(({ label, text, definition }) => [label, text, definition]),
    ]),
  });
  return html`${paragraph(basisNote(figures))}${table}`;
}

function assumptionList({ result }: BacktestReport): Html {
  const { assumptions, stateHash, ambiguousBars } = result;
  const { currency } = assumptions;
  return facts([
    ['account', `${money(moneyToUnits(assumptions.balance), currency)}, leverage 1:${assumptions.leverage}`],
    ['drawdown limit', percent(assumptions.drawdownLimit, 0)],
    ['spread', assumptions.spread],
    ['commission', `${money(moneyToUnits(assumptions.commissionPerLot), currency)} a lot`],
    ['slippage', assumptions.slippage],
    ['latency', `${assumptions.latencyMs} ms`],
    ['stop and target in one bar', `${assumptions.fillRule} rule, ${counted(ambiguousBars, 'bar')}`],
    ['seed', assumptions.seed],
    ['clock of days and hours', assumptions.timezone],
    ['signals', assumptions.signalSource],
    ...assumptions.models.map(({ name, sha256, training }): [string, string] => [
      `model ${name}`,
      `${training === null ? 'training unknown' : `trained on ${moment(training.from)} to ${moment(training.to)}${training.simulated ? ', SIMULATED' : ''}`} · sha256 ${sha256}`,
    ]),
    ...assumptions.data.map(({ symbol, file, sha256, bars }): [string, string] => [
      `data ${symbol}`,
      `${file} · ${counted(bars, 'bar')} · sha256 ${sha256}`,
    ]),
    ['config', `sha256 ${assumptions.configHash}`],
    ['final state', `sha256 ${stateHash}`],
    ['version', assumptions.version],
  ]);
}

/** The report for a terminal, as data: tables of one screen, whoever draws them. */
import { REASON_WORDS } from '../../servo/words.ts';
import type { PartGroup, TradeGroup } from './breakdown.ts';
import { basisNote } from './figure-rows.ts';
import { counted, inR, moment, money, number, percent, signedMoney, words } from './format.ts';
import type { BacktestReport } from './report.ts';

export interface TextTable {
  readonly title: string;
  /** One letter a column: `l` or `r`. */
  readonly alignments: string;
  readonly rows: readonly (readonly string[])[];
}

/** Two figures a line, in the order in which they are asked for. */
const SCREEN = [
  ['change', 'returned'],
  ['finalEquity', 'cagr'],
  ['maxDrawdown', 'longestDrawdownMs'],
  ['trades', 'winRate'],
  ['profitFactor', 'expectancyR'],
  ['averageWin', 'averageLoss'],
  ['sharpe', 'sortino'],
  ['probabilisticSharpe', 'calmar'],
  ['valueAtRisk95', 'conditionalValueAtRisk95'],
  ['exposure', 'meanHoldingMs'],
  ['costs', 'changeBeforeCosts'],
  ['commission', 'spreadCost'],
  ['swap', 'slippageCost'],
  ['buyAndHold', 'beta'],
] as const;

const REFUSALS_SHOWN = 5;
const GROUPS_SHOWN = 8;

export function textTables(report: BacktestReport): TextTable[] {
  const { breakdown, result } = report;
  const { currency } = result.assumptions;
  const traded = result.trades.length > 0;
  return [
    { title: '', alignments: 'lrlr', rows: figureLines(report) },
    ...(report.monteCarlo === null ? [] : [monteCarloTable(report)]),
    ...(traded && breakdown.bySymbol.length > 1 ? [groupTable('symbol', breakdown.bySymbol, currency)] : []),
    ...(traded ? [groupTable('exit', breakdown.byExitReason, currency)] : []),
    ...(breakdown.partCloses.length > 0 ? [partTable(breakdown.partCloses, currency)] : []),
    ...(traded ? [groupTable('regime', breakdown.byRegime, currency)] : []),
    decisionTable(report),
  ];
}

/** What was tested, under what assumptions: one line each. */
export function scopeLines({ result, figures }: BacktestReport): string[] {
  const { from, to, timeframe, symbols, signalSource, spread, slippage, fillRule, seed, latencyMs } =
    result.assumptions;
  const { commissionPerLot, currency } = result.assumptions;
  return [
    `${symbols.join(', ')} ${timeframe} · ${moment(from)} to ${moment(to)} · ${counted(result.bars, 'bar')} decided · ${signalSource}`,
    `spread ${spread} · commission ${money(commissionPerLot / 1_000_000, currency)} a lot · slippage ${slippage} · latency ${latencyMs} ms · ${fillRule} fills · seed ${seed}`,
    basisNote(figures),
  ];
}

function figureLines({ rows }: BacktestReport): string[][] {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return SCREEN.map((keys) =>
    keys.flatMap((key) => {
      const row = byKey.get(key);
      return row === undefined ? [] : [row.label, row.text];
    }),
  );
}

function monteCarloTable({ monteCarlo, result }: BacktestReport): TextTable {
  const { currency } = result.assumptions;
  if (monteCarlo === null) return { title: '', alignments: '', rows: [] };
  const { runs, of, block, medianMaxDrawdown, maxDrawdown95, ruin, drawdownLimit, finalEquity } = monteCarlo;
  return {
    title: `Monte Carlo: ${counted(runs, 'run')} of the same ${of} in blocks of ${block}`,
    alignments: 'lrlr',
    rows: [
      ['max drawdown, median', percent(medianMaxDrawdown), 'max drawdown, 95 %', percent(maxDrawdown95)],
      [
        'final equity, 5 %',
        money(finalEquity[0.05], currency),
        'final equity, 95 %',
        money(finalEquity[0.95], currency),
      ],
      [
        `reach ${percent(drawdownLimit, 0)} drawdown`,
        percent(ruin, 1),
        'end with a loss',
        percent(monteCarlo.losing, 1),
      ],
    ],
  };
}

const groupTable = (name: string, groups: readonly TradeGroup[], currency: string): TextTable => ({
  title: '',
  alignments: 'lrrrrr',
  rows: [
    [name, 'trades', 'profit', 'win rate', 'profit factor', 'expectancy'],
    ...groups
      .slice(0, GROUPS_SHOWN)
      .map(({ key, trades, profit, winRate, profitFactor, expectancyR }) => [
        words(key),
        String(trades),
        signedMoney(profit, currency),
        percent(winRate, 1),
        number(profitFactor),
        inR(expectancyR),
      ]),
  ],
});

const partTable = (parts: readonly PartGroup[], currency: string): TextTable => ({
  title: '',
  alignments: 'lrr',
  rows: [
    ['part closed', 'times', 'profit, in that of the trades'],
    ...parts.map(({ reason, count, profit }) => [words(reason), String(count), signedMoney(profit, currency)]),
  ],
});

function decisionTable({ breakdown: { decisions } }: BacktestReport): TextTable {
  const { bars, flat, refused, approved } = decisions;
  const line = (name: string, count: number) => [name, String(count), percent(bars > 0 ? count / bars : null, 1)];
  return {
    title: '',
    alignments: 'lrr',
    rows: [
      ['decision', 'bars', 'share'],
      line('flat signal', flat),
      ...refused.slice(0, REFUSALS_SHOWN).map(({ reason, count }) => line(`refused: ${REASON_WORDS[reason]}`, count)),
      line('approved', approved),
    ],
  };
}

/** Trades on the price of their symbol: the whole test at a glance, and its best, worst and longest trades bar by bar. */

import type { BacktestTrade, SymbolRecord } from '../result.ts';
import { barAt, type PriceBar, priceBars } from './downsample.ts';
import { counted, duration, moment, signedMoney, words } from './format.ts';
import { axesOf, chartOf, fixed, type LegendEntry, type Plot, plotOf, triangle, WIDTH } from './page/chart.ts';
import { type Html, html } from './page/html.ts';
import { roomy } from './page/scale.ts';
import { paragraph } from './page/shell.ts';
import type { BacktestReport } from './report.ts';

/** Larger bars of the whole test: one to about three pixels. */
const OVERVIEW_BARS = 320;
/** Bars shown before and after a single trade. */
const CONTEXT_BARS = 30;
const DETAIL_BARS = 160;
/** More symbols than these make the file large and no wiser. */
const SYMBOLS_SHOWN = 6;
const TRADES_DRAWN = 600;

export function priceCharts({ result, breakdown }: BacktestReport): Html {
  const shown = breakdown.bySymbol.slice(0, SYMBOLS_SHOWN).map(({ key }) => key);
  const records = result.records.filter(({ symbol }) => shown.includes(symbol));
  if (records.length === 0) return paragraph('No trade was closed.');
  const rest = breakdown.bySymbol.length - records.length;
  const charts = records.map((record) => symbolCharts(record, result.trades, result.assumptions.currency));
  return html`${charts}${rest > 0 ? paragraph(`${counted(rest, 'further symbol')} with fewer trades not drawn.`) : html``}`;
}

function symbolCharts(record: SymbolRecord, all: readonly BacktestTrade[], currency: string): Html {
  const trades = all.filter(({ symbol }) => symbol === record.symbol);
  const byProfit = trades.toSorted((a, b) => b.profit - a.profit);
  const byTime = trades.toSorted((a, b) => b.closedAt - b.openedAt - (a.closedAt - a.openedAt));
  const sections = [
    ['Best trade', byProfit.at(0)],
    ['Worst trade', byProfit.at(-1)],
    ['Longest trade', byTime.at(0)],
  ] as const;
  const chosen = sections.filter(([, trade], i) => sections.findIndex(([, other]) => other === trade) === i);
  return html`${overview(record, trades)}
<details><summary>${record.symbol}: ${chosen.map(([name]) => name.toLowerCase()).join(', ')}, bar by bar</summary>
${chosen.map(([name, trade]) => (trade === undefined ? html`` : detail(name, record, trade, trades, currency)))}
</details>
`;
}

function overview(record: SymbolRecord, trades: readonly BacktestTrade[]): Html {
  const bars = priceBars(record, 0, record.close.length, OVERVIEW_BARS);
  const drawn = trades.slice(0, TRADES_DRAWN);
  const cut = drawn.length < trades.length ? `, the first ${drawn.length} drawn` : '';
  const summary = `${counted(record.close.length, 'bar')} drawn as ${bars.length}, ${counted(trades.length, 'trade')}${cut}; entry to exit is one line.`;
  return priceChart({
    title: `${record.symbol}: trades on the price`,
    summary,
    record,
    bars,
    trades: drawn,
    height: 320,
  });
}

function detail(
  name: string,
  record: SymbolRecord,
  trade: BacktestTrade,
  trades: readonly BacktestTrade[],
  currency: string,
): Html {
  const from = Math.max(0, barAt(record, trade.openedAt) - CONTEXT_BARS);
  const to = Math.min(record.close.length, barAt(record, trade.closedAt) + CONTEXT_BARS);
  const bars = priceBars(record, from, to, DETAIL_BARS);
  const [start, end] = [bars.at(0)?.closeAt ?? 0, bars.at(-1)?.closeAt ?? 0];
  const title = `${name}: ${trade.side} ${record.symbol}, ${signedMoney(trade.profit / 1_000_000, currency)}`;
  const summary = `From ${moment(trade.openedAt)}, held ${duration(trade.closedAt - trade.openedAt)}, closed by ${words(trade.exitReason)}.`;
  const inView = trades.filter(({ openedAt, closedAt }) => closedAt >= start && openedAt <= end);
  return priceChart({ title, summary, record, bars, trades: inView, height: 280 });
}

interface PriceChart {
  readonly title: string;
  readonly summary: string;
  readonly record: SymbolRecord;
  readonly bars: readonly PriceBar[];
  readonly trades: readonly BacktestTrade[];
  readonly height: number;
}

const LEGEND: readonly LegendEntry[] = [
  { tone: 'soft', text: 'high to low with close' },
  { tone: 'accent', text: 'buy', mark: 'up' },
  { tone: 'accent', text: 'sell', mark: 'down' },
  { tone: 'up', text: 'to exit with profit' },
  { tone: 'down', text: 'to exit with loss' },
];

function priceChart({ title, summary, record, bars, trades, height }: PriceChart): Html {
  const inUnits = (ticks: number) => ticks / record.ticksPerUnit;
  const prices = [
    ...bars.flatMap(({ high, low }) => [high, low]),
    ...trades.flatMap(({ entryPrice, exitPrice }) => [inUnits(entryPrice), inUnits(exitPrice)]),
  ];
  const times: [number, number] = [bars.at(0)?.closeAt ?? 0, bars.at(-1)?.closeAt ?? 0];
  const size = { width: WIDTH, height };
  const plot = plotOf(size, times, roomy(prices));
  const label = (value: number) => value.toFixed(record.digits);
  const drawing = html`${axesOf(plot, { x: 'time', y: label })}${barPath(plot, bars)}${tradeMarks(plot, trades, inUnits)}`;
  return chartOf({ title, summary, ...size, legend: LEGEND }, drawing);
}

function barPath({ x, y }: Plot, bars: readonly PriceBar[]): Html {
  const path = bars
    .map(({ closeAt, high, low, close }) => {
      const at = fixed(x.place(closeAt));
      return `M${at} ${fixed(y.place(high))}V${fixed(y.place(low))}M${at} ${fixed(y.place(close))}h2`;
    })
    .join('');
  return html`<path class="line s-soft" stroke-opacity="0.8" d="${path}"/>`;
}

/** An arrow at each entry, pointing the way of the side; a line to the exit with a dot, in the colour of the outcome. One path a kind keeps the file small. */
function tradeMarks({ x, y }: Plot, trades: readonly BacktestTrade[], inUnits: (ticks: number) => number): Html {
  const place = (at: number, ticks: number): [number, number] => [
    x.place(Math.min(x.to, Math.max(x.from, at))),
    y.place(inUnits(ticks)),
  ];
  const ways = (['up', 'down'] as const).map((tone) => {
    const chosen = trades.filter(({ profit }) => (profit > 0 ? 'up' : 'down') === tone);
    const path = chosen.map((trade) => {
      const [exitX, exitY] = place(trade.closedAt, trade.exitPrice).map(fixed);
      const [entryX, entryY] = place(trade.openedAt, trade.entryPrice).map(fixed);
      return `M${entryX} ${entryY}L${exitX} ${exitY}m-2 -2h4v4h-4z`;
    });
    return html`<path class="line s-${tone}" d="${path.join('')}"/>`;
  });
  const arrows = trades.map(({ openedAt, entryPrice, side }) =>
    triangle(...place(openedAt, entryPrice), side === 'buy' ? 'up' : 'down'),
  );
  return html`${ways}<path class="f-accent" d="${arrows.join('')}"/>`;
}

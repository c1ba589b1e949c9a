/** The report's drawings of the account: equity, what lay under water, months, and what another order could have brought. */

import { downsampled } from './downsample.ts';
import { underwater } from './drawdown.ts';
import { counted, date, duration, money, percent, signedMoney, signedPercent } from './format.ts';
import type { MonteCarlo } from './monte-carlo.ts';
import { WIDTH } from './page/chart.ts';
import { heatMap } from './page/heat-map.ts';
import { type Html, html } from './page/html.ts';
import { lineChart, type Point } from './page/line-chart.ts';
import { paragraph } from './page/shell.ts';
import { tableOf } from './page/table.ts';
import type { BacktestReport } from './report.ts';

/** Stretches of time of which each keeps its extremes: finer than the drawing is wide. */
const STRETCHES = 300;
const MICROS = 1_000_000;

export function equityCharts({ result, figures }: BacktestReport): Html {
  const { from, to, currency } = result.assumptions;
  const range = [from, to] as const;
  const last: Point = [to, figures.finalEquity];
  const equity = downsampled(result.curve, STRETCHES).map(([at, value]): Point => [at, value / MICROS]);
  const depth = downsampled(underwater(result.curve), STRETCHES);
  const deepest = `Deepest ${percent(figures.maxDrawdown)}, from ${date(figures.drawdownStartedAt)} to ${date(figures.drawdownTroughAt)}`;
  const recovered =
    figures.drawdownRecoveredAt === null ? 'not recovered' : `recovered ${date(figures.drawdownRecoveredAt)}`;
  return html`${lineChart({
    title: `Equity, ${currency}`,
    summary: `From ${money(figures.openingBalance, currency)} to ${money(figures.finalEquity, currency)} (${signedPercent(figures.returned)}), at bar closes; each of ${STRETCHES} stretches of time keeps its extremes.`,
    series: [{ name: 'equity', tone: 'accent', points: [...equity, last] }],
    references: [{ value: figures.openingBalance, label: 'opening balance' }],
    x: 'time',
    y: (value) => value.toFixed(value >= 1_000 ? 0 : 2),
    range,
    width: WIDTH,
    height: 300,
  })}${lineChart({
    title: 'Under water: distance from the peak',
    summary: `${deepest}, ${recovered}; longest time under the peak ${duration(figures.longestDrawdownMs)}.`,
    series: [{ name: 'under the peak', tone: 'down', as: 'area', points: [...depth, [to, depth.at(-1)?.[1] ?? 0]] }],
    x: 'time',
    y: (value) => percent(value, 1),
    range,
    width: WIDTH,
    height: 170,
  })}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function monthMap({ breakdown: { months } }: BacktestReport): Html {
  const years = [...Map.groupBy(months, ({ year }) => year)];
  return heatMap({
    caption: 'Return by month, % of the equity at its beginning',
    corner: 'year',
    columns: [...MONTHS, 'year'],
    rows: years.map(([year, ofYear]) => {
      const whole = ofYear.reduce((grown, { returned }) => grown * (1 + returned), 1) - 1;
      const cells = MONTHS.map((_, i) => {
        const found = ofYear.find(({ month }) => month === i + 1);
        return found === undefined
          ? { value: null, text: '' }
          : { value: found.returned, text: inPercent(found.returned) };
      });
      return { head: String(year), cells: [...cells, { value: whole, text: inPercent(whole) }] };
    }),
  });
}

const inPercent = (ratio: number): string => signedPercent(ratio, 1).replace(' %', '');

export function monteCarloCharts({ monteCarlo, result, figures }: BacktestReport): Html {
  if (monteCarlo === null) return paragraph('Fewer than two trades or days: there is nothing to draw from.');
  const { currency, balance } = result.assumptions;
  const { fan, finalEquity, runs, of, drawn, block, seed } = monteCarlo;
  const line = (quantile: keyof typeof finalEquity) => fan.map(({ step, equity }): Point => [step, equity[quantile]]);
  return html`${paragraph(
    `${counted(runs, 'run')} of ${drawn} ${of}, drawn with replacement in blocks of ${block} that keep streaks together; seed "${seed}". ` +
      `It asks what the same ${of} could have done in another order, not what other markets would do.`,
  )}${lineChart({
    title: `Equity over ${drawn} ${of} in another order, ${currency}`,
    summary: `Half of the runs end above ${money(finalEquity[0.5], currency)}, nine of ten between ${money(finalEquity[0.05], currency)} and ${money(finalEquity[0.95], currency)}.`,
    series: [{ name: 'median', tone: 'accent', points: line(0.5) }],
    bands: [
      { name: '5 % to 95 % of the runs', tone: 'accent', lower: line(0.05), upper: line(0.95) },
      { name: '25 % to 75 %', tone: 'accent', lower: line(0.25), upper: line(0.75) },
    ],
    references: [{ value: balance / MICROS, label: 'opening balance' }],
    x: (value) => value.toFixed(0),
    y: (value) => value.toFixed(0),
    width: WIDTH,
    height: 260,
  })}${monteCarloTable(monteCarlo, currency, figures.maxDrawdown)}`;
}

function monteCarloTable(found: MonteCarlo, currency: string, maxDrawdown: number): Html {
  const { finalEquity, drawdownLimit } = found;
  const of = found.of === 'days' ? 'day ends' : 'closed trades';
  return tableOf({
    caption: 'Monte Carlo',
    columns: [{ title: 'figure' }, { title: 'value', align: 'right' }],
    rows: [
      [`max drawdown, median run, at ${of}`, percent(found.medianMaxDrawdown)],
      ['max drawdown that 95 % of the runs stay within', percent(found.maxDrawdown95)],
      ['max drawdown of the test itself, at bar closes', percent(maxDrawdown)],
      [`ruin: runs that reach the drawdown limit of ${percent(drawdownLimit, 0)}`, percent(found.ruin, 1)],
      ['runs that end with a loss', percent(found.losing, 1)],
      ['final equity, 5 %', money(finalEquity[0.05], currency)],
      ['final equity, median', money(finalEquity[0.5], currency)],
      ['final equity, 95 %', money(finalEquity[0.95], currency)],
    ],
  });
}

/** Against doing nothing, and against holding each symbol. */
export function benchmarkTable({ result, figures }: BacktestReport): Html {
  const { currency } = result.assumptions;
  const money = (returned: number) => signedMoney(returned * figures.openingBalance, currency);
  return tableOf({
    caption: 'Beside it: the same money without the servo',
    columns: [
      { title: 'what' },
      { title: 'return', align: 'right' },
      { title: 'of the opening balance', align: 'right' },
    ],
    rows: [
      ['this backtest', signedPercent(figures.returned), signedMoney(figures.change, currency)],
      ['flat: doing nothing', signedPercent(0), signedMoney(0, currency)],
      ...result.buyAndHold.map(({ symbol, returned }) => [
        `holding ${symbol}, no leverage, no costs`,
        signedPercent(returned),
        money(returned),
      ]),
    ],
  });
}

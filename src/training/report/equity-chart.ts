/** The account that traded the forecasts: out of sample, and on the hold-out. */
import { counted, money } from '../../backtest/report/format.ts';
import { WIDTH } from '../../backtest/report/page/chart.ts';
import { type Html, html } from '../../backtest/report/page/html.ts';
import { lineChart, type Point } from '../../backtest/report/page/line-chart.ts';
import { moneyToUnits } from '../../domain/units.ts';
import type { TradedForecasts } from '../run/trade-forecasts.ts';
import { type TrainingResult, worstOf } from '../run/train.ts';

export function equityChart(result: TrainingResult): Html {
  const { trials, holdOutTraded, request } = result;
  const [chosen] = trials;
  const traded = chosen === undefined ? undefined : worstOf(chosen);
  if (traded === undefined) return html``;
  const { currency, balance } = request.config.paper;
  const opening = moneyToUnits(balance);
  const paths = chosen?.traded.length ?? 1;
  const name = paths === 1 ? 'out of sample' : `the worst of ${paths} paths`;
  const end = ({ equity }: TradedForecasts): string => money(equity.at(-1)?.value ?? opening, currency);
  return lineChart({
    title: `Equity of the traded forecasts, ${currency}`,
    summary: `From ${money(opening, currency)}: ${name} to ${end(traded)} in ${counted(traded.trades, 'trade')}, hold-out to ${end(holdOutTraded)} in ${counted(holdOutTraded.trades, 'trade')}; one point a trading day, each with an account of its own.`,
    series: [
      { name, tone: 'accent', points: pointsOf(traded, opening) },
      { name: 'hold-out', tone: 'down', points: pointsOf(holdOutTraded, opening) },
    ],
    references: [{ value: opening, label: 'opening balance' }],
    x: 'time',
    y: (value) => value.toFixed(value >= 1_000 ? 0 : 2),
    width: WIDTH,
    height: 280,
  });
}

/** As many as the drawing can show. */
const POINTS_MAX = 800;

function pointsOf({ equity }: TradedForecasts, opening: number): readonly Point[] {
  const step = Math.ceil(equity.length / POINTS_MAX);
  const [first] = equity;
  const start: Point[] = first === undefined ? [] : [[first.at, opening]];
  return [
    ...start,
    ...equity.filter((_, i) => i % step === 0 || i === equity.length - 1).map(({ at, value }): Point => [at, value]),
  ];
}

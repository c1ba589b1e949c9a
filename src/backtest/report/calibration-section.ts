/** The report's answer to whether confidence means anything. */
import type { CalibrationBin, PredictionCalibration } from './calibration.ts';
import { counted, number, percent } from './format.ts';
import { HALF_WIDTH } from './page/chart.ts';
import { type Html, html } from './page/html.ts';
import { scatter } from './page/scatter.ts';
import { pair, paragraph } from './page/shell.ts';
import { tableOf } from './page/table.ts';
import type { BacktestReport } from './report.ts';

export function calibrationCharts({ calibration: { trades, predictions } }: BacktestReport): Html {
  const ofTrades =
    trades === null
      ? paragraph('Entries: fewer than five trades, or all of the same confidence.')
      : html`${plot('Entries: confidence and win rate', 'share won', `Win rate of ${counted(trades.trades, 'trade')} by the confidence of their decision. Stop and target lie at different distances, so the diagonal is not expected; a rise is.`, trades.bins)}${binTable('Entries by confidence', 'won', trades.bins)}`;
  const ofPredictions =
    predictions === null
      ? paragraph('Predictions: there were none with a side.')
      : html`${plot(
          'Predictions: confidence and direction',
          'share right',
          `Of ${counted(predictions.predictions, 'prediction')}, how often the close ${counted(predictions.horizonBars, 'bar')} later lay on the likelier side. Intervals count one bar in ${predictions.horizonBars}, because neighbours share their outcome.`,
          predictions.bins,
        )}${binTable('Predictions by confidence', 'right', predictions.bins)}`;
  return html`${pair(ofTrades, ofPredictions)}${predictions === null ? html`` : scoreTable(predictions)}`;
}

const plot = (title: string, yTitle: string, summary: string, bins: readonly CalibrationBin[]): Html => {
  const low = bins.at(0)?.meanConfidence ?? 0;
  const high = bins.at(-1)?.meanConfidence ?? 1;
  return scatter({
    title,
    summary,
    points: bins.map(({ meanConfidence, share, interval }) => ({
      x: meanConfidence,
      y: share,
      tone: 'accent',
      mark: 'dot',
      interval,
    })),
    x: (value) => percent(value, 0),
    y: (value) => percent(value, 0),
    xTitle: 'confidence',
    yTitle,
    legend: [
      { tone: 'accent', text: 'tenths of equal count, with 95 % interval; dashed: as often as said', mark: 'dot' },
    ],
    line: { from: [low, low], to: [high, high] },
    width: HALF_WIDTH,
    height: 300,
  });
};

const binTable = (caption: string, outcome: string, bins: readonly CalibrationBin[]): Html =>
  tableOf({
    caption,
    columns: [
      { title: 'confidence' },
      { title: 'count', align: 'right' },
      { title: outcome, align: 'right' },
      { title: '95 % interval', align: 'right' },
    ],
    rows: bins.map(({ from, to, count, share, interval }) => [
      `${percent(from, 1)} to ${percent(to, 1)}`,
      String(count),
      percent(share, 1),
      interval === null ? '–' : `${percent(interval.low, 0)} to ${percent(interval.high, 0)}`,
    ]),
  });

const scoreTable = (scores: PredictionCalibration): Html =>
  tableOf({
    caption: `Scores of the direction after ${counted(scores.horizonBars, 'bar')}`,
    columns: [
      { title: 'score' },
      { title: 'model', align: 'right' },
      { title: 'without a model', align: 'right' },
      { title: 'meaning' },
    ],
    rows: [
      ['hit rate', percent(scores.hitRate), percent(0.5), 'Share of bars on the likelier side.'],
      [
        'Brier score',
        number(scores.brier, 4),
        number(scores.brierBaseline, 4),
        'Mean of (chance − outcome)²; lower is better. Without: always the frequency of a rise.',
      ],
      ['log loss', number(scores.logLoss, 4), number(scores.logLossBaseline, 4), 'Mean surprise; lower is better.'],
      ['AUC', number(scores.auc, 4), number(0.5, 4), 'Chance that a rise was given a higher chance than a fall.'],
      ['price unmoved', String(scores.unmoved), '', 'Predictions left out, because the close was the same.'],
    ],
  });

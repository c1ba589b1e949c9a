/** Whether what is given 30 % happens 30 times in 100, and whether more confidence means more hits. */
import { count, counted, percent } from '../../backtest/report/format.ts';
import { HALF_WIDTH, type Tone } from '../../backtest/report/page/chart.ts';
import type { Html } from '../../backtest/report/page/html.ts';
import { type ScatterPoint, scatter } from '../../backtest/report/page/scatter.ts';
import { pair } from '../../backtest/report/page/shell.ts';
import { tableOf } from '../../backtest/report/page/table.ts';
import { DOWN, FLAT, UP } from '../labels/labels.ts';
import type { TrainingResult } from '../run/train.ts';
import { type ConfidenceBin, calibrationCurve, hitRateByConfidence } from '../validation/calibration-curve.ts';
import { type Forecasts, joined } from '../validation/forecasts.ts';

const outOfSample = ({ trials }: TrainingResult): Forecasts =>
  joined((trials[0]?.validated.folds ?? []).map(({ forecasts }) => forecasts));

const whole = (value: number): string => percent(value, 0);

export const reliabilityCharts = (result: TrainingResult): Html =>
  pair(
    reliability('Out of sample: chance and outcome', outOfSample(result)),
    reliability('Hold-out: chance and outcome', result.final.forecasts),
  );

const CLASSES: readonly {
  readonly label: number;
  readonly name: string;
  readonly tone: Tone;
  readonly mark: ScatterPoint['mark'];
}[] = [
  { label: DOWN, name: 'down', tone: 'down', mark: 'down' },
  { label: FLAT, name: 'flat', tone: 'soft', mark: 'dot' },
  { label: UP, name: 'up', tone: 'up', mark: 'up' },
];

/** A tenth of fewer rows says nothing. */
const ROWS_MIN = 20;

function reliability(title: string, forecasts: Forecasts): Html {
  const points = CLASSES.flatMap(({ label, tone, mark }) =>
    calibrationCurve(forecasts, label).flatMap(({ rows, meanProbability: x, observedShare: y }): ScatterPoint[] =>
      rows < ROWS_MIN || x === null || y === null ? [] : [{ x, y, tone, mark }],
    ),
  );
  return scatter({
    title,
    summary: `Tenths of chance with ${ROWS_MIN} rows or more, over ${counted(forecasts.classes.length, 'row')}; on the dashed line the chances keep their word.`,
    points,
    x: whole,
    y: whole,
    xTitle: 'chance given',
    yTitle: 'share that came true',
    legend: CLASSES.map(({ name, tone, mark }) => ({ text: name, tone, mark })),
    line: { from: [0, 0], to: [1, 1] },
    width: HALF_WIDTH,
    height: 300,
  });
}

export function confidenceCharts(result: TrainingResult): Html {
  const bins = hitRateByConfidence(outOfSample(result));
  const points = bins.map(({ meanConfidence, hit, wrong }): ScatterPoint => {
    return { x: meanConfidence, y: hit + wrong > 0 ? hit / (hit + wrong) : 0.5, tone: 'accent', mark: 'dot' };
  });
  const chart = scatter({
    title: 'Confidence and direction',
    summary: 'Of the moves in each tenth of confidence, how many went to the likelier side; dashed: as often as said.',
    points,
    x: whole,
    y: whole,
    xTitle: 'confidence',
    yTitle: 'share right',
    legend: [{ tone: 'accent', text: 'tenths of equal count', mark: 'dot' }],
    line: { from: [0.5, 0.5], to: [bins.at(-1)?.meanConfidence ?? 1, bins.at(-1)?.meanConfidence ?? 1] },
    width: HALF_WIDTH,
    height: 300,
  });
  return pair(chart, binTable(bins));
}

const binTable = (bins: readonly ConfidenceBin[]): Html =>
  tableOf({
    caption: 'By tenth of confidence, out of sample',
    columns: ['confidence', 'rows', 'right', 'wrong', 'flat'].map((title, i) => ({
      title,
      align: i === 0 ? 'left' : 'right',
    })),
    rows: bins.map(({ meanConfidence, rows, hit, wrong, flat }) => [
      percent(meanConfidence, 1),
      count(rows),
      percent(hit, 1),
      percent(wrong, 1),
      percent(flat, 1),
    ]),
  });

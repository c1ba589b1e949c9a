/** The training report as one offline HTML file. */
import { count, counted, date, moment } from '../../backtest/report/format.ts';
import { type Html, html } from '../../backtest/report/page/html.ts';
import { facts, notice, pageOf, paragraph, type Section } from '../../backtest/report/page/shell.ts';
import { type Column, tableOf } from '../../backtest/report/page/table.ts';
import type { Condition } from '../run/judge.ts';
import { closeAtOf } from '../run/moments.ts';
import { confidenceCharts, reliabilityCharts } from './calibration-charts.ts';
import { equityChart } from './equity-chart.ts';
import {
  dataFacts,
  foldTable,
  importanceTable,
  luckFacts,
  type Rows,
  regimeTable,
  scoreTable,
  tradedTable,
} from './figure-tables.ts';
import { guardFacts } from './guard-facts.ts';
import { importanceChart } from './importance-chart.ts';
import { type ReportedRun, verdictLine } from './reported-run.ts';

export function trainingReport(run: ReportedRun): string {
  const { result, version } = run;
  const { request, material, judgement } = result;
  const { candles } = material;
  const last = candles.length - 1;
  return pageOf({
    title: `Training of ${request.name}`,
    subtitle: `${candles.symbol} ${candles.timeframe} · ${date(closeAtOf(candles, 0))} to ${date(closeAtOf(candles, last))} · ${counted(candles.length, 'bar')} · Trading Servo ${version}`,
    lead: html`${notice(judgement.deployable ? 'note' : 'loud', `${verdictLine(result)}.`)}${conditionTable(judgement.conditions)}`,
    sections: sectionsOf(run),
    footer:
      'Out of sample: each forecast is of a model that knew nothing of its row, its neighbours or anything later that reaches it.',
  });
}

const sectionsOf = (run: ReportedRun): readonly Section[] => {
  const { result } = run;
  return [
    { id: 'data', title: 'Data and labels', body: facts(dataFacts(result)) },
    {
      id: 'forecasts',
      title: 'Forecasts out of sample',
      body: html`${tabled('Figures beside the naive forecast', scoreTable(result))}${paragraph(
        `Naive: the shares of the classes in training, for every row. Skill: 1 − log-loss ÷ its log-loss. Intervals draw whole blocks of ${count(result.material.blockRows)} rows anew, because neighbours share their outcome. Direction AUC: up against down among the moves; move AUC: a move against none; 0.5 is chance.`,
      )}${tabled('Fold by fold', foldTable(result))}`,
    },
    {
      id: 'calibration',
      title: 'Do the chances keep their word?',
      body: html`${reliabilityCharts(result)}${confidenceCharts(result)}`,
    },
    {
      id: 'traded',
      title: 'The forecasts, traded',
      body: html`${paragraph(
        'By the engine that trades live, at the pessimistic rule and the configured costs and filters; loss limits do not end the evidence, and regimes are not looked at.',
      )}${equityChart(result)}${tabled('What they earn', tradedTable(result))}${facts(luckFacts(result))}`,
    },
    {
      id: 'features',
      title: 'What it looks at',
      body: html`${importanceChart(result)}${tabled('All features', importanceTable(result, Number.POSITIVE_INFINITY))}${paragraph(
        'How much the log-loss of the last fold rises when whole blocks of a feature change places; the deviation is over three shuffles. Below 0 the feature did harm.',
      )}`,
    },
    {
      id: 'regimes',
      title: 'Regimes',
      body: html`${tabled('On the rows after development', regimeTable(result))}${paragraph(
        'Volatility after: of the next 48 bars against the 288 before; 1 is as usual. Move after: in standard deviations; near 0, because regimes foretell volatility and no direction.',
      )}`,
    },
    { id: 'guards', title: 'What the live guards compare with', body: facts(guardFacts(result)) },
    { id: 'run', title: 'The run, and how to do it again', body: runFacts(run) },
  ];
};

const tabled = (caption: string, [head = [], ...rows]: Rows): Html =>
  tableOf({
    caption,
    columns: head.map((title, place): Column => (place === 0 ? { title } : { title, align: 'right' })),
    rows,
  });

const conditionTable = (conditions: readonly Condition[]): Html =>
  tableOf({
    caption: 'Every condition, none of them waived',
    columns: [{ title: 'holds' }, { title: 'condition' }],
    rows: conditions.map(({ holds, text }) => [
      html`<span class="${holds ? 'up' : 'down'}">${holds ? '✓ yes' : '✗ NO'}</span>`,
      text,
    ]),
  });

function runFacts({ result, source, command, version }: ReportedRun): Html {
  const { request, material, final } = result;
  const { candles, development, holdOut } = material;
  const at = (row: number | undefined): string => moment(closeAtOf(candles, row ?? 0));
  return facts([
    ['again', command],
    ['asked for', request.now.toISOString()],
    ['candles', `${source.file} · sha256 ${source.sha256}`],
    ['config', `sha256 ${request.config.configHash}`],
    [
      'validation',
      `${request.validation}, ${counted(request.folds, request.validation === 'cpcv' ? 'group' : 'fold')}, embargo ${counted(material.embargoRows, 'row')}`,
    ],
    ['development', `${at(development[0])} to ${at(development.at(-1))}`],
    ['hold-out', `${at(holdOut[0])} to ${at(holdOut.at(-1))}`],
    ['time decay', request.decayAlpha === undefined ? 'none' : `α ${request.decayAlpha}`],
    ['rounds', `at most ${count(request.roundsMax)}`],
    ['trees', `at most ${request.leavesMax} leaves, learning rate ${request.learningRate}`],
    ['seed', String(request.seed)],
    ['ONNX', `differs from the trainer by at most ${final.exportDifference.toExponential(1)} over the hold-out`],
    ['version', version],
  ]);
}

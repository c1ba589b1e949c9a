/** `servo model` as a person reads it: tables, ages, figures beside their baselines, and what is not known as a dash. */
import colours from 'picocolors';
import type { Passport } from '../inference/passport.ts';
import type { ModelHome, Promotion } from '../inference/registry/model-home.ts';
import { unfitness } from '../inference/registry/promote.ts';
import type { ShelvedModel } from '../inference/registry/shelf.ts';
import { counted, minute, orDash, table } from './text.ts';

const DAY_MS = 86_400_000;

export function listText(models: readonly ShelvedModel[], nowMs: number): string {
  if (models.length === 0) return 'There are no models. Train one: servo train, or import one: servo model import';
  const rows = models.map(({ name, configured, home, passport, fault }) => {
    if (passport === undefined || home === undefined) return [name, colours.red('✗'), fault ?? 'empty', '', '', '', ''];
    return [
      configured ? name : `${name} (not in config.yaml)`,
      home.serving ?? 'none promoted',
      trainedRange(passport),
      ageWords(passport, nowMs),
      expiryWords(passport, nowMs),
      firstFigure(passport),
      deployableWords(passport),
    ];
  });
  return table('lllllll', [['model', 'serves', 'trained on', 'age', 'expires', 'figure', 'deployable'], ...rows]);
}

interface Inspected {
  readonly home: ModelHome;
  readonly version: string;
  readonly passport: Passport;
  readonly promotions: readonly Promotion[];
}

export function inspectText({ home, version, passport, promotions }: Inspected, nowMs: number): string {
  const { label, features, training } = passport;
  const others = home.versions.filter((id) => id !== version);
  const facts = [
    ['is', passport.kind.is],
    ['is not', passport.kind.isNot],
    ['version', `${version}${version === home.serving ? ', serves' : ''}`],
    ['others', others.join(', ') || 'none'],
    ['made', `${minute(passport.createdAt)} UTC, ${ageWords(passport, nowMs)} ago`],
    ['expires', expiryWords(passport, nowMs)],
    ['trained on', training === null ? 'not known to us' : trainingWords(training)],
    ['labels', labelWords(label)],
    ['features', `${features.names.length} of pack ${features.pack}`],
    ['guards', Object.keys(passport.guards ?? {}).join(', ') || 'none'],
    ['hash', passport.modelSha256],
    ['deployable', deployableWords(passport)],
    ...unfitness(passport).map((reason) => ['', `because ${reason}`]),
  ];
  return [
    colours.bold(`${passport.name}: ${passport.description}`),
    table('ll', facts),
    ...(passport.metrics.rows === 0 ? [] : ['', figureTable(passport.metrics)]),
    ...(promotions.length === 0 ? [] : ['', promotionTable(promotions)]),
  ].join('\n');
}

export interface CheckedModel {
  readonly id: string;
  readonly folder: string;
  readonly bytes: number;
  readonly goldenRows: number;
  readonly rowMicroseconds: number;
}

export const checkText = ({ id, folder, bytes, goldenRows, rowMicroseconds }: CheckedModel): string =>
  [
    `✓ ${id} is sound (${folder})`,
    `  ✓ passport and features are as this servo computes them`,
    `  ✓ hash of model.onnx (${(bytes / 1024).toFixed(1)} KiB) is the passport's`,
    `  ✓ ${counted(goldenRows, 'golden row')} answered as the passport says`,
    `  one row takes ${rowMicroseconds.toFixed(0)} µs (median of 200, this machine)`,
  ].join('\n');

export function promotionText(
  { name, folder }: ModelHome,
  { action, id, from, forced, reason }: Promotion,
  configured: boolean,
): string {
  const change = `${name}: ${id} serves${configured ? ' from the next bar on' : ''}, instead of ${from ?? 'nothing'}`;
  const why = reason === '' ? '' : ` (${reason})`;
  const force = forced && action === 'promote' ? ' FORCED: its passport does not call it deployable.' : '';
  const unused = configured ? '' : `\nNo servo asks it yet: name ${folder} under models in config.yaml.`;
  return `${change}${why}.${force}${unused}`;
}

function figureTable({ rows, figures }: Passport['metrics']): string {
  return table('lrrl', [
    [`out of sample, ${counted(rows, 'row')}`, 'model', 'baseline', ''],
    ...Object.entries(figures).map(([name, { model, baseline, note = '' }]) => [
      name,
      model.toFixed(4),
      baseline.toFixed(4),
      note,
    ]),
  ]);
}

const promotionTable = (promotions: readonly Promotion[]): string =>
  table('lllll', [
    ['when (UTC)', 'what', 'version', 'by', 'why'],
    ...promotions.map(({ promotedAt, action, id, by, forced, reason }) => [
      minute(promotedAt),
      `${action}${forced && action === 'promote' ? ', forced' : ''}`,
      id,
      by,
      orDash(reason === '' ? null : reason),
    ]),
  ]);

const labelWords = (label: Passport['label']): string =>
  label.kind === 'triple_barrier'
    ? `triple barrier: ${label.stopAtr} ATR stop, ${label.targetAtr} ATR target, ${label.horizonBars} bars`
    : `fixed horizon: a move of ${label.moveAtr} ATR after ${label.horizonBars} bars`;

const trainingWords = ({ data, symbols, timeframe, from, to, bars, simulated }: NonNullable<Passport['training']>) =>
  `${symbols.join(', ')} ${timeframe}, ${minute(from)} to ${minute(to)}, ${counted(bars, 'bar')}` +
  ` of ${data}${simulated ? ' (SIMULATED)' : ''}`;

const trainedRange = ({ training }: Passport): string =>
  training === null
    ? 'not known'
    : `${training.symbols.join(', ')} ${training.from.slice(0, 10)}…${training.to.slice(0, 10)}` +
      (training.simulated ? ' simulated' : '');

const ageWords = ({ createdAt }: Passport, nowMs: number): string =>
  counted(Math.max(0, Math.floor((nowMs - Date.parse(createdAt)) / DAY_MS)), 'day');

function expiryWords({ expiresAt }: Passport, nowMs: number): string {
  if (expiresAt === null) return 'never';
  const days = Math.floor((Date.parse(expiresAt) - nowMs) / DAY_MS);
  return `${expiresAt.slice(0, 10)}, ${days >= 0 ? `in ${counted(days, 'day')}` : 'over'}`;
}

/** The one that training is judged by, where it is there. */
function firstFigure({ metrics }: Passport): string {
  const figures = Object.entries(metrics.figures);
  const [name, figure] = figures.find(([key]) => /log.?loss/i.test(key)) ?? figures[0] ?? [];
  return figure === undefined
    ? orDash(null)
    : `${name} ${figure.model.toFixed(3)} (baseline ${figure.baseline.toFixed(3)})`;
}

const deployableWords = (passport: Passport): string =>
  passport.verdict === undefined ? 'not judged' : passport.verdict.deployable ? 'yes' : 'NO';

/** `servo sweep`: every combination of settings is one trial; the table says which was best and what that is worth after so many. */
import { sweep, type TrialFigures } from '../backtest/sweep.ts';
import { planSweep, type SweepVariant } from '../backtest/sweep-plan.ts';
import { withBacktestOverrides } from '../config/backtest-overrides.ts';
import type { ConfigChange } from '../config/changes.ts';
import { loadConfig } from '../config/load-config.ts';
import { sharpeRatio } from '../domain/metrics.ts';
import type { UnixMs } from '../domain/units.ts';
import { type DeflatedSharpe, deflatedSharpe } from '../training/validation/sharpe.ts';
import { cacheFolderOf, modelFeatures } from './backtest.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import { counted, figure, percent, profit, table } from './text.ts';

export interface SweepFlags {
  readonly config: string;
  readonly data: readonly string[];
  readonly symbol?: string;
  readonly timeframe?: string;
  readonly model?: string;
  readonly signal?: string;
  readonly from?: UnixMs;
  readonly to?: UnixMs;
  readonly set: readonly string[];
  readonly by: SweepOrder;
  readonly threads: number;
  readonly acceptBadData?: boolean;
  readonly json?: boolean;
  readonly cache: boolean;
}

export type SweepOrder = 'sharpe' | 'return' | 'profit_factor' | 'drawdown' | 'trades';

interface Trial {
  readonly settings: Readonly<Record<string, string>>;
  readonly figures: TrialFigures;
}

export async function runSweepCommand(flags: SweepFlags): Promise<ExitCode> {
  const combinations = combined(flags);
  const variants: SweepVariant[] = [];
  for (const settings of combinations) variants.push(await variantOf(flags, settings));
  const [first] = variants as [SweepVariant];
  const cacheFolder = flags.cache ? cacheFolderOf(first.config) : undefined;
  const { from, to, acceptBadData, threads } = flags;
  const plan = await planSweep(variants, { from, to, acceptBadData, cacheFolder }).catch((error: unknown) => {
    throw error instanceof RangeError ? new CliError(EXIT.usage, error.message) : error;
  });
  const answers = await sweep({ ...plan, fillRule: 'pessimistic', threads });
  const trials = sorted(
    answers.map((figures, i) => ({ settings: combinations[i] ?? {}, figures })),
    flags.by,
  );
  const luck = luckOf(trials);
  const { currency } = first.config.paper;
  process.stdout.write(flags.json === true ? jsonOf(trials, luck) : textOf(trials, flags.by, luck, currency));
  return EXIT.ok;
}

const SIGNAL = 'signal';

/** Every value of every key with every value of the others; the first key changes slowest. */
function combined({ set, signal }: SweepFlags): readonly Readonly<Record<string, string>>[] {
  const axes = [...(signal === undefined ? [] : [`${SIGNAL}=${signal}`]), ...set].map(axisOf);
  const names = axes.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new CliError(EXIT.usage, `--set ${twice} is given twice: write all its values in one`);
  return axes.reduce<readonly Readonly<Record<string, string>>[]>(
    (all, [name, values]) => all.flatMap((settings) => values.map((value) => ({ ...settings, [name]: value }))),
    [{}],
  );
}

function axisOf(text: string): readonly [string, readonly string[]] {
  const [, name, values] = /^([A-Za-z_][\w.[\]]*)=(.+)$/.exec(text) ?? [];
  if (name !== undefined && values !== undefined)
    return [name, [...new Set(values.split(',').map((each) => each.trim()))]];
  throw new CliError(EXIT.usage, `--set "${text}": write a key and its values, e.g. trading.stops.stop_atr=1,1.5,2`);
}

/** Throws a ConfigError as the file itself would. */
async function variantOf(flags: SweepFlags, settings: Readonly<Record<string, string>>): Promise<SweepVariant> {
  const { [SIGNAL]: signal, ...keys } = settings;
  const changes: ConfigChange[] = Object.entries(keys).map(([key, value]) => ({ key, value }));
  const { data, symbol, timeframe, model } = flags;
  const config = withBacktestOverrides(loadConfig(flags.config, { changes }), { data, symbol, timeframe, model });
  if (config.feed.type !== 'replay') {
    throw new CliError(
      EXIT.usage,
      'A sweep needs candles: --data FILE --symbol NAME --timeframe TF, or feed.type replay with its files in the configuration.',
    );
  }
  return { config, signal, features: signal === undefined ? await modelFeatures(config) : undefined };
}

/** Larger is better but for the drawdown; what is not known comes last. Equals stay in the order they were tried in. */
const RANKED: Readonly<Record<SweepOrder, (figures: TrialFigures) => number | null>> = {
  sharpe: ({ sharpe }) => sharpe,
  return: ({ returned }) => returned,
  profit_factor: ({ profitFactor }) => profitFactor,
  drawdown: ({ maxDrawdown }) => -maxDrawdown,
  trades: ({ trades }) => trades,
};

function sorted(trials: readonly Trial[], by: SweepOrder): readonly Trial[] {
  const rank = ({ figures }: Trial): number => RANKED[by](figures) ?? Number.NEGATIVE_INFINITY;
  return trials.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
}

/** Of the first trial, counted with all others; null where too little was traded. */
function luckOf(trials: readonly Trial[]): DeflatedSharpe | null {
  const [best] = trials;
  const ratios = trials.map(({ figures }) => sharpeRatio(figures.dailyReturns) ?? 0);
  return best === undefined ? null : deflatedSharpe(best.figures.dailyReturns, ratios);
}

function textOf(trials: readonly Trial[], by: SweepOrder, luck: DeflatedSharpe | null, currency: string): string {
  const names = Object.keys(trials[0]?.settings ?? {});
  const rows = trials.map(({ settings, figures: { trades, change, returned, maxDrawdown, profitFactor, sharpe } }) => [
    ...names.map((name) => settings[name] ?? ''),
    String(trades),
    profit(change, currency),
    percent(returned),
    percent(maxDrawdown),
    figure(profitFactor),
    figure(sharpe),
  ]);
  const heads = [...names, 'trades', 'change', 'return', 'drawdown', 'profit factor', 'Sharpe'];
  return [
    `${counted(trials.length, 'trial')}, best first by ${by.replaceAll('_', ' ')}; Sharpe of daily returns, a year`,
    '',
    table(`${'l'.repeat(names.length)}rrrrrr`, [heads, ...rows]),
    '',
    ...luckLines(trials.length, luck),
    '',
  ].join('\n');
}

function luckLines(count: number, luck: DeflatedSharpe | null): readonly string[] {
  if (count < 2) return ['  One trial: nothing was chosen. Give several values to --set.'];
  const warning = `!! The best of ${count} trials is flattered by having been chosen: test it on data that no trial has seen.`;
  if (luck === null) return [`  ${warning}`, '  Too little was traded to say how much of it is luck.'];
  return [
    `  ${warning}`,
    `  Chance that the best has any skill: ${percent(luck.probabilistic)} if it had been the only one, ${percent(luck.deflated)} after ${count} trials (deflated Sharpe).`,
  ];
}

function jsonOf(trials: readonly Trial[], luck: DeflatedSharpe | null): string {
  const shown = trials.map(({ settings, figures: { dailyReturns: _, ...figures } }) => ({ settings, ...figures }));
  return `${JSON.stringify({ trials: shown, deflatedSharpe: luck }, null, 2)}\n`;
}

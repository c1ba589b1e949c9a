/** `servo check-lookahead`: proves on real or simulated bars that features and a model do not know the future. */
import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import type { LookAheadMarket, LookAheadResult } from '../backtest/lookahead.ts';
import { loadConfig } from '../config/load-config.ts';
import { closest } from '../config/suggest.ts';
import type { LookAheadFault } from '../domain/features/look-ahead.ts';
import { type FeatureSpec, PACK_SPEC, parseFeatureSpec, warmupBarsOf } from '../domain/features/spec.ts';
import type { UserFeature } from '../domain/features/user-feature.ts';
import type { Instrument } from '../domain/instrument.ts';
import { INSTRUMENTS, makeInstrument } from '../domain/instruments.ts';
import { type Bar, TIMEFRAMES, type Timeframe, timeframeMs } from '../domain/market.ts';
import { unixMs } from '../domain/units.ts';
import type { LoadedModel } from '../inference/read-model.ts';
import { CliError, EXIT } from './exit-codes.ts';
import { counted } from './text.ts';

interface Flags {
  readonly config: string;
  readonly data?: string;
  readonly symbol?: string;
  readonly timeframe?: string;
  readonly model?: string;
  readonly features?: string;
  readonly cuts: number;
  readonly bars: number;
  readonly seed: string;
  readonly json?: boolean;
}

export function registerCheckLookahead(program: Command): void {
  program
    .command('check-lookahead')
    .description('prove that features and a model do not know the future; exit code 6 where they do')
    .option('--config <path>', 'configuration file, for symbols that are not built in', 'config.yaml')
    .option('--data <file>', 'candles of --symbol (default: simulated ones)')
    .option(
      '--symbol <name>',
      "whose candles, or of what kind the simulated ones are (default: the model's, or EURUSD)",
    )
    .option('--timeframe <tf>', "their timeframe (default: the model's, or M5)")
    .option('--model <folder>', 'check the features of this model, and what it answers')
    .option('--features <folder>', 'check the feature files of this folder as well')
    .option('--cuts <n>', 'bars at which the future is cut off', whole, 40)
    .option('--bars <n>', 'the latest so many bars, beside the warm-up', whole, 2000)
    .option('--seed <text>', 'of the cuts and of the simulated market', '1')
    .option('--json', 'as JSON')
    .action(checkLookahead);
}

function whole(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number above 0');
}

interface Checked {
  readonly model: LoadedModel | undefined;
  readonly spec: FeatureSpec;
  readonly symbol: string;
  readonly timeframe: Timeframe;
}

async function checkLookahead(flags: Flags): Promise<void> {
  const user = await userFeaturesOf(flags);
  const checked = await whatToCheck(flags, user);
  const { symbol, timeframe, spec, model } = checked;
  const count = flags.bars + warmupBarsOf(spec, timeframeMs(timeframe));
  const market = await marketOf(flags, symbol, timeframe, count);
  const others = await othersOf(flags, checked, count);
  const { proveNoLookAhead } = await import('../backtest/lookahead.ts');
  const result = await proveNoLookAhead({
    ...market,
    timeframeMs: timeframeMs(timeframe),
    spec,
    regimeModel: model?.passport.regimes,
    others,
    model,
    cuts: flags.cuts,
    seed: flags.seed,
  }).catch(asUnfit);
  const { rows, ...facts } = result;
  process.stdout.write(
    flags.json === true ? `${JSON.stringify(facts, null, 2)}\n` : reportText(flags, checked, result),
  );
  const fault = faultOf(result);
  if (fault !== undefined) throw new CliError(EXIT.unfit, fault);
}

/** Too few bars to compare anything prove nothing. */
function asUnfit(error: unknown): never {
  if (error instanceof RangeError) throw new CliError(EXIT.unfit, `${error.message}: give more with --data, or --bars`);
  throw error;
}

async function userFeaturesOf({ features, seed }: Flags): Promise<ReadonlyMap<string, UserFeature>> {
  if (features === undefined) return new Map();
  const { loadUserFeatures } = await import('../inference/feature-sdk.ts');
  const { featureProbe } = await import('../market/feature-probe.ts');
  return loadUserFeatures(features, featureProbe(seed));
}

/** With no model, the pack and every feature of the folder. */
async function whatToCheck(flags: Flags, user: ReadonlyMap<string, UserFeature>): Promise<Checked> {
  const model = flags.model === undefined ? undefined : await readModel(flags.model, user);
  const training = model?.passport.training;
  const timeframe = flags.timeframe ?? training?.timeframe ?? 'M5';
  if (!Object.hasOwn(TIMEFRAMES, timeframe)) {
    throw new CliError(EXIT.usage, `--timeframe ${timeframe}: expected one of ${Object.keys(TIMEFRAMES).join(', ')}`);
  }
  const names = model?.passport.features.names ?? [
    ...PACK_SPEC.names,
    ...[...user.keys()].map((name) => `user.${name}`),
  ];
  return {
    model,
    spec: parseFeatureSpec(names, { user, nearest: closest, timeframe: timeframe as Timeframe }),
    symbol: flags.symbol ?? training?.symbols[0] ?? 'EURUSD',
    timeframe: timeframe as Timeframe,
  };
}

async function readModel(folder: string, user: ReadonlyMap<string, UserFeature>): Promise<LoadedModel> {
  const [{ loadModel }, { servingFolder }] = await Promise.all([
    import('../inference/load-model.ts'),
    import('../inference/registry/model-home.ts'),
  ]);
  return loadModel(await servingFolder(folder), { user });
}

function instrumentOf({ config: file }: Flags, symbol: string): Instrument {
  const configured = existsSync(file) ? loadConfig(file).trading.symbols : [];
  const found = configured.find(({ instrument }) => instrument.symbol === symbol);
  if (found !== undefined) return found.instrument;
  const spec = Object.hasOwn(INSTRUMENTS, symbol) ? INSTRUMENTS[symbol] : undefined;
  if (spec !== undefined) return makeInstrument(spec);
  const near = closest(symbol, Object.keys(INSTRUMENTS));
  const hint = near === undefined ? `name it in ${file}` : `did you mean ${near}?`;
  throw new CliError(EXIT.usage, `--symbol ${symbol}: neither built in nor configured; ${hint}`);
}

const SIMULATED_FROM = unixMs(Date.UTC(2026, 0, 5));

async function marketOf(flags: Flags, symbol: string, timeframe: Timeframe, count: number): Promise<LookAheadMarket> {
  const instrument = instrumentOf(flags, symbol);
  if (flags.data === undefined) return { instrument, bars: await simulated(instrument, timeframe, flags.seed, count) };
  const { readCandleFile } = await import('../market/candle-file.ts');
  const candles = readCandleFile({ path: flags.data, instrument, timeframe, defaultSpreadPoints: 0 });
  const first = Math.max(0, candles.length - count);
  return { instrument, bars: Array.from({ length: candles.length - first }, (_, i) => candles.barAt(first + i)) };
}

async function simulated(instrument: Instrument, timeframe: Timeframe, seed: string, count: number): Promise<Bar[]> {
  const { simulateBars } = await import('../market/simulator.ts');
  const candles = simulateBars(instrument, timeframe, seed, count, SIMULATED_FROM);
  return Array.from({ length: candles.length }, (_, i) => candles.barAt(i));
}

async function othersOf(
  flags: Flags,
  { spec, timeframe }: Checked,
  count: number,
): Promise<Map<string, LookAheadMarket>> {
  const symbols = new Set(spec.columns.flatMap((column) => (column.kind === 'own' ? [] : [column.symbol])));
  if (symbols.size > 0 && flags.data !== undefined) {
    const looksAt = [...symbols].join(', ');
    throw new CliError(EXIT.usage, `the model looks at ${looksAt}, whose bars --data does not hold: leave --data out`);
  }
  const markets = new Map<string, LookAheadMarket>();
  for (const symbol of symbols) markets.set(symbol, await marketOf(flags, symbol, timeframe, count));
  return markets;
}

function faultOf({ fault, predictions }: LookAheadResult): string | undefined {
  if (fault !== undefined) return faultWords(fault);
  if (predictions?.agree !== false) return undefined;
  return `The model answers rows differently in a batch and one by one, by up to ${predictions.largestDifference}.`;
}

function faultWords({ kind, feature, bar, value, other }: LookAheadFault): string {
  const at = `${bar.symbol}, bar closed at ${new Date(bar.closeAt).toISOString()}`;
  return kind === 'future'
    ? `LOOK-AHEAD: ${feature} (${at}) is ${value} when later bars are there and ${other} when they are not.`
    : `NOT WARM: ${feature} (${at}) is ${value} after the whole history and ${other} after the warm-up alone.`;
}

function reportText(flags: Flags, { model, spec, symbol, timeframe }: Checked, result: LookAheadResult): string {
  const { bars, cuts, valuesCompared, fault, predictions, warmupBars } = result;
  const source = flags.data ?? `simulated, seed ${flags.seed}`;
  const lines = [
    `${model?.id ?? 'The feature pack v1'}: ${counted(spec.names.length, 'feature')} over ${bars} bars of ${symbol} ${timeframe} (${source})`,
    `  future cut off   at ${counted(cuts, 'bar')}: ${valuesCompared} values and the regimes ${fault?.kind === 'future' ? 'compared before the first difference' : 'are the same bit for bit'}`,
  ];
  if (fault?.kind !== 'future') lines.push(...startLines(result, warmupBars));
  if (predictions !== undefined) {
    const { rows, largestDifference } = predictions;
    lines.push(
      `  predictions      ${counted(rows, 'row')} in a batch and one by one: largest difference ${largestDifference.toExponential(1)}`,
    );
  }
  return `${lines.join('\n')}\n${faultOf(result) === undefined ? 'No look-ahead found.\n' : ''}`;
}

function startLines(
  { starts, startValuesCompared, largestStartDifference, regimesDiffering }: LookAheadResult,
  warmupBars: number,
): string[] {
  const { feature, inSpreads } = largestStartDifference;
  const largest =
    inSpreads === 0 ? 'none differs' : `largest difference ${inSpreads.toExponential(1)} deviations (${feature})`;
  return [
    `  begun later      ${counted(starts, 'time')}, ${warmupBars} bars before: ${startValuesCompared} values, ${largest}; allowed 1e-6`,
    `  regimes          ${regimesDiffering} of ${starts} have another name after a later start`,
  ];
}

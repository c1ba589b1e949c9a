/** `servo backtest`: runs the test, prints what came of it, and writes the report where one is wanted. */
import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { backtest, type Timings } from '../backtest/backtest.ts';
import type { BacktestWishes, ModelFeatures } from '../backtest/open-backtest.ts';
import { type BacktestReport, reportOf } from '../backtest/report/report.ts';
import { type BacktestOverrides, withBacktestOverrides } from '../config/backtest-overrides.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { formatUtc } from '../domain/calendar.ts';
import { isTimeframe, TIMEFRAMES } from '../domain/market.ts';
import { messageOf } from '../servo/error-budget.ts';
import { VERSION } from '../version.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';

export interface BacktestCommand {
  readonly configFile: string;
  readonly overrides: BacktestOverrides;
  readonly wishes: Omit<BacktestWishes, 'detail' | 'cacheFolder'> & {
    readonly detail: { readonly path: string; readonly timeframe: string } | undefined;
  };
  /** The account's own costs in place of the configured ones. */
  readonly ownCosts: boolean;
  /** Candles and measures are kept from test to test. */
  readonly cache: boolean;
  readonly reportFile: string | undefined;
  readonly json: boolean;
}

export async function runBacktestCommand(command: BacktestCommand): Promise<ExitCode> {
  const { overrides, wishes, cache, ...output } = command;
  refuseEmptySpan(wishes);
  const config = await configOf(command, withBacktestOverrides(loadConfig(command.configFile), overrides));
  const { detail, ...asGiven } = wishes;
  const others = { ...asGiven, cacheFolder: cache ? cacheFolderOf(config) : undefined };
  if (detail === undefined) return backtestAndReport(config, others, output);
  const { path, timeframe } = detail;
  if (!isTimeframe(timeframe)) {
    throw new CliError(
      EXIT.usage,
      `--detail-timeframe: "${timeframe}" is none of ${Object.keys(TIMEFRAMES).join(', ')}`,
    );
  }
  return backtestAndReport(config, { ...others, detail: { path, timeframe } }, output);
}

function refuseEmptySpan({ from, to }: BacktestCommand['wishes']): void {
  if (from === undefined || to === undefined || from < to) return;
  throw new CliError(EXIT.usage, `--from ${formatUtc(from)} is not before --to ${formatUtc(to)}`);
}

async function configOf({ ownCosts }: BacktestCommand, config: Config): Promise<Config> {
  if (!ownCosts) return config;
  const costs = await import('./costs.ts');
  return costs.withOwnCosts(config, await costs.ownCosts(config));
}

export interface BacktestOutput {
  readonly reportFile: string | undefined;
  readonly json: boolean;
}

/** Where a configuration keeps what its tests have measured. */
export const cacheFolderOf = ({ app }: Config): string => join(app.dataDir, 'cache', 'backtest');

export async function backtestAndReport(
  config: Config,
  wishes: BacktestWishes,
  { reportFile, json }: BacktestOutput,
): Promise<ExitCode> {
  if (config.feed.type !== 'replay') throw new CliError(EXIT.usage, NO_CANDLES);
  if (reportFile !== undefined) refuseUnwritable(reportFile);
  const features = wishes.signal === undefined ? await modelFeatures(config) : undefined;
  const { result, band, horizonBars, timings, kept } = await backtest(config, { ...wishes, features }, VERSION).catch(
    (error: unknown) => {
      throw error instanceof RangeError ? new CliError(EXIT.usage, error.message) : error;
    },
  );
  const reportingFrom = performance.now();
  const report = reportOf(result, { ...(band && { band }), ...(horizonBars !== undefined && { horizonBars }) });
  const reporting = performance.now() - reportingFrom;
  process.stdout.write(`${await (json ? jsonOf(report) : textOf(report))}\n`);
  if (reportFile !== undefined) await writePage(reportFile, report);
  if (json) return EXIT.ok;
  process.stdout.write(`\n  ${speedLine(result.bars, timings, reporting, kept)}\n`);
  if (reportFile !== undefined) process.stdout.write(`  The whole report: ${reportFile}\n`);
  return EXIT.ok;
}

export async function modelFeatures(config: Config): Promise<ModelFeatures> {
  const { featureSpecsOf, knownFeaturesOf } = await import('../feature-specs.ts');
  return { known: await knownFeaturesOf(config), bySymbol: await featureSpecsOf(config) };
}

/** Before the work, not after it. */
function refuseUnwritable(file: string): void {
  const folder = dirname(resolve(file));
  const refuse = (why: string) => new CliError(EXIT.missing, `--report ${file} cannot be written: ${why}`);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw refuse('it is a folder; name a file in it');
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw refuse(`there is no folder ${folder}`);
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw refuse(messageOf(error));
  }
}

async function textOf(report: BacktestReport): Promise<string> {
  const { backtestText } = await import('./backtest-text.ts');
  return backtestText(report);
}

async function jsonOf(report: BacktestReport): Promise<string> {
  const { jsonReport } = await import('../backtest/report/json-report.ts');
  return JSON.stringify(jsonReport(report), null, 2);
}

async function writePage(file: string, report: BacktestReport): Promise<void> {
  const { htmlReport } = await import('../backtest/report/html-report.ts');
  writeFileSync(file, htmlReport(report));
}

const NO_CANDLES =
  'A backtest needs candles: --data FILE --symbol NAME --timeframe TF, or feed.type replay with its files in the configuration.';

/** The process had to start before: that is shown apart, because it does not grow with the bars. */
function speedLine(bars: number, { opening, measuring, trading }: Timings, reporting: number, kept: boolean): string {
  const total = opening + measuring + trading + reporting;
  const parts = [
    `opening ${ms(opening)}`,
    `${kept ? 'measures, kept from before,' : 'measuring'} ${ms(measuring)}`,
    `trading ${ms(trading)}`,
    `figures ${ms(reporting)}`,
  ];
  const pace = Math.round((1_000 * bars) / total).toLocaleString('en-US');
  return `${bars.toLocaleString('en-US')} bars in ${ms(total)} (${parts.join(', ')}): ${pace} bars/s; start-up ${ms(performance.now() - total)} before`;
}

const ms = (value: number): string => `${Math.round(value).toLocaleString('en-US')} ms`;

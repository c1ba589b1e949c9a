/** What the commands of `servo data` do, once they are called. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { closest } from '../config/suggest.ts';
import type { AssetClass } from '../domain/instrument.ts';
import { INSTRUMENTS } from '../domain/instruments.ts';
import { TIMEFRAMES, type Timeframe, timeframeMs } from '../domain/market.ts';
import { UnitError } from '../domain/units.ts';
import { CandleFileError } from '../market/candle-file-error.ts';
import { type FileClock, fileClock } from '../market/file-clock.ts';
import { readForeign } from '../market/import/read-foreign.ts';
import { isColumnFile } from '../market/library/column-file.ts';
import { entryPath, keep, listLibrary, rowsOf } from '../market/library/library.ts';
import type { Merge } from '../market/library/merge.ts';
import { type Recording, readRecording } from '../market/library/recording.ts';
import { qualityOf, tickQualityOf } from '../market/quality/quality.ts';
import { gravest, type QualityReport } from '../market/quality/report.ts';
import { clockNamed } from '../market/quality/week-opening.ts';
import type { CheckFlags, ImportFlags, LibraryFlags } from './data-flags.ts';
import { libraryText, qualityText } from './data-text.ts';
import { CliError, EXIT } from './exit-codes.ts';
import { counted } from './text.ts';

export function importData(file: string, flags: ImportFlags): void {
  const timeframe = flags.timeframe === undefined ? undefined : timeframeOf(flags.timeframe);
  const clock = flags.clock === undefined ? undefined : clockOf(flags.clock);
  const { symbol, kind } = flags;
  const digits = flags.digits === undefined ? undefined : digitsOf(flags.digits);
  const { recording, format } = readForeign({ path: file, symbol, timeframe, clock, kind, digits });
  const path = resolve(flags.out ?? entryPath(libraryOf(flags), symbol, recording.about.timeframe));
  const merge = keep(path, recording, flags.replace === true);
  const report = refuseContradiction(path, merge);
  const quality = qualityOfRecording(report.recording, flags);
  if (flags.json === true) {
    print({ path, format, added: report.added, repeated: report.repeated, quality });
    return;
  }
  const rows = counted(rowsOf(recording), recording.kind === 'candles' ? 'candle' : 'tick');
  const known = `${report.added} new, ${report.repeated} known already`;
  print(`${rows} read (${format}, clock ${recording.about.clock}): ${known}\n${path}\n\n${qualityText(quality)}`);
}

export function listData(flags: LibraryFlags): void {
  const folder = libraryOf(flags);
  const entries = listLibrary(folder).map(({ path, header }) => {
    const { verdict } = qualityOfRecording(readRecording(path), flags);
    return { path, ...header, verdict };
  });
  if (flags.json === true) print(entries);
  else if (entries.length > 0) print(libraryText(entries));
  else print(emptyLibrary(folder));
}

const emptyLibrary = (folder: string): string =>
  `The library ${folder} is empty. Fill it: servo data import, servo data download.`;

/** One bad market is enough to end with the code for data that is unfit. */
export function checkData(what: string | undefined, flags: CheckFlags): void {
  const reports = recordingsOf(what, flags).map((read) => judged(read, flags));
  if (flags.json === true) print(reports.length === 1 ? reports[0] : reports);
  else print(reports.map(qualityText).join('\n\n'));
  if (gravest(reports) === 'block') process.exitCode = EXIT.unfit;
}

interface Unread {
  readonly symbol: string;
  readonly timeframe: string;
  read(): Recording;
}

function recordingsOf(what: string | undefined, flags: CheckFlags): Unread[] {
  if (what !== undefined && existsSync(what)) return [isColumnFile(what) ? stored(what) : foreign(what, flags)];
  const folder = libraryOf(flags);
  const all = listLibrary(folder).map(({ path, header }) => ({ path, header }));
  const wanted = all.filter(
    ({ header }) =>
      (what === undefined || header.symbol === what) &&
      (flags.timeframe === undefined || header.timeframe === flags.timeframe),
  );
  if (wanted.length > 0) return wanted.map(({ path }) => stored(path));
  if (all.length === 0 && what === undefined) throw new CliError(EXIT.missing, emptyLibrary(folder));
  const near =
    what === undefined
      ? undefined
      : closest(
          what,
          all.map(({ header }) => header.symbol),
        );
  const hint = near === undefined ? 'see servo data list' : `did you mean ${near}?`;
  throw new CliError(EXIT.missing, `${what ?? 'Nothing'} is neither a file nor in the library ${folder}; ${hint}`);
}

function stored(path: string): Unread {
  return { symbol: path, timeframe: '', read: () => readRecording(path) };
}

function foreign(path: string, flags: CheckFlags): Unread {
  const { symbol } = flags;
  if (symbol === undefined) {
    throw new CliError(EXIT.usage, `${path} does not say its symbol; give --symbol and, for candles, --timeframe.`);
  }
  const timeframe = flags.timeframe === undefined ? undefined : timeframeOf(flags.timeframe);
  const clock = flags.clock === undefined ? undefined : clockOf(flags.clock);
  const file = { path, symbol, timeframe, clock, kind: undefined, digits: undefined };
  return { symbol, timeframe: timeframe ?? 'ticks', read: () => readForeign(file).recording };
}

/** A file that cannot be read is a file that cannot be used. */
function judged({ symbol, timeframe, read }: Unread, flags: CheckFlags): QualityReport {
  try {
    return qualityOfRecording(read(), flags);
  } catch (error) {
    if (!(error instanceof CandleFileError)) throw error;
    const findings = error.faults.map((text) => ({ kind: 'file' as const, verdict: 'block' as const, text }));
    return { symbol, timeframe, rows: 0, from: null, to: null, verdict: 'block', findings, gaps: [] };
  }
}

export function qualityOfRecording(recording: Recording, flags: LibraryFlags): QualityReport {
  const { symbol, clock } = recording.about;
  if (recording.kind === 'ticks') return tickQualityOf(symbol, recording.ticks);
  return qualityOf(recording.candles, { assetClass: assetClassOf(symbol, flags) }, clockNamed(clock));
}

/** Of the configuration's contract or the built-in one; `undefined` for a symbol that nobody described. */
function assetClassOf(symbol: string, flags: LibraryFlags): AssetClass | undefined {
  const configured = configOf(flags)?.trading.symbols.find(({ instrument }) => instrument.symbol === symbol);
  return configured?.instrument.assetClass ?? INSTRUMENTS[symbol]?.assetClass;
}

export function libraryOf(flags: LibraryFlags): string {
  if (flags.library !== undefined) return resolve(flags.library);
  return join((configOf(flags) ?? loadConfig(flags.config)).app.dataDir, 'market');
}

const configs = new Map<string, Config | undefined>();

/** With a library of its own, a command needs no configuration. */
function configOf({ config, library }: LibraryFlags): Config | undefined {
  if (!configs.has(config))
    configs.set(config, existsSync(config) || library === undefined ? loadConfig(config) : undefined);
  return configs.get(config);
}

export function refuseContradiction(path: string, merge: Merge): Extract<Merge, { kind: 'merged' }> {
  if (merge.kind === 'merged') return merge;
  const more = merge.count - merge.differences.length;
  throw new CliError(
    EXIT.refused,
    [
      `Nothing was written: ${path} says otherwise (library first, file second):`,
      ...merge.differences.map((difference) => `  ${difference}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
      'Is the clock right, is it the same source? Keep it apart by --library, or give --replace on import to drop what is there.',
    ].join('\n'),
  );
}

export function timeframeOf(text: string): Timeframe {
  const name = text.toUpperCase();
  if (Object.hasOwn(TIMEFRAMES, name)) return name as Timeframe;
  throw new CliError(EXIT.usage, `${text} is no timeframe; there are ${Object.keys(TIMEFRAMES).join(', ')}.`);
}

export const lastCloseOf = (header: { readonly last: string; readonly timeframe: Timeframe | 'ticks' }): number =>
  Date.parse(header.last) + (header.timeframe === 'ticks' ? 0 : timeframeMs(header.timeframe));

function clockOf(text: string): FileClock {
  try {
    return fileClock(text);
  } catch (error) {
    if (error instanceof UnitError) throw new CliError(EXIT.usage, error.message);
    throw error;
  }
}

function digitsOf(text: string): number {
  if (/^[0-9]$/.test(text)) return Number(text);
  throw new CliError(EXIT.usage, `--digits is ${text}; it is a count from 0 to 9, e.g. 5 for EURUSD.`);
}

export function print(value: unknown): void {
  process.stdout.write(`${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}\n`);
}

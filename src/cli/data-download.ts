/** `servo data download`: a source, a period, a bar that moves. */
import { existsSync } from 'node:fs';
import cliProgress from 'cli-progress';
import { ccxtSource } from '../market/download/ccxt-source.ts';
import { type DownloadProgress, download } from '../market/download/download.ts';
import { DownloadError } from '../market/download/download-error.ts';
import { dukascopySource } from '../market/download/dukascopy.ts';
import type { MarketSource } from '../market/download/market-source.ts';
import { PATIENCE } from '../market/download/patient-fetch.ts';
import { entryPath } from '../market/library/library.ts';
import { readRecordingHeader } from '../market/library/recording.ts';
import {
  lastCloseOf,
  libraryOf,
  print,
  qualityOfRecording,
  refuseContradiction,
  timeframeOf,
} from './data-commands.ts';
import type { DownloadFlags } from './data-flags.ts';
import { qualityText } from './data-text.ts';
import { CliError, EXIT } from './exit-codes.ts';
import { counted } from './text.ts';

export async function downloadData(flags: DownloadFlags): Promise<void> {
  const timeframe = flags.timeframe === 'ticks' ? 'ticks' : timeframeOf(flags.timeframe);
  const { symbol } = flags;
  const library = libraryOf(flags);
  const now = Date.now();
  const from =
    flags.from === undefined ? libraryEnd(entryPath(library, symbol, timeframe)) : dateOf('--from', flags.from);
  const to = flags.to === undefined ? now : dateOf('--to', flags.to);
  if (!(from < to)) throw new CliError(EXIT.usage, 'Nothing to download: --from is not before --to.');
  const bar = progressBar(`${symbol} ${timeframe}`, flags.json === true);
  try {
    const source = await sourceOf(flags);
    const outcome = await download({ library, source, symbol, timeframe, from, to, now, onProgress: bar.show });
    bar.stop();
    if (outcome.merge === undefined) {
      throw new CliError(
        EXIT.missing,
        `${source.name} has nothing of ${symbol} ${timeframe} in that time; nothing was written.`,
      );
    }
    const { recording, added, repeated } = refuseContradiction(outcome.path, outcome.merge);
    const quality = qualityOfRecording(recording, flags);
    const summary = { path: outcome.path, rows: outcome.rows, added, repeated, quality };
    if (flags.json === true) print(summary);
    else {
      const known = `${added} new, ${repeated} known already`;
      print(
        `${counted(outcome.rows, 'row')} from ${source.name}: ${known}\n${outcome.path}\n\n${qualityText(quality)}`,
      );
    }
  } catch (error) {
    bar.stop();
    if (error instanceof DownloadError) throw new CliError(EXIT.missing, error.message);
    throw error;
  }
}

function sourceOf({ source, symbol, market, baseUrl, attempts }: DownloadFlags): Promise<MarketSource> {
  if (!/^[1-9]\d?$/.test(attempts))
    throw new CliError(EXIT.usage, `--attempts is ${attempts}; it is a count from 1 to 99.`);
  const patience = { ...PATIENCE, attempts: Number(attempts) };
  const options = { symbol, market, baseUrl, patience };
  if (source === 'dukascopy') return dukascopySource(options);
  const [, exchange] = /^ccxt:([a-z0-9]+)$/.exec(source) ?? [];
  if (exchange !== undefined) return ccxtSource({ ...options, exchange });
  throw new CliError(EXIT.usage, `${source} is no source; there are dukascopy and ccxt:<exchange>, e.g. ccxt:binance.`);
}

function libraryEnd(path: string): number {
  if (existsSync(path)) return lastCloseOf(readRecordingHeader(path));
  throw new CliError(EXIT.usage, 'The library has nothing of this market yet: give --from, e.g. --from 2024-01-01.');
}

function dateOf(option: string, text: string): number {
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new CliError(EXIT.usage, `${option} is ${text}; write a day of UTC like 2024-01-31.`);
}

interface ProgressDisplay {
  readonly show: (progress: DownloadProgress) => void;
  stop(): void;
}

/** A bar on a terminal, now and then a line elsewhere; on standard error, so that the report can be piped. */
function progressBar(what: string, quiet: boolean): ProgressDisplay {
  if (process.stderr.isTTY !== true) return { show: quiet ? () => {} : lines(what), stop: () => {} };
  const format = `${what} {bar} {value} of {total} parts · {period} · {rows} rows · {eta_formatted} left`;
  const bar = new cliProgress.SingleBar(
    { format, hideCursor: true, stream: process.stderr },
    cliProgress.Presets.shades_classic,
  );
  let started = false;
  return {
    show: ({ done, total, period, rows }) => {
      if (!started) bar.start(total, 0, { period, rows });
      started = true;
      bar.update(done, { period, rows });
    },
    stop: () => bar.stop(),
  };
}

const LINES = 20;

function lines(what: string): ProgressDisplay['show'] {
  return ({ done, total, resumed, period, rows }) => {
    if (done !== total && done % Math.ceil(total / LINES) !== 0) return;
    const known = resumed === 0 ? '' : `, ${resumed} of them from before`;
    process.stderr.write(`${what}: ${done} of ${total} parts${known} · ${period} · ${rows} rows\n`);
  };
}

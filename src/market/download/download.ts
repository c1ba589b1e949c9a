/** Downloads a market period by period. What has arrived is kept on disk at once, so that an interrupted download goes on where it stopped. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Timeframe } from '../../domain/market.ts';
import { candlesOf } from '../candles.ts';
import { entryPath, keep, rowsOf } from '../library/library.ts';
import { type Merge, mergeRecordings } from '../library/merge.ts';
import {
  pointsColumn,
  type Recording,
  type RecordingAbout,
  readRecording,
  writeRecording,
} from '../library/recording.ts';
import { DownloadError } from './download-error.ts';
import { type CandleRow, type MarketSource, type Period, periodsBetween, type TickRow } from './market-source.ts';

/** Archives need a while until a day is whole. */
const SETTLING_MS = 3 * 3_600_000;

export interface DownloadOrder {
  readonly library: string;
  readonly source: MarketSource;
  readonly symbol: string;
  readonly timeframe: Timeframe | 'ticks';
  /** Unix ms; whole periods are fetched, rows outside are left out. */
  readonly from: number;
  readonly to: number;
  readonly now: number;
  readonly onProgress: (progress: DownloadProgress) => void;
}

export interface DownloadProgress {
  readonly done: number;
  readonly total: number;
  /** Periods that an earlier run had fetched. */
  readonly resumed: number;
  readonly period: string;
  readonly rows: number;
}

export interface DownloadOutcome {
  readonly path: string;
  /** `undefined` where the source had nothing. */
  readonly merge: Merge | undefined;
  readonly rows: number;
}

/** Throws a `DownloadError`; what was fetched until then is used by the next call of the same order. */
export async function download(order: DownloadOrder): Promise<DownloadOutcome> {
  const { source, timeframe, symbol, library, from, to, now, onProgress } = order;
  const path = entryPath(library, symbol, timeframe);
  const parts = join(library, 'partial', `${source.name.replace(':', '-')}_${encodeURIComponent(symbol)}_${timeframe}`);
  const periods = periodsBetween(from, Math.min(to, now), source.periodLength(timeframe));
  const recordings: Recording[] = [];
  let [resumed, rows] = [0, 0];
  for (const [index, period] of periods.entries()) {
    const part = entryPath(parts, period.name, timeframe);
    const known = existsSync(part);
    const recording = known ? readRecording(part) : await fetchPeriod(order, period, index, periods.length);
    // A period that still goes on, or whose last rows may be on their way, is fetched anew each time.
    if (!known && period.to + SETTLING_MS <= now) writeRecording(part, recording);
    const wanted = between(recording, from, to);
    if (rowsOf(wanted) > 0) recordings.push(wanted);
    if (known) resumed += 1;
    rows += rowsOf(wanted);
    onProgress({ done: index + 1, total: periods.length, resumed, period: period.name, rows });
  }
  const whole = joined(recordings);
  const merge = whole === undefined ? undefined : keep(path, whole);
  if (merge?.kind !== 'contradiction') rmSync(parts, { recursive: true, force: true });
  return { path, merge, rows };
}

async function fetchPeriod(order: DownloadOrder, period: Period, index: number, total: number): Promise<Recording> {
  const { source, timeframe, symbol, now } = order;
  const about = { symbol, clock: 'UTC', sources: [{ name: source.name, sha256: null }] };
  try {
    if (timeframe !== 'ticks') {
      const rows = await source.candles(timeframe, period, now);
      return candleRecording({ ...about, timeframe }, rows, source.hasSpread);
    }
    if (source.ticks === undefined) throw new DownloadError(`${source.name} has no ticks; ask for a timeframe`);
    return tickRecording(about, await source.ticks(period, now));
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    throw new DownloadError(
      `${error.message}\n${index} of ${total} parts are kept; the same command goes on from there.`,
    );
  }
}

function candleRecording(
  about: Omit<RecordingAbout, 'digits' | 'timeframe'> & { readonly timeframe: Timeframe },
  rows: readonly CandleRow[],
  hasSpread: boolean,
): Recording {
  const digits = Math.max(
    0,
    ...rows.map(({ open, high, low, close }) => Math.max(...[open, high, low, close].map(decimalsOf))),
  );
  const points = (priceOf: (row: CandleRow) => number) =>
    pointsColumn(
      Float64Array.from(rows, (row) => Math.round(priceOf(row) * 10 ** digits)),
      { symbol: about.symbol, digits },
    );
  const columns = {
    openAt: Float64Array.from(rows, ({ openAt }) => openAt),
    open: points(({ open }) => open),
    high: points(({ high }) => high),
    low: points(({ low }) => low),
    close: points(({ close }) => close),
    spread: hasSpread ? points(({ spread }) => spread) : new Int32Array(rows.length),
    volume: Float64Array.from(rows, ({ volume }) => volume),
  };
  const { symbol, timeframe } = about;
  return {
    kind: 'candles',
    about: { ...about, digits },
    hasSpread,
    candles: candlesOf(symbol, timeframe, columns, rows.length),
  };
}

function tickRecording(about: Omit<RecordingAbout, 'digits' | 'timeframe'>, rows: readonly TickRow[]): Recording {
  const digits = rows.reduce((most, { bid, ask }) => Math.max(most, decimalsOf(bid), decimalsOf(ask)), 0);
  const points = (priceOf: (row: TickRow) => number) =>
    Int32Array.from(rows, (row) => Math.round(priceOf(row) * 10 ** digits));
  const ticks = {
    at: Float64Array.from(rows, ({ at }) => at),
    bid: points(({ bid }) => bid),
    ask: points(({ ask }) => ask),
  };
  return { kind: 'ticks', about: { ...about, timeframe: 'ticks', digits }, ticks };
}

/** Of the decimal that was meant: the ninth digit is as far as any market goes and before a double's noise. */
const decimalsOf = (value: number): number => value.toFixed(9).replace(/0+$/, '').split('.')[1]?.length ?? 0;

function between(recording: Recording, from: number, to: number): Recording {
  const times = recording.kind === 'candles' ? recording.candles.openAt : recording.ticks.at;
  const start = times.findIndex((at) => at >= from);
  const end = times.findLastIndex((at) => at < to) + 1;
  const cut = <T extends Float64Array | Int32Array>(values: T): T =>
    (start < 0 ? values.subarray(0, 0) : values.subarray(start, Math.max(start, end))) as T;
  if (recording.kind === 'ticks') {
    const { at, bid, ask } = recording.ticks;
    return { ...recording, ticks: { at: cut(at), bid: cut(bid), ask: cut(ask) } };
  }
  const { symbol, timeframe, openAt, open, high, low, close, spread, volume } = recording.candles;
  const columns = {
    openAt: cut(openAt),
    open: cut(open),
    high: cut(high),
    low: cut(low),
    close: cut(close),
    spread: cut(spread),
    volume: cut(volume),
  };
  return { ...recording, candles: candlesOf(symbol, timeframe, columns, columns.openAt.length) };
}

/** Neighbours two by two, so that no row is copied more often than there are rounds. */
function joined(recordings: readonly Recording[]): Recording | undefined {
  let round = [...recordings];
  while (round.length > 1) {
    round = round.flatMap((first, index) => {
      const second = round[index + 1];
      if (index % 2 === 1) return [];
      return [second === undefined ? first : joinTwo(first, second)];
    });
  }
  return round[0];
}

function joinTwo(first: Recording, second: Recording): Recording {
  const merge = mergeRecordings(first, second);
  if (merge.kind === 'merged') return merge.recording;
  throw new DownloadError(`the source contradicts itself: ${merge.differences.join('; ')}`);
}

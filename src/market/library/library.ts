/** The library of market data: a folder with one file for each symbol and timeframe. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Timeframe } from '../../domain/market.ts';
import { CandleFileError } from '../candle-file-error.ts';
import type { CandleGrid } from '../candle-scan.ts';
import type { Candles } from '../candles.ts';
import { type Merge, mergeRecordings } from './merge.ts';
import {
  candlesOnGrid,
  type Recording,
  type RecordingHeader,
  readRecording,
  readRecordingHeader,
  writeRecording,
} from './recording.ts';

const SUFFIX = '.columns';

interface LibraryEntry {
  readonly path: string;
  readonly header: RecordingHeader;
}

export const entryPath = (folder: string, symbol: string, timeframe: Timeframe | 'ticks'): string =>
  join(folder, `${encodeURIComponent(symbol)}_${timeframe}${SUFFIX}`);

/** By name; an empty list where there is no folder. */
export function listLibrary(folder: string): LibraryEntry[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
  return names.sort().map((name) => {
    const path = join(folder, name);
    return { path, header: readRecordingHeader(path) };
  });
}

/** Throws a `CandleFileError` where the library has no such candles. */
export function readLibrary(folder: string, grid: CandleGrid): Candles {
  const path = entryPath(folder, grid.instrument.symbol, grid.timeframe);
  if (!existsSync(path)) {
    const { instrument, timeframe } = grid;
    throw new CandleFileError([
      `${folder}: the library has no ${timeframe} candles of ${instrument.symbol}; see servo data list`,
    ]);
  }
  return readCandleRecording(path, grid);
}

export function readCandleRecording(path: string, grid: CandleGrid): Candles {
  const recording = readRecording(path);
  const { symbol, timeframe } = recording.about;
  const { instrument, timeframe: wanted } = grid;
  if (symbol !== instrument.symbol || timeframe !== wanted || recording.kind !== 'candles') {
    throw new CandleFileError([
      `${path}: it holds ${symbol} ${timeframe}, not ${instrument.symbol} ${wanted}; give the file of that market`,
    ]);
  }
  return candlesOnGrid(recording, grid);
}

/** Extends what the library has of the market, or writes nothing and says what contradicts; `replace` forgets what is there. */
export function keep(path: string, incoming: Recording, replace = false): Merge {
  const merge: Merge =
    existsSync(path) && !replace
      ? mergeRecordings(readRecording(path), incoming)
      : { kind: 'merged', recording: incoming, added: rowsOf(incoming), repeated: 0 };
  if (merge.kind === 'merged' && (merge.added > 0 || !existsSync(path))) writeRecording(path, merge.recording);
  return merge;
}

export const rowsOf = (recording: Recording): number =>
  recording.kind === 'candles' ? recording.candles.length : recording.ticks.at.length;

/** Reads candles from CSV, strictly: a file with a doubtful line is refused with its faults, never mended in silence. */
import type { Instrument } from '../domain/instrument.ts';
import type { Timeframe } from '../domain/market.ts';
import { CandleFileError, FaultList } from './candle-file-error.ts';
import { readHeader } from './candle-header.ts';
import { CandleRows } from './candle-rows.ts';
import { type Candles, candlesOf } from './candles.ts';
import { readTextFile } from './text-file.ts';

interface CandleFileOptions {
  readonly path: string;
  readonly instrument: Instrument;
  readonly timeframe: Timeframe;
  /** Stands in where the file has no spread column. */
  readonly defaultSpreadPoints: number;
}

/** Columns `time,open,high,low,close,volume[,spread]`: opening times in UTC, bid prices, spread in units of price. */
export function readCandleFile(options: CandleFileOptions): Candles {
  const { path, instrument, timeframe, defaultSpreadPoints } = options;
  const file = readTextFile(path);
  if (file.kind === 'fault') throw new CandleFileError([`${path}: ${file.message}`]);

  const faults = new FaultList(path);
  const lines = file.text.split('\n');
  const places = readHeader(lines[0] ?? '', faults);
  faults.throwIfAny();

  const rows = new CandleRows({ instrument, timeframe, defaultSpreadPoints, places, capacity: lines.length, faults });
  for (let i = 1; i < lines.length && !faults.isFull; i++) {
    const line = (lines[i] ?? '').trimEnd();
    if (line !== '') rows.read(line.split(','), i + 1);
  }
  if (faults.isEmpty) rows.checkWhole();
  faults.throwIfAny();
  return candlesOf(instrument.symbol, timeframe, rows.columns, rows.count);
}

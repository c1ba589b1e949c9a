/** Reads candles from CSV, strictly: a file with a doubtful line is refused with its faults, never mended in silence. */
import { FaultList } from './candle-file-error.ts';
import { readHeader } from './candle-header.ts';
import { CandleRows } from './candle-rows.ts';
import { type CandleGrid, type RowSource, scanCandles } from './candle-scan.ts';
import { type Candles, candlesOf } from './candles.ts';
import { readBytes, textOf } from './data-bytes.ts';
import { UTC_CLOCK } from './file-clock.ts';

interface CandleFileOptions extends CandleGrid {
  readonly path: string;
}

/** Columns `time,open,high,low,close,volume[,spread]`: opening times in UTC, bid prices, spread in units of price. */
export function readCandleFile({ path, ...grid }: CandleFileOptions): Candles {
  const bytes = readBytes(path);
  const faults = new FaultList(path);
  const { layout, start } = readHeader(bytes, faults);
  faults.throwIfAny();
  return readCandleRows(path, { bytes, start, layout, clock: UTC_CLOCK }, grid);
}

/** The plain way first; what does not go that way is read again cell by cell, which finds the words for it. */
export function readCandleRows(path: string, source: RowSource, grid: CandleGrid): Candles {
  return scanCandles(source, grid) ?? readSlowly(path, source, grid);
}

function readSlowly(path: string, { bytes, layout, clock }: RowSource, grid: CandleGrid): Candles {
  const faults = new FaultList(path);
  const lines = textOf(path, bytes).split('\n');
  const rows = new CandleRows({ ...grid, layout, clock, capacity: lines.length, faults });
  for (let i = layout.firstLine - 1; i < lines.length && !faults.isFull; i++) {
    const line = (lines[i] ?? '').trimEnd();
    if (line !== '') rows.read(line.split(layout.separator), i + 1);
  }
  if (faults.isEmpty) rows.checkWhole();
  faults.throwIfAny();
  return candlesOf(grid.instrument.symbol, grid.timeframe, rows.columns, rows.count);
}

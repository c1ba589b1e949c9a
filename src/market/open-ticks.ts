/** Quotes from a file, whichever kind it is: a file of the library or CSV with `time,bid,ask` in UTC. */
import type { Instrument } from '../domain/instrument.ts';
import { CandleFileError } from './candle-file-error.ts';
import { readBytes } from './data-bytes.ts';
import { UTC_CLOCK } from './file-clock.ts';
import { detectLayout } from './import/foreign-layout.ts';
import { isColumnFile } from './library/column-file.ts';
import { readRecording, readRecordingHeader, ticksOnGrid } from './library/recording.ts';
import { readTickRows } from './tick-file.ts';
import type { Ticks } from './ticks.ts';

/** Throws a `CandleFileError` on anything that is not sound quotes of that market. */
export function openTicks(path: string, instrument: Instrument): Ticks {
  if (isColumnFile(path)) {
    const recording = readRecording(path);
    if (recording.kind === 'ticks' && recording.about.symbol === instrument.symbol)
      return ticksOnGrid(recording, instrument);
    const { symbol, timeframe } = recording.about;
    throw new CandleFileError([
      `${path}: it holds ${symbol} ${timeframe}, not ${instrument.symbol} ticks; give the file of those`,
    ]);
  }
  const bytes = readBytes(path);
  const { kind, layout, start } = detectLayout(path, bytes);
  if (kind !== 'ticks')
    throw new CandleFileError([`${path}: it holds candles, not ticks; ticks have columns time,bid,ask`]);
  const saysUtc = layout.zulu || layout.cells.includes('epochMs') || layout.cells.includes('epochSeconds');
  if (!saysUtc)
    throw new CandleFileError([`${path}: its times do not say their clock; bring it in by servo data import`]);
  return readTickRows(path, { bytes, start, layout, clock: UTC_CLOCK }, instrument);
}

/** Quotes rather than candles. False also for what cannot be read: whoever reads on has the words for it. */
export function holdsTicks(path: string): boolean {
  try {
    if (isColumnFile(path)) return readRecordingHeader(path).timeframe === 'ticks';
    return detectLayout(path, readBytes(path)).kind === 'ticks';
  } catch {
    return false;
  }
}

/** Reads a file of other programs into a recording: its clock becomes UTC, its prices whole points. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Timeframe } from '../../domain/market.ts';
import { readCandleRows } from '../candle-file.ts';
import { CandleFileError } from '../candle-file-error.ts';
import { readBytesOfAnyText } from '../data-bytes.ts';
import { type FileClock, UTC_CLOCK } from '../file-clock.ts';
import { gridOf, type Recording } from '../library/recording.ts';
import { placeOf, type RowLayout } from '../row-layout.ts';
import { readTickRows } from '../tick-file.ts';
import { detectLayout, type ForeignLayout } from './foreign-layout.ts';

export interface ForeignFile {
  readonly path: string;
  readonly symbol: string;
  /** Needed for candles, meaningless for ticks. */
  readonly timeframe: Timeframe | undefined;
  /** `undefined`: the file must say UTC itself. */
  readonly clock: FileClock | undefined;
  readonly kind: 'candles' | 'ticks' | undefined;
  /** `undefined`: as many as the file's prices have. */
  readonly digits: number | undefined;
}

interface ForeignRecording {
  readonly recording: Recording;
  /** What the file was taken for, in words. */
  readonly format: string;
}

/** Throws a `CandleFileError` on a file with any doubtful line. */
export function readForeign(file: ForeignFile): ForeignRecording {
  const { path, symbol, kind } = file;
  const bytes = readBytesOfAnyText(path);
  const found = detectLayout(path, bytes);
  if (kind !== undefined && kind !== found.kind)
    throw fault(path, `the file holds ${found.kind}, not ${kind}; give --kind ${found.kind}`);
  const clock = clockOf(file, found.layout);
  const digitsOfFile = digitsOf(bytes, found);
  const digits = file.digits ?? digitsOfFile;
  const layout = { ...found.layout, spreadDigits: found.spreadInPoints ? digitsOfFile : 0 };
  const instrument = gridOf(symbol, digits);
  const source = { bytes, start: found.start, layout, clock };
  const sources = [{ name: basename(path), sha256: createHash('sha256').update(readFileSync(path)).digest('hex') }];
  const about = { symbol, digits, clock: clock.name, sources };
  if (found.kind === 'ticks') {
    const ticks = readTickRows(path, source, instrument);
    return { recording: { kind: 'ticks', about: { ...about, timeframe: 'ticks' }, ticks }, format: found.format };
  }
  const { timeframe } = file;
  if (timeframe === undefined) throw fault(path, 'the file holds candles; give their --timeframe');
  const candles = readCandleRows(path, source, { instrument, timeframe, defaultSpreadPoints: 0 });
  const hasSpread = placeOf(layout, 'spread') >= 0;
  return { recording: { kind: 'candles', about: { ...about, timeframe }, candles, hasSpread }, format: found.format };
}

/** A guess would move every bar by hours, so there is none. Who gives a clock knows better than a Z in the file: some are wrong. */
function clockOf({ path, clock }: ForeignFile, { zulu, cells }: RowLayout): FileClock {
  if (clock !== undefined) return clock;
  if (zulu || cells.includes('epochSeconds') || cells.includes('epochMs')) return UTC_CLOCK;
  throw fault(
    path,
    'its times do not say their clock; give --clock "America/New_York+7h" (most MetaTrader brokers), another zone, or UTC',
  );
}

/** The most that any price of the file has: a zero at the end is often left out. */
function digitsOf(bytes: Buffer, { layout, start }: ForeignLayout): number {
  const names = ['open', 'high', 'low', 'close', 'bid', 'ask'] as const;
  const places = names.map((name) => placeOf(layout, name)).filter((place) => place >= 0);
  const separator = layout.separator.charCodeAt(0);
  let [most, column, pointAt] = [0, 0, -1];
  for (let at = start; at <= bytes.length; at++) {
    const byte = bytes[at] ?? 0x0a;
    if (byte === 0x2e) pointAt = at;
    if (byte !== separator && byte !== 0x0a && byte !== 0x0d) continue;
    if (pointAt >= 0 && places.includes(column)) most = Math.max(most, at - pointAt - 1);
    pointAt = -1;
    column = byte === separator ? column + 1 : 0;
  }
  return Math.min(most, 9);
}

const fault = (path: string, message: string): CandleFileError => new CandleFileError([`${path}: ${message}`]);

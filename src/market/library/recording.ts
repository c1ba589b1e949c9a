/** A market as the library keeps it: whole points of the last digit, whatever contract will be traded on it. */
import { type Instrument, ticksFromDistance } from '../../domain/instrument.ts';
import { makeInstrument, ticksFromPoints } from '../../domain/instruments.ts';
import { TIMEFRAMES, type Timeframe } from '../../domain/market.ts';
import { CandleFileError } from '../candle-file-error.ts';
import type { CandleGrid } from '../candle-scan.ts';
import { type CandleColumns, type Candles, candlesOf, ticksColumn } from '../candles.ts';
import type { Ticks } from '../ticks.ts';
import { type NamedColumn, readColumnFile, readColumnHeader, writeColumnFile } from './column-file.ts';

export interface RecordingSource {
  readonly name: string;
  /** SHA-256 of a file; `null` where there was none. */
  readonly sha256: string | null;
}

export interface RecordingAbout {
  readonly symbol: string;
  readonly timeframe: Timeframe | 'ticks';
  /** Prices and spreads are counts of 10 to the minus this. */
  readonly digits: number;
  /** The clock that the sources were written in; the file itself holds UTC. */
  readonly clock: string;
  readonly sources: readonly RecordingSource[];
}

export interface RecordingHeader extends RecordingAbout {
  readonly rows: number;
  /** UTC of the first and the last row. */
  readonly first: string;
  readonly last: string;
  /** SHA-256 of all the numbers. */
  readonly content: string;
}

/** Columns in points. */
export interface CandleRecording {
  readonly kind: 'candles';
  readonly about: RecordingAbout & { readonly timeframe: Timeframe };
  readonly candles: Candles;
  readonly hasSpread: boolean;
}

export interface TickRecording {
  readonly kind: 'ticks';
  readonly about: RecordingAbout;
  readonly ticks: Ticks;
}

export type Recording = CandleRecording | TickRecording;

/** A contract that says no more than its grid: recordings are made before anybody knows what will be traded on them. */
export const gridOf = (symbol: string, digits: number): Instrument =>
  makeInstrument({
    symbol,
    assetClass: 'index',
    baseCurrency: symbol,
    quoteCurrency: 'USD',
    digits,
    tickSize: `1e-${digits}`,
    contractSize: 1,
    lotStep: 1,
    lotMin: 1,
    lotMax: 1,
    stopDistanceMinPoints: 0,
    swapLongPoints: 0,
    swapShortPoints: 0,
  });

export function writeRecording(path: string, recording: Recording): void {
  const columns = recording.kind === 'candles' ? candleColumns(recording) : tickColumns(recording.ticks);
  const times = columns[0]?.values ?? new Float64Array(0);
  const iso = (index: number) => new Date(times.at(index) ?? 0).toISOString();
  writeColumnFile(path, { ...recording.about, first: iso(0), last: iso(-1) }, columns);
}

export function readRecordingHeader(path: string): RecordingHeader {
  const header = readColumnHeader(path);
  if (!isHeader(header)) throw new CandleFileError([`${path}: its header is not one of this version; import it again`]);
  return header;
}

export function readRecording(path: string): Recording {
  const { symbol, timeframe, digits, clock, sources, rows } = readRecordingHeader(path);
  const about = { symbol, digits, clock, sources };
  const file = readColumnFile(path);
  const column = <T extends Float64Array | Int32Array>(name: string, type: new () => T): T => {
    const values = file.column(name);
    if (values instanceof type) return values;
    throw new CandleFileError([`${path}: it has no column ${name}; import it again`]);
  };
  if (timeframe === 'ticks') {
    const ticks = {
      at: column('at:f64', Float64Array),
      bid: column('bid:i32', Int32Array),
      ask: column('ask:i32', Int32Array),
    };
    return { kind: 'ticks', about: { ...about, timeframe }, ticks };
  }
  const hasSpread = file.column('spread:i32') !== undefined;
  const prices = (name: string) => column(`${name}:i32`, Int32Array);
  const columns: CandleColumns = {
    openAt: column('openAt:f64', Float64Array),
    open: prices('open'),
    high: prices('high'),
    low: prices('low'),
    close: prices('close'),
    spread: hasSpread ? prices('spread') : new Int32Array(rows),
    volume: column('volume:f64', Float64Array),
  };
  const candles = candlesOf(symbol, timeframe, columns, rows);
  return { kind: 'candles', about: { ...about, timeframe }, candles, hasSpread };
}

/** In ticks of the instrument, as if the rows had been read from text. */
export function candlesOnGrid({ about, candles, hasSpread }: CandleRecording, grid: CandleGrid): Candles {
  const { instrument, timeframe, defaultSpreadPoints } = grid;
  const { openAt, volume, length } = candles;
  const prices = (points: Int32Array) => pointsToTicks(points, about, instrument, Math.round);
  const columns = {
    openAt,
    open: prices(candles.open),
    high: prices(candles.high),
    low: prices(candles.low),
    close: prices(candles.close),
    spread: hasSpread
      ? pointsToTicks(candles.spread, about, instrument, (value) => Math.max(0, Math.ceil(value - 1e-6)))
      : new Int32Array(length).fill(ticksFromPoints(instrument, defaultSpreadPoints)),
    volume,
  };
  return candlesOf(instrument.symbol, timeframe, columns, length);
}

export function ticksOnGrid({ about, ticks }: TickRecording, instrument: Instrument): Ticks {
  const prices = (points: Int32Array) => pointsToTicks(points, about, instrument, Math.round);
  return { at: ticks.at, bid: prices(ticks.bid), ask: prices(ticks.ask) };
}

type Rounding = (value: number) => number;

function pointsToTicks(points: Int32Array, about: RecordingAbout, instrument: Instrument, round: Rounding): Int32Array {
  const scale = 10 ** about.digits;
  const { num, den } = instrument.tickSize;
  // A tick of one point: the recording is the column.
  if (num * scale === den) return points;
  return pointsColumn(
    Float64Array.from(points, (value) => round(ticksFromDistance(instrument, value / scale))),
    about,
  );
}

/** Throws a `CandleFileError` where a price has more points than a column can hold. */
export function pointsColumn(points: Float64Array, { symbol, digits }: Pick<RecordingAbout, 'symbol' | 'digits'>) {
  const column = ticksColumn(points);
  if (column !== undefined) return column;
  throw new CandleFileError([`${digits} digits are too many for the prices of ${symbol}; give fewer by --digits`]);
}

function candleColumns({ candles, hasSpread }: CandleRecording): NamedColumn[] {
  const { openAt, volume, open, high, low, close, spread } = candles;
  const named = { openAt, volume, open, high, low, close, ...(hasSpread && { spread }) };
  return Object.entries(named).map(([name, values]) => ({ name, values }));
}

const tickColumns = ({ at, bid, ask }: Ticks): NamedColumn[] => [
  { name: 'at', values: at },
  { name: 'bid', values: bid },
  { name: 'ask', values: ask },
];

function isHeader(value: unknown): value is RecordingHeader {
  if (typeof value !== 'object' || value === null) return false;
  const { symbol, timeframe, digits, clock, sources } = value as Record<string, unknown>;
  const texts = typeof symbol === 'string' && typeof clock === 'string' && Array.isArray(sources);
  return texts && Number.isInteger(digits) && (timeframe === 'ticks' || Object.hasOwn(TIMEFRAMES, String(timeframe)));
}

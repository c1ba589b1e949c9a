/** The candles of a run: read, given the spread that is reckoned with, cut to the wished times, and known by their hash. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Config } from '../../config/config.ts';
import { ticksFromPoints } from '../../domain/instruments.ts';
import type { UnixMs } from '../../domain/units.ts';
import { type CandleColumns, type Candles, candlesOf, indexClosingAfter } from '../../market/candles.ts';
import { openCandles } from '../../market/open-candles.ts';
import { blockingReasons, qualityOf } from '../../market/quality/quality.ts';

export interface TrainingCandles {
  readonly candles: Candles;
  readonly file: string;
  /** Of the whole file. */
  readonly sha256: string;
  /** Why nothing should be learned from them; none for sound ones. */
  readonly faults: readonly string[];
}

export interface CandleWishes {
  /** Close times: from the first to the last, both included. */
  readonly from?: UnixMs | undefined;
  readonly to?: UnixMs | undefined;
}

/** Of the configuration's one symbol. Throws a `CandleFileError` on a file that holds no candles. */
export function trainingCandles({ trading, feed, paper }: Config, wishes: CandleWishes): TrainingCandles {
  const [symbol] = trading.symbols;
  const file = symbol === undefined ? undefined : feed.replay.files[symbol.instrument.symbol];
  if (symbol === undefined || file === undefined) throw new RangeError('a training needs the candles of a symbol');
  const { instrument, timeframe } = symbol;
  const whole = openCandles({
    path: file,
    instrument,
    timeframe,
    defaultSpreadPoints: feed.replay.defaultSpreadPoints,
  });
  const spread = paper.spreadPoints === null ? undefined : ticksFromPoints(instrument, paper.spreadPoints);
  return {
    candles: cut(whole, wishes, spread),
    file,
    sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
    faults: blockingReasons(qualityOf(whole, instrument)),
  };
}

function cut(candles: Candles, { from, to }: CandleWishes, spreadTicks: number | undefined): Candles {
  const first = from === undefined ? 0 : indexClosingAfter(candles, (from - 1) as UnixMs);
  const end = to === undefined ? candles.length : indexClosingAfter(candles, to);
  const length = Math.max(0, end - first);
  const rows = <T extends CandleColumns[keyof CandleColumns]>(column: T): T =>
    column.subarray(first, first + length) as T;
  const columns: CandleColumns = {
    openAt: rows(candles.openAt),
    open: rows(candles.open),
    high: rows(candles.high),
    low: rows(candles.low),
    close: rows(candles.close),
    volume: rows(candles.volume),
    spread: spreadTicks === undefined ? rows(candles.spread) : new Int32Array(length).fill(spreadTicks),
  };
  return candlesOf(candles.symbol, candles.timeframe, columns, length);
}

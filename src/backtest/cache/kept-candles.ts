/** Candles of a CSV file, parsed once: the next test of the same bytes finds their columns. */
import type { CandleGrid } from '../../market/candle-scan.ts';
import { type CandleColumns, type Candles, candlesOf } from '../../market/candles.ts';
import { openCandles } from '../../market/open-candles.ts';
import { blockingReasons, qualityOf } from '../../market/quality/quality.ts';
import { codeHash } from './code-hash.ts';
import { type Column, type ColumnCache, keyOf } from './column-cache.ts';

export interface CandleRequest extends CandleGrid {
  readonly path: string;
  /** Of the bytes of the file. */
  readonly sha256: string;
}

export interface KeptCandles {
  readonly candles: Candles;
  /** Of all that the candles follow from. */
  readonly contentHash: string;
  /** Why they are not to be used; empty where nothing speaks against it. */
  readonly unfit: readonly string[];
}

/** `onMissing` is told before the file is parsed. Throws a `CandleFileError` as `openCandles` does; candles with faults are not kept. */
export function keptCandles(
  { path, sha256, ...grid }: CandleRequest,
  cache: ColumnCache | undefined,
  onMissing: () => void,
): KeptCandles {
  const contentHash = keyOf(['candles', sha256, grid, cache === undefined ? '' : codeHash()]);
  const stored = cache?.read(contentHash);
  if (stored !== undefined) {
    return { candles: candlesFrom(grid, stored.columns), contentHash, unfit: stored.facts as readonly string[] };
  }
  onMissing();
  const candles = openCandles({ path, ...grid });
  const unfit = blockingReasons(qualityOf(candles, grid.instrument));
  cache?.write(contentHash, { facts: unfit, columns: columnsOf(candles) });
  return { candles, contentHash, unfit };
}

const COLUMNS = ['openAt', 'open', 'high', 'low', 'close', 'spread', 'volume'] as const;

const columnsOf = (candles: Candles): Record<string, Column> =>
  Object.fromEntries(COLUMNS.map((name) => [name, candles[name].subarray(0, candles.length)]));

function candlesFrom({ instrument, timeframe }: CandleGrid, columns: Readonly<Record<string, Column>>): Candles {
  // Written above, under a key that holds the hash of this code.
  const whole = columns as unknown as CandleColumns;
  return candlesOf(instrument.symbol, timeframe, whole, whole.openAt.length);
}

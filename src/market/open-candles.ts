/** Candles from a file, whichever kind it is: a file of the library or CSV. */
import { readCandleFile } from './candle-file.ts';
import type { CandleGrid } from './candle-scan.ts';
import type { Candles } from './candles.ts';
import { isColumnFile } from './library/column-file.ts';
import { readCandleRecording } from './library/library.ts';

interface OpenCandlesOptions extends CandleGrid {
  readonly path: string;
}

/** Throws a `CandleFileError` on anything that is not sound candles of that market. */
export function openCandles({ path, ...grid }: OpenCandlesOptions): Candles {
  return isColumnFile(path) ? readCandleRecording(path, grid) : readCandleFile({ path, ...grid });
}

/** The two inputs of the regimes for every candle of a run, by the very measures that the features are made of. */
import { Measures } from '../../domain/indicators/measures.ts';
import type { AssetClass } from '../../domain/instrument.ts';
import { timeframeMs } from '../../domain/market.ts';
import type { UnixMs } from '../../domain/units.ts';
import type { Candles } from '../../market/candles.ts';

/** One value a bar; bars without a finite number are not there, and the regimes go on without them. */
export interface RegimeSeries {
  readonly logVolatilityRatio: Float64Array;
  readonly trendStatistic: Float64Array;
}

/** NaN while the windows fill. The value at a row depends on that row and those before it alone. */
export function regimeSeriesOf(candles: Candles, assetClass: AssetClass): RegimeSeries {
  const series = {
    logVolatilityRatio: new Float64Array(candles.length).fill(Number.NaN),
    trendStatistic: new Float64Array(candles.length).fill(Number.NaN),
  };
  const measures = new Measures(assetClass);
  const lasts = timeframeMs(candles.timeframe);
  const { openAt, open, high, low, close, volume } = candles;
  const at = (column: Float64Array | Int32Array, row: number): number => column[row] as number;
  for (let row = 0; row < candles.length; row++) {
    const opened = at(openAt, row);
    measures.push(
      opened as UnixMs,
      (opened + lasts) as UnixMs,
      at(open, row),
      at(high, row),
      at(low, row),
      at(close, row),
      at(volume, row),
    );
    if (!measures.isFull) continue;
    series.logVolatilityRatio[row] = measures.logVolatilityRatio;
    series.trendStatistic[row] = measures.trendStatistic;
  }
  return series;
}

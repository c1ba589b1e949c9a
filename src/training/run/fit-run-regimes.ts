/** The regimes that go with the model: fitted to the development rows, described on the hold-out. */
import { symbolPolicy, type TradingPolicy } from '../../domain/policy.ts';
import { describeRegimes } from '../regimes/describe-regimes.ts';
import { fitRegimes, type RegimeFit } from '../regimes/fit-regimes.ts';
import { regimeSeriesOf } from '../regimes/regime-series.ts';
import type { Material } from './material.ts';

export interface FittedRegimes {
  readonly fit: RegimeFit;
  readonly described: ReturnType<typeof describeRegimes>;
}

export function fitRunRegimes(policy: TradingPolicy, { candles, development }: Material): FittedRegimes {
  const series = regimeSeriesOf(candles, symbolPolicy(policy, candles.symbol).instrument.assetClass);
  const end = (development.at(-1) ?? -1) + 1;
  const upTo = (values: Float64Array): Float64Array => values.subarray(0, end);
  const fit = fitRegimes({
    logVolatilityRatio: upTo(series.logVolatilityRatio),
    trendStatistic: upTo(series.trendStatistic),
  });
  const close = candles.close.subarray(0, candles.length);
  return { fit, described: describeRegimes(fit.model, { series, close, from: end, to: candles.length }) };
}

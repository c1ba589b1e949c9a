/** The gate's questions about what is usual in a market: by the hour of the day, and among the latest bars. */
import type { Verdict } from '../decision.ts';
import type { MarketFilters } from '../policy.ts';
import { verdict } from './verdict.ts';

const NOT_ASKED = 'not asked';
/** Too few days, or bars, to say what is usual. */
const NOT_MEASURED = 'not measured';

/** Where quotes are usually without a spread, a tick is what is usual. */
export function unusualSpread({ maxSpreadRatio }: MarketFilters, spread: number, usual: number | undefined): Verdict {
  if (maxSpreadRatio === null) return verdict('spread_unusual', true, NOT_ASKED, NOT_ASKED);
  if (usual === undefined) return verdict('spread_unusual', true, NOT_MEASURED, NOT_MEASURED);
  const limit = Math.floor(maxSpreadRatio * Math.max(usual, 1));
  return verdict('spread_unusual', spread <= limit, spread, limit);
}

export function outsideVolatility(
  { atrPercentileMin: min, atrPercentileMax: max }: MarketFilters,
  percentile: number | undefined,
): Verdict {
  if (!(min > 0 || max < 1)) return verdict('volatility_outside', true, NOT_ASKED, NOT_ASKED);
  if (percentile === undefined) return verdict('volatility_outside', true, NOT_MEASURED, NOT_MEASURED);
  if (!(percentile >= min)) return verdict('volatility_outside', false, percentile, min);
  return verdict('volatility_outside', percentile <= max, percentile, max);
}

/** A source that does not count volume says 0. */
export function lowVolume(
  { minVolumeRatio }: MarketFilters,
  volume: number | undefined,
  usual: number | undefined,
): Verdict {
  if (minVolumeRatio === null) return verdict('volume_low', true, NOT_ASKED, NOT_ASKED);
  if (volume === undefined || volume === 0 || usual === undefined) {
    return verdict('volume_low', true, NOT_MEASURED, NOT_MEASURED);
  }
  const limit = minVolumeRatio * usual;
  return verdict('volume_low', volume >= limit, volume, limit);
}

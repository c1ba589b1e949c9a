/** What the regimes of a fit are like on bars it has not seen: how common, how lasting, and what volatility and movement followed. */
import { byRegime, NAMED_REGIMES, type NamedRegime } from '../../domain/regime.ts';
import { RegimeFilter } from '../../domain/regime-filter.ts';
import { isObserved, type RegimeModel } from '../../domain/regime-model.ts';
import type { Prices } from '../labels/labels.ts';
import type { RegimeSeries } from './regime-series.ts';

export interface RegimeDescription {
  readonly bars: number;
  /** Of the bars described, in [0, 1]. */
  readonly share: number;
  /** Null where the regime did not occur; so below. */
  readonly meanDurationBars: number | null;
  readonly meanConfidence: number | null;
  /** Volatility of the following bars against that of the long window before: 1 is as usual. */
  readonly forwardVolatilityRatio: number | null;
  /** Mean move of the following bars in standard deviations of the long window before: near 0, because regimes foretell no direction. */
  readonly forwardMove: number | null;
}

export interface DescribedBars {
  readonly series: RegimeSeries;
  readonly close: Prices;
  /** The first row described; earlier ones only lead the filter in. */
  readonly from: number;
  /** One after the last row described. */
  readonly to: number;
}

/** Windows of what follows and of what it is compared with, in bars: those of the regimes' own inputs. */
const FORWARD_BARS = 48;
const BASE_BARS = 288;

/** Only rows with all of the following bars before `to` say what followed. */
export function describeRegimes(model: RegimeModel, bars: DescribedBars): Record<NamedRegime, RegimeDescription> {
  const { series, close, from, to } = bars;
  const squares = cumulatedSquares(close);
  const filter = new RegimeFilter(model);
  const tallies = byRegime(() => new Tally());
  let before: NamedRegime | undefined;
  for (let row = 0; row < to; row++) {
    const input = {
      logVolatilityRatio: series.logVolatilityRatio[row] ?? Number.NaN,
      trendStatistic: series.trendStatistic[row] ?? Number.NaN,
    };
    if (!isObserved(input.logVolatilityRatio, input.trendStatistic)) continue;
    filter.push(input);
    const { regime } = filter;
    if (row < from || regime === 'unknown') continue;
    const tally = tallies[regime];
    tally.bars++;
    tally.confidence += filter.confidence;
    if (regime !== before) tally.stays++;
    before = regime;
    if (row + FORWARD_BARS < to && row >= BASE_BARS) tally.addWhatFollowed(close, squares, row);
  }
  const described = NAMED_REGIMES.reduce((sum, name) => sum + tallies[name].bars, 0);
  return byRegime((name) => tallies[name].description(described));
}

class Tally {
  bars = 0;
  stays = 0;
  confidence = 0;
  #followed = 0;
  #varianceRatio = 0;
  #move = 0;

  addWhatFollowed(close: Prices, squares: Float64Array, row: number): void {
    const at = (values: Prices, place: number): number => values[place] as number;
    const base = (at(squares, row) - at(squares, row - BASE_BARS)) / BASE_BARS;
    const forward = (at(squares, row + FORWARD_BARS) - at(squares, row)) / FORWARD_BARS;
    if (!(base > 0)) return;
    this.#followed++;
    this.#varianceRatio += forward / base;
    this.#move += (at(close, row + FORWARD_BARS) - at(close, row)) / Math.sqrt(FORWARD_BARS * base);
  }

  description(described: number): RegimeDescription {
    const mean = (sum: number, count: number): number | null => (count > 0 ? sum / count : null);
    const variance = mean(this.#varianceRatio, this.#followed);
    return {
      bars: this.bars,
      share: described > 0 ? this.bars / described : 0,
      meanDurationBars: mean(this.bars, this.stays),
      meanConfidence: mean(this.confidence, this.bars),
      forwardVolatilityRatio: variance === null ? null : Math.sqrt(variance),
      forwardMove: mean(this.#move, this.#followed),
    };
  }
}

/** Sum of squared changes up to each row. */
function cumulatedSquares(close: Prices): Float64Array {
  const sums = new Float64Array(close.length);
  for (let row = 1; row < close.length; row++) {
    sums[row] = (sums[row - 1] as number) + ((close[row] as number) - (close[row - 1] as number)) ** 2;
  }
  return sums;
}

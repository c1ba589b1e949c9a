/** What trading has cost so far, from the account's own fills: the costs that a backtest should reckon with. */
import type { Instrument } from './instrument.ts';
import { deviation, mean, quantileOfSorted } from './statistics.ts';
import { type Money, money, type Price, price } from './units.ts';

/** An entry that the venue has filled. */
export interface EntryFill {
  /** Adverse distance from the price decided on, in ticks; negative is an improvement. */
  readonly slippage: number;
  readonly quantity: number;
  /** Of this side alone, negative. */
  readonly commission: Money;
}

export interface CostModel {
  readonly fills: number;
  /** In ticks. Gaps between decision and open are part of it. */
  readonly meanSlippage: number;
  readonly medianSlippage: number;
  readonly slippage95: number;
  /** What a backtest takes: the mean rounded up to the tick, never an improvement. */
  readonly slippage: Price;
  /** `fixed` where fills hardly differ, `exponential` where the spread of them is like their mean. */
  readonly distribution: 'fixed' | 'exponential';
  /** Round trip, of one lot: twice what the entries paid. */
  readonly commissionPerLot: Money;
}

/** Fewer say more of chance than of costs. */
export const COST_FILLS_MIN = 30;
/** An exponential distribution's deviation is its mean, a constant's is none: the border lies in the middle. */
const EXPONENTIAL_FROM = 0.5;

/** Undefined with too few fills. Fills at an improvement count as they are: only their mean is kept from being one. */
export function fitCosts({ lotStep }: Instrument, fills: readonly EntryFill[]): CostModel | undefined {
  if (fills.length < COST_FILLS_MIN) return undefined;
  const slippages = Float64Array.from(fills, ({ slippage }) => slippage).sort();
  const meanSlippage = mean(slippages) ?? 0;
  const paid = fills.reduce((sum, { commission }) => sum - commission, 0);
  const lots = fills.reduce((sum, { quantity }) => sum + (quantity * lotStep.num) / lotStep.den, 0);
  return {
    fills: fills.length,
    meanSlippage,
    medianSlippage: quantileOfSorted(slippages, 0.5),
    slippage95: quantileOfSorted(slippages, 0.95),
    slippage: price(Math.ceil(Math.max(0, meanSlippage))),
    distribution: (deviation(slippages) ?? 0) > EXPONENTIAL_FROM * Math.max(meanSlippage, 1) ? 'exponential' : 'fixed',
    commissionPerLot: money(Math.round((2 * paid) / lots)),
  };
}

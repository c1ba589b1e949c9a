/** What trading is expected to cost beside the spread, in ticks. */
import { type ConversionRate, multiplyRatio } from './instrument.ts';
import { symbolPolicy, type TradingPolicy } from './policy.ts';

/** Commission and slippage of the round trip: both sides slip, the commission is per lot. */
export function tradingCostTicks(policy: TradingPolicy, symbol: string, rate: ConversionRate | undefined): number {
  const { slippage } = symbolPolicy(policy, symbol);
  if (rate === undefined) return 2 * slippage;
  return 2 * slippage + commissionTicks(policy, symbol, rate);
}

/** From the entry to where a stop that is hit leaves nothing lost: the spread and the entry's slippage are in its price already. */
export const breakEvenTicks = (policy: TradingPolicy, symbol: string, rate: ConversionRate): number =>
  Math.ceil(symbolPolicy(policy, symbol).slippage + commissionTicks(policy, symbol, rate) - ROUNDING);

/** So that what comes out whole but for the last bit is not taken a tick further. */
const ROUNDING = 1e-9;

/** Of the round trip. */
function commissionTicks(policy: TradingPolicy, symbol: string, rate: ConversionRate): number {
  const { tickValue, lotStep } = symbolPolicy(policy, symbol).instrument;
  const moneyPerTickAndLot = multiplyRatio(tickValue, rate) * (lotStep.den / lotStep.num);
  return policy.commissionPerLot / moneyPerTickAndLot;
}

/** Misfortune on demand. Each draw depends on the seed and the order's id alone, so the order of arrival changes nothing. */
import type { Instrument } from '../../domain/instrument.ts';
import type { OpenIntent } from '../../domain/order.ts';
import { hashToUnit } from '../../domain/random.ts';
import { type Price, price, type Quantity, quantity } from '../../domain/units.ts';
import { rulesOf, type VenueRules } from './rules.ts';

const draw = ({ seed }: VenueRules, orderId: string, what: string): number => hashToUnit(`${seed}|${orderId}|${what}`);

/** Entries only: chance refuses no exit, so that a position always ends by the market or by an order. */
export const refusedByChance = (rules: VenueRules, { orderId }: OpenIntent): boolean =>
  rules.rejectionProbability > 0 && draw(rules, orderId, 'reject') < rules.rejectionProbability;

/** Whole, or a part of it in whole steps that the instrument may be traded in. */
export function filledByChance(rules: VenueRules, { quantityMin }: Instrument, intent: OpenIntent): Quantity {
  const { partialFillProbability } = rules;
  if (partialFillProbability === 0 || draw(rules, intent.orderId, 'partial') >= partialFillProbability) {
    return intent.quantity;
  }
  const part = Math.floor(intent.quantity * draw(rules, intent.orderId, 'fraction'));
  return quantity(Math.min(intent.quantity, Math.max(part, quantityMin)));
}

/** Ticks against the trader on one fill. The exponential distribution's quantile is −mean × ln(1 − u), rounded to the tick. */
export function slippageOf(rules: VenueRules, symbol: string, fillKey: string): Price {
  const { slippage } = rulesOf(rules, symbol);
  if (rules.slippageDistribution === 'fixed' || slippage === 0) return slippage;
  return price(Math.round(-slippage * Math.log(1 - draw(rules, fillKey, 'slippage'))));
}

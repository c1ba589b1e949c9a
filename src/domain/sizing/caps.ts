/** What an entry may take at most: a list of caps, each with its budget and what one lot step takes of it. */
import { marginOf } from '../instrument.ts';
import { type Cap, moneyCap } from '../sizing.ts';
import { fractionOfMoney } from '../units.ts';
import type { OrderToSize } from './order-to-size.ts';

/** In the order in which they are shown; of equals, the first is the one that caps. */
export function capsOf(order: OrderToSize): Cap[] {
  const { instrument, entryPrice, rate, equity, freeMargin, policy } = order;
  const marginPerStep = marginOf(instrument, entryPrice, 1, rate, policy.leverage);
  return [
    moneyCap('max_position_size', fractionOfMoney(equity, policy.limits.maxPositionMargin), marginPerStep),
    moneyCap('free_margin', freeMargin, marginPerStep),
    { name: 'lot_max', steps: instrument.quantityMax },
  ];
}

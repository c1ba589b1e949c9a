/** The size of an entry: what its method wants, every cap, every multiplier. */
import { type Cap, type Multiplier, type Sizing, size } from '../sizing.ts';
import { capsOf } from './caps.ts';
import type { OrderToSize } from './order-to-size.ts';

export function sizeOrder(order: OrderToSize, wanted: Cap, multipliers: readonly Multiplier[]): Sizing {
  // A method that is the same as the cap of its name stands for it.
  const caps = capsOf(order).filter(({ name }) => name !== wanted.name);
  return size({ instrument: order.instrument, riskPerStep: order.perStep.risk, wanted, caps, multipliers });
}

/** The size of an entry: its method, then every cap, then every multiplier. */
import { riskPerStepOf, type Sizing, size } from '../sizing.ts';
import { capsOf } from './caps.ts';
import { wantedBy } from './methods.ts';
import type { OrderToSize } from './order-to-size.ts';

export function sizeOrder(order: OrderToSize): Sizing {
  const { instrument, rate, stopDistance, slippageTicks, policy, multipliers } = order;
  const riskPerStep = riskPerStepOf(instrument, stopDistance + slippageTicks, rate, policy.commissionPerLot);
  return size({
    instrument,
    riskPerStep,
    wanted: wantedBy(order, riskPerStep),
    caps: capsOf(order),
    multipliers,
  });
}

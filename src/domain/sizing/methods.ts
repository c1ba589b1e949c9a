/** What an entry wants before anything caps it: the loss at its stop is a fixed fraction of equity. */
import { type Cap, moneyCap } from '../sizing.ts';
import { fractionOfMoney, type Money } from '../units.ts';
import type { OrderToSize } from './order-to-size.ts';

export const wantedBy = ({ equity, policy }: OrderToSize, riskPerStep: Money): Cap =>
  moneyCap('risk', fractionOfMoney(equity, policy.limits.riskPerTrade), riskPerStep);

/** What an entry may take at most: a list of caps, each with its budget, what is used of it and what one lot step takes. */
import { quantityFromLots } from '../instrument.ts';
import { type Cap, moneyCap } from '../sizing.ts';
import { fractionOfMoney } from '../units.ts';
import { correlationCap } from './correlation-cap.ts';
import { currencyCap, leverageCap, symbolCap } from './leverage-caps.ts';
import { freeMarginCap, marginLevelCap, positionMarginCap } from './margin-caps.ts';
import type { OrderToSize } from './order-to-size.ts';

/** Undefined where the cap is off, or has nothing to bound. */
type CapOf = (order: OrderToSize) => Cap | undefined;

/** `position_size` bounds every method. */
export const riskCap = ({ equity, policy, perStep }: OrderToSize): Cap =>
  moneyCap('risk', fractionOfMoney(equity, policy.limits.riskPerTrade), perStep.risk);

/** All stops hit, each with slippage and a gap, must leave the tightest loss limit unreached. */
const worstCaseCap: CapOf = ({ policy, perStep, book, lossBudget }) =>
  policy.exposure.worstCase === null
    ? undefined
    : { ...moneyCap('worst_case', lossBudget.left, perStep.worstLoss, book.worstLoss), of: lossBudget.of };

const lotMaxCap: CapOf = ({ instrument }) => ({ name: 'lot_max', steps: instrument.quantityMax });

/** A larger order would be refused there. */
const venueLotsCap: CapOf = ({ instrument, venueLots }) =>
  venueLots === undefined ? undefined : { name: 'venue_lots', steps: quantityFromLots(instrument, venueLots) };

/** The largest order that the mandate allows. */
const mandateLotsCap: CapOf = ({ instrument, policy: { mandate } }) =>
  mandate === null || mandate.maxLots === null
    ? undefined
    : { name: 'mandate_lots', steps: quantityFromLots(instrument, mandate.maxLots) };

/** All stops hit must leave equity above where a rule of the mandate stops the servo. */
const mandateLossCap: CapOf = ({ perStep, book, mandateLeft: left }) =>
  left === undefined ? undefined : moneyCap('mandate_loss', left, perStep.worstLoss, book.worstLoss);

/** In the order in which they are shown; of equals, the first is the one that caps. */
const CAPS: readonly CapOf[] = [
  riskCap,
  correlationCap,
  worstCaseCap,
  positionMarginCap,
  freeMarginCap,
  marginLevelCap,
  leverageCap,
  symbolCap,
  currencyCap,
  lotMaxCap,
  venueLotsCap,
  mandateLotsCap,
  mandateLossCap,
];

export function capsOf(order: OrderToSize): Cap[] {
  const caps: Cap[] = [];
  for (const capOf of CAPS) {
    const cap = capOf(order);
    if (cap !== undefined) caps.push(cap);
  }
  return caps;
}

/** Positions that move together count as one: together they risk at their stops what one of them may. */
import { direction } from '../order.ts';
import { type Cap, moneyCap } from '../sizing.ts';
import { fractionOfMoney } from '../units.ts';
import { sumOf } from './open-book.ts';
import type { OrderToSize } from './order-to-size.ts';

/** Two opposite positions in markets that move alike hedge each other, and do not count; a correlation that is not known does. */
export function correlationCap({ equity, policy, perStep, book, side, correlationWith }: OrderToSize): Cap | undefined {
  const { correlation: limit } = policy.exposure;
  if (limit === null) return undefined;
  const together = book.holdings.flatMap((holding) => {
    // What risks nothing takes nothing.
    if (holding.risk === 0) return [];
    const correlation = correlationWith(holding.symbol);
    const alike = correlation === undefined ? 1 : direction(side) * direction(holding.side) * correlation;
    return alike < limit.max ? [] : [{ holding, correlation }];
  });
  if (together.length === 0) return undefined;
  const used = sumOf(
    together.map(({ holding }) => holding),
    'risk',
  );
  const budget = fractionOfMoney(equity, policy.limits.riskPerTrade);
  const of = together
    .map(({ holding: { symbol }, correlation }) => `${symbol} ${correlation?.toFixed(2) ?? 'not known'}`)
    .join(', ');
  return { ...moneyCap('max_correlation', budget, perStep.risk, used), of };
}

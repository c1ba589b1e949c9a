/** What a book is worth in each currency, both legs of every position counted: a buy of EURUSD is long euros and short dollars, for the same money. */
import { direction } from '../order.ts';
import { type Money, money } from '../units.ts';
import type { Holding } from './open-book.ts';

/** Positive is long. */
export function netOf(holdings: readonly Holding[], currency: string): Money {
  let net = 0;
  for (const { instrument, side, notional } of holdings) {
    if (instrument?.baseCurrency === currency) net += direction(side) * notional;
    if (instrument?.quoteCurrency === currency) net -= direction(side) * notional;
  }
  return money(net);
}

/** In order of name. */
export function currenciesIn(holdings: readonly Holding[]): string[] {
  const names = holdings.flatMap(({ instrument }) =>
    instrument === undefined ? [] : [instrument.baseCurrency, instrument.quoteCurrency],
  );
  return [...new Set(names)].sort();
}

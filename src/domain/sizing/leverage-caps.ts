/** What notional leaves: of everything, of one symbol, of one currency. */
import { direction } from '../order.ts';
import { type Cap, moneyCap } from '../sizing.ts';
import { fractionOfMoney, money } from '../units.ts';
import { netOf } from './currency-exposure.ts';
import { sumOf } from './open-book.ts';
import type { OrderToSize } from './order-to-size.ts';

export function leverageCap({ equity, policy, perStep, book }: OrderToSize): Cap | undefined {
  const { maxLeverage } = policy.exposure;
  if (maxLeverage === null) return undefined;
  return moneyCap('max_leverage', fractionOfMoney(equity, maxLeverage), perStep.notional, book.notional);
}

export function symbolCap({ equity, policy, perStep, book, instrument }: OrderToSize): Cap | undefined {
  const { maxSymbolLeverage } = policy.exposure;
  if (maxSymbolLeverage === null) return undefined;
  const { symbol } = instrument;
  const used = sumOf(
    book.holdings.filter((holding) => holding.symbol === symbol),
    'notional',
  );
  return moneyCap('max_symbol_leverage', fractionOfMoney(equity, maxSymbolLeverage), perStep.notional, used);
}

/** A buy of EURUSD is long euros and short dollars, for the same money. The tighter of the two currencies caps. */
export function currencyCap({ equity, policy, perStep, book, instrument, side }: OrderToSize): Cap | undefined {
  const { maxCurrencyLeverage } = policy.exposure;
  if (maxCurrencyLeverage === null) return undefined;
  const { baseCurrency, quoteCurrency } = instrument;
  const budget = fractionOfMoney(equity, maxCurrencyLeverage);
  const sign = direction(side);
  const cap = (currency: string, leg: 1 | -1): Cap => {
    // What already points the other way makes room.
    const used = money(leg * sign * netOf(book.holdings, currency));
    return { ...moneyCap('max_currency_leverage', budget, perStep.notional, used), of: currency };
  };
  const [base, quote] = [cap(baseCurrency, 1), cap(quoteCurrency, -1)];
  return quote.steps < base.steps ? quote : base;
}

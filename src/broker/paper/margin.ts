/** What the account could still pledge: equity at the last quotes, less the margin of positions and of entries that may still fill. */
import { marginOf, profitOf } from '../../domain/instrument.ts';
import { floatingTicks, type Position } from '../../domain/position.ts';
import { type Money, money, type Price, type Quantity, ZERO_MONEY } from '../../domain/units.ts';
import type { VenueBook } from './book.ts';
import type { Quotes } from './quotes.ts';
import { rulesOf, type VenueRules } from './rules.ts';

export function marginFor(rules: VenueRules, quotes: Quotes, symbol: string, at: Price, steps: Quantity): Money {
  return marginOf(rulesOf(rules, symbol).instrument, at, steps, quotes.rateFor(symbol), rules.leverage);
}

export function freeMargin(rules: VenueRules, quotes: Quotes, book: VenueBook): Money {
  let free: number = book.balance;
  for (const { position } of book.holdings()) {
    const { symbol, entryPrice, quantity } = position;
    free += floatingProfit(rules, quotes, position) - marginFor(rules, quotes, symbol, entryPrice, quantity);
  }
  for (const intent of book.working()) {
    if (intent.kind !== 'open') continue;
    free -= marginFor(rules, quotes, intent.symbol, intent.referencePrice, intent.quantity);
  }
  return money(free);
}

function floatingProfit(rules: VenueRules, quotes: Quotes, position: Position): Money {
  const quote = quotes.latest(position.symbol);
  if (quote === undefined) return ZERO_MONEY;
  const { instrument } = rulesOf(rules, position.symbol);
  const ticks = floatingTicks(position, quote.bid, quote.ask);
  return profitOf(instrument, ticks, position.quantity, quotes.rateFor(position.symbol));
}

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
  const positions = book.holdings().map(({ position }) => position);
  const entries = book.working().flatMap((intent) => (intent.kind === 'open' ? [intent] : []));
  const pledged = [
    ...positions.map(({ symbol, entryPrice, quantity }) => marginFor(rules, quotes, symbol, entryPrice, quantity)),
    ...entries.map(({ symbol, referencePrice, quantity }) =>
      marginFor(rules, quotes, symbol, referencePrice, quantity),
    ),
  ];
  const equity = positions.reduce(
    (sum, position) => sum + floatingProfit(rules, quotes, position),
    book.balance as number,
  );
  return money(pledged.reduce((free, margin) => free - margin, equity));
}

function floatingProfit(rules: VenueRules, quotes: Quotes, position: Position): Money {
  const quote = quotes.latest(position.symbol);
  if (quote === undefined) return ZERO_MONEY;
  const { instrument } = rulesOf(rules, position.symbol);
  const ticks = floatingTicks(position, quote.bid, quote.ask);
  return profitOf(instrument, ticks, position.quantity, quotes.rateFor(position.symbol));
}

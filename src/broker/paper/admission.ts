/** What the venue refuses when an order arrives, in the order it looks. Undefined means that the order may go on. */
import { formatPrice } from '../../domain/instrument.ts';
import type { Quote } from '../../domain/market.ts';
import { direction, type OpenIntent, opposite, type ReduceIntent, type Side } from '../../domain/order.ts';
import type { Position } from '../../domain/position.ts';
import { isFrozen, leastDistance } from '../../domain/stops.ts';
import type { Price } from '../../domain/units.ts';
import type { CloseIntent, Refusal, VenueBook } from './book.ts';
import { refusedByChance } from './chance.ts';
import { priceFor } from './fills.ts';
import { freeMargin, marginFor } from './margin.ts';
import type { Quotes } from './quotes.ts';
import { rulesOf, type SymbolRules, type VenueRules } from './rules.ts';

export type ModifyIntent = Extract<ReduceIntent, { kind: 'modify' }>;

export function entryRefusal(
  rules: VenueRules,
  quotes: Quotes,
  book: VenueBook,
  intent: OpenIntent,
): Refusal | undefined {
  const symbolRules = rulesOf(rules, intent.symbol);
  return (
    volumeRefusal(symbolRules, intent) ??
    // As the servo measures them: from the price the order was decided on.
    levelRefusal(symbolRules, intent.side, intent.referencePrice, intent) ??
    priceRefusal(quotes, intent) ??
    moneyRefusal(rules, quotes, book, intent) ??
    chanceRefusal(rules, intent)
  );
}

/** A closed rest may be smaller than the least that can be opened: what is open can always be closed. */
export function closeRefusal(book: VenueBook, intent: CloseIntent): Refusal | undefined {
  const { positionId, quantity } = intent;
  const position = book.position(intent);
  if (position === undefined) return gone(intent);
  const left = book.unclaimed(position);
  if (quantity > 0 && quantity <= left) return undefined;
  return {
    code: 'invalid_volume',
    text: `${quantity} steps of position ${positionId} cannot be closed, ${left} are left to close`,
  };
}

/** A level that stays where it is is not judged again: the market may have come near it. */
export function modifyRefusal(
  symbolRules: SymbolRules,
  position: Position,
  intent: ModifyIntent,
  quote: Quote | undefined,
): Refusal | undefined {
  if (quote === undefined) return noPrice(intent.symbol);
  const market = priceFor(opposite(position.side), quote);
  if (isFrozen(symbolRules.instrument, position, market)) return frozen(symbolRules, market);
  return levelRefusal(symbolRules, position.side, market, {
    ...(intent.stopLoss !== position.stopLoss && { stopLoss: intent.stopLoss }),
    ...(intent.takeProfit !== position.takeProfit && { takeProfit: intent.takeProfit }),
  });
}

export const gone = ({ positionId, symbol }: CloseIntent | ModifyIntent): Refusal => ({
  code: 'position_gone',
  text: `${symbol}: position ${positionId} is not open`,
});

function frozen({ instrument }: SymbolRules, market: Price): Refusal {
  const { symbol, freezeDistance } = instrument;
  const shown = formatPrice(instrument, market);
  return { code: 'frozen', text: `${symbol}: ${shown} is within ${freezeDistance} ticks of the stop or the target` };
}

export const noPrice = (symbol: string): Refusal => ({
  code: 'off_quotes',
  text: `${symbol}: no price at this moment`,
});

/** A stop entry that the market has gone through already is no stop entry. */
export const behindTheMarket = ({ symbol, side }: OpenIntent): Refusal => ({
  code: 'invalid_price',
  text: `${symbol}: a ${side} stop must wait beyond the market`,
});

function volumeRefusal({ instrument }: SymbolRules, { quantity }: OpenIntent): Refusal | undefined {
  const { symbol, quantityMin, quantityMax } = instrument;
  if (quantity >= quantityMin && quantity <= quantityMax) return undefined;
  return {
    code: 'invalid_volume',
    text: `${symbol}: ${quantity} steps, ${quantityMin} to ${quantityMax} can be opened`,
  };
}

/** Stop on the losing side of `from` and target on the winning one, neither nearer than the instrument allows. */
function levelRefusal(
  { instrument }: SymbolRules,
  side: Side,
  from: Price,
  { stopLoss, takeProfit }: { readonly stopLoss?: Price; readonly takeProfit?: Price },
): Refusal | undefined {
  const least = leastDistance(instrument);
  const sign = direction(side);
  const refusal = (name: string, level: Price): Refusal => {
    const [shown, market] = [formatPrice(instrument, level), formatPrice(instrument, from)];
    const text = `${instrument.symbol}: ${name} ${shown} of a ${side} must be ${least} ticks or more beyond ${market}`;
    return { code: 'invalid_stops', text };
  };
  const stands = (level: Price, away: number): boolean => level > 0 && away >= least;
  if (stopLoss !== undefined && !stands(stopLoss, sign * (from - stopLoss))) return refusal('stop', stopLoss);
  if (takeProfit !== undefined && !stands(takeProfit, sign * (takeProfit - from))) return refusal('target', takeProfit);
  return undefined;
}

function priceRefusal(quotes: Quotes, { symbol }: OpenIntent): Refusal | undefined {
  const known = quotes.latest(symbol) !== undefined && quotes.rateOf(symbol) !== undefined;
  return known ? undefined : noPrice(symbol);
}

function moneyRefusal(rules: VenueRules, quotes: Quotes, book: VenueBook, intent: OpenIntent): Refusal | undefined {
  const { symbol, referencePrice, quantity } = intent;
  const free = freeMargin(rules, quotes, book);
  const needed = marginFor(rules, quotes, symbol, referencePrice, quantity);
  if (needed <= free) return undefined;
  return { code: 'no_money', text: `${symbol}: margin of ${needed} micros is needed, ${free} are free` };
}

function chanceRefusal(rules: VenueRules, intent: OpenIntent): Refusal | undefined {
  if (!refusedByChance(rules, intent)) return undefined;
  return { code: 'rejected', text: `${intent.symbol}: refused at random, as the paper venue is configured to do` };
}

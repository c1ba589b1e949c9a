/** The market as the venue knows it: the last bar of each symbol, and what a quote currency is worth in the account's. */
import { type ConversionRate, conversionRate } from '../../domain/instrument.ts';
import { assertBar, type Bar, type Quote, quoteAtClose } from '../../domain/market.ts';
import type { Price, UnixMs } from '../../domain/units.ts';
import { rulesOf, VenueError, type VenueRules } from './rules.ts';

export class Quotes {
  readonly #rules: VenueRules;
  /** With the venue's spread. */
  readonly #bars = new Map<string, Bar>();
  readonly #bids = new Map<string, Price>();

  constructor(rules: VenueRules) {
    this.#rules = rules;
  }

  /** Takes the bars that are news and returns them; prices stand at their opens. A bar that was seen before changes nothing. */
  open(bars: readonly Bar[]): Bar[] {
    const fresh: Bar[] = [];
    for (const given of bars) {
      const { spread } = rulesOf(this.#rules, given.symbol);
      const known = this.#bars.get(given.symbol);
      if (known !== undefined && given.closeAt <= known.closeAt) continue;
      const bar = assertBar(spread === 'feed' ? given : { ...given, spread });
      this.#bars.set(bar.symbol, bar);
      this.#bids.set(bar.symbol, bar.open);
      fresh.push(bar);
    }
    return fresh;
  }

  /** Prices move on to the closes of these bars. */
  close(bars: readonly Bar[]): void {
    for (const { symbol, close } of bars) this.#bids.set(symbol, close);
  }

  latest(symbol: string): Quote | undefined {
    const bar = this.#bars.get(symbol);
    return bar && quoteAtClose(bar);
  }

  /** The quote of this moment; undefined when the last one is older. */
  current(symbol: string, at: UnixMs): Quote | undefined {
    const quote = this.latest(symbol);
    return quote !== undefined && quote.at >= at ? quote : undefined;
  }

  /** At the price the converting symbol has now, in the middle of a bar too; undefined before it had any. */
  rateOf(symbol: string): ConversionRate | undefined {
    const { conversion } = rulesOf(this.#rules, symbol);
    if (conversion.kind === 'same') return conversionRate(conversion, undefined);
    const price = this.#bids.get(conversion.symbol);
    const { instrument } = rulesOf(this.#rules, conversion.symbol);
    return conversionRate(conversion, price === undefined ? undefined : { instrument, price });
  }

  /** Entries wait for a rate, and a rate once known is kept: without one there is nothing to convert. */
  rateFor(symbol: string): ConversionRate {
    const rate = this.rateOf(symbol);
    if (rate !== undefined) return rate;
    throw new VenueError(`${symbol}: no price has come that converts its profit into ${this.#rules.currency}`);
  }

  snapshot(): Bar[] {
    return [...this.#bars.values()];
  }

  /** Bars of symbols that are not traded any more are left behind. */
  static restore(rules: VenueRules, bars: readonly Bar[]): Quotes {
    const quotes = new Quotes(rules);
    const traded = bars.filter(({ symbol }) => rules.symbols.has(symbol));
    quotes.close(quotes.open(traded));
    return quotes;
  }
}

/** The bars by close time, earliest first and in order of symbol, whatever the order they were given in. */
export function byCloseTime(bars: readonly Bar[]): readonly (readonly Bar[])[] {
  if (bars.length === 1) return [bars];
  const groups = new Map<number, Bar[]>();
  const sorted = [...bars].sort((a, b) => a.closeAt - b.closeAt || (a.symbol < b.symbol ? -1 : 1));
  for (const bar of sorted) {
    const group = groups.get(bar.closeAt);
    if (group === undefined) groups.set(bar.closeAt, [bar]);
    else group.push(bar);
  }
  return [...groups.values()];
}

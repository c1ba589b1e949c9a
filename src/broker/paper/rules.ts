/** What the paper venue charges, delays and refuses: configuration in domain units, fixed for a venue's life. */
import type { ConversionRule, Instrument } from '../../domain/instrument.ts';
import type { Money, Price } from '../../domain/units.ts';

export interface SymbolRules {
  readonly instrument: Instrument;
  readonly conversion: ConversionRule;
  /** Ask minus bid: each bar's own, or always this. */
  readonly spread: Price | 'feed';
  /** Against the trader, on everything that fills as a market order does: entries, closes and stops. */
  readonly slippage: Price;
}

/** Each time the same, or drawn anew from an exponential distribution with that mean: mostly little, now and then much. */
export type SlippageDistribution = 'fixed' | 'exponential';

/** What a bar that holds both a stop and a target is taken to have met first. */
export type FillRule = 'pessimistic' | 'optimistic';

export interface VenueRules {
  readonly symbols: ReadonlyMap<string, SymbolRules>;
  readonly currency: string;
  readonly leverage: number;
  /** Round trip: half is charged on each side. */
  readonly commissionPerLot: Money;
  /** Above zero, an order arrives after the quote it was decided on and meets the next bar's open. */
  readonly latencyMs: number;
  readonly slippageDistribution: SlippageDistribution;
  readonly fillRule: FillRule;
  readonly rejectionProbability: number;
  readonly partialFillProbability: number;
  readonly seed: number | string;
  readonly session: { readonly timezone: string; readonly dayStartMinutes: number };
  readonly timeframeMs: number;
}

/** Thrown when the venue is asked for what it cannot do or holds what cannot be true: never a business outcome. */
export class VenueError extends Error {
  override readonly name = 'VenueError';
}

export function rulesOf(rules: VenueRules, symbol: string): SymbolRules {
  const found = rules.symbols.get(symbol);
  if (found === undefined) throw new VenueError(`the paper venue does not trade ${symbol}`);
  return found;
}

/** Returns the rules, or throws on the first that would make fills meaningless. */
export function checkedRules(rules: VenueRules): VenueRules {
  const { leverage, commissionPerLot, latencyMs, timeframeMs, rejectionProbability, partialFillProbability } = rules;
  demand(Number.isSafeInteger(leverage) && leverage > 0, `leverage must be a whole number above 0, was ${leverage}`);
  demand(commissionPerLot >= 0, `commission must not be negative, was ${commissionPerLot}`);
  // A bar has no price between its open and its close, so a longer latency could not be told from one bar more.
  demand(
    latencyMs >= 0 && latencyMs < timeframeMs,
    `latency must be 0 to below one bar (${timeframeMs} ms), was ${latencyMs}`,
  );
  for (const chance of [rejectionProbability, partialFillProbability]) {
    demand(chance >= 0 && chance <= 1, `a probability must be 0 to 1, was ${chance}`);
  }
  for (const [symbol, { spread, slippage, conversion }] of rules.symbols) {
    demand(spread === 'feed' || spread >= 0, `${symbol}: the spread must not be negative, was ${spread}`);
    demand(slippage >= 0, `${symbol}: slippage must not be negative, was ${slippage}`);
    const needs = conversion.kind === 'same' ? symbol : conversion.symbol;
    demand(rules.symbols.has(needs), `${symbol}: its profit is converted by ${needs}, which is not among the symbols`);
  }
  return rules;
}

function demand(holds: boolean, complaint: string): void {
  if (!holds) throw new VenueError(`paper venue: ${complaint}`);
}

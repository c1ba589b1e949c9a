/** Everything the venue must remember, as plain JSON-safe data, and what must not change between writing and reading it. */
import type { ConversionRule, Instrument } from '../../domain/instrument.ts';
import type { Bar } from '../../domain/market.ts';
import type { BookSnapshot } from './book.ts';
import { VenueError, type VenueRules } from './rules.ts';

/** What a symbol's integers mean: ticks and steps of another grid would be other prices and volumes. */
interface Contract extends Pick<Instrument, 'symbol' | 'tickSize' | 'lotStep' | 'tickValue'> {
  readonly conversion: ConversionRule;
}

export interface VenueSnapshot {
  readonly currency: string;
  readonly contracts: readonly Contract[];
  readonly epoch: number;
  readonly bars: readonly Bar[];
  readonly book: BookSnapshot;
}

export const contractsOf = ({ symbols }: VenueRules): Contract[] =>
  [...symbols.values()].map(({ instrument: { symbol, tickSize, lotStep, tickValue }, conversion }) => ({
    symbol,
    tickSize,
    lotStep,
    tickValue,
    conversion,
  }));

/** Throws when the account's money, or the contract of anything open or working, is no longer what it was. */
export function assertSameContracts(rules: VenueRules, { currency, contracts, book }: VenueSnapshot): void {
  if (currency !== rules.currency) {
    throw new VenueError(
      `the paper account is kept in ${currency}, the configuration says ${rules.currency}: set it back, or start a new account`,
    );
  }
  const now = new Map(contractsOf(rules).map((contract) => [contract.symbol, JSON.stringify(contract)]));
  const before = new Map(contracts.map((contract) => [contract.symbol, JSON.stringify(contract)]));
  const held = [...book.holdings.map(({ position }) => position.symbol), ...book.working.map(({ symbol }) => symbol)];
  for (const symbol of held) {
    if (now.get(symbol) === before.get(symbol)) continue;
    const what = now.has(symbol)
      ? `the contract of ${symbol} has changed`
      : `${symbol} is not among the symbols any more`;
    throw new VenueError(`the paper account holds ${symbol}, but ${what}: configure it as it was and close it first`);
  }
}

/** What a person does in the terminal, played on the picture of a paper venue: with the report that a broker would make of it, or without. */
import type { VenueSnapshot } from '../../../src/broker/paper/venue-snapshot.ts';
import type { ExternalPosition } from '../../../src/domain/external.ts';
import type { BrokerReport } from '../../../src/domain/order.ts';
import { addMoney, type Money, type Price, type UnixMs } from '../../../src/domain/units.ts';

export type HandMove =
  /** A level of 0 takes it away. */
  | {
      readonly kind: 'levels';
      readonly positionId: string;
      readonly stopLoss: Price;
      readonly takeProfit: Price;
      readonly reported: boolean;
    }
  /** Paid in or out, or earned by a trade that is not ours. */
  | { readonly kind: 'cash'; readonly amount: Money; readonly capital: boolean }
  /** All that others hold from now on. */
  | { readonly kind: 'externals'; readonly externals: readonly ExternalPosition[] };

/** What others hold stands beside the venue's book. */
export function moved(venue: VenueSnapshot, move: Exclude<HandMove, { kind: 'externals' }>, at: UnixMs): VenueSnapshot {
  if (move.kind === 'cash') return withCash(venue, move, at);
  const { positionId, stopLoss, takeProfit, reported } = move;
  const holdings = venue.book.holdings.map((held) =>
    held.position.positionId === positionId ? { ...held, position: { ...held.position, stopLoss, takeProfit } } : held,
  );
  const after = { ...venue, book: { ...venue.book, holdings } };
  return reported ? saying(after, { kind: 'amended', at, positionId, stopLoss, takeProfit }) : after;
}

function withCash(venue: VenueSnapshot, { amount, capital }: Extract<HandMove, { kind: 'cash' }>, at: UnixMs) {
  const { ledger } = venue.book;
  const opening = addMoney(ledger.opening, amount);
  const after = {
    ...venue,
    book: { ...venue.book, ledger: { ...ledger, opening, balance: addMoney(ledger.balance, amount) } },
  };
  return saying(after, { kind: 'cash', at, amount, capital, text: 'by hand' });
}

type Unnumbered<R> = R extends unknown ? Omit<R, 'sequence'> : never;

function saying(venue: VenueSnapshot, report: Unnumbered<BrokerReport>): VenueSnapshot {
  const { log } = venue.book;
  const sequence = log.sequence + 1;
  const reports = [...log.reports, { ...report, sequence } as BrokerReport];
  return { ...venue, book: { ...venue.book, log: { ...log, sequence, reports } } };
}

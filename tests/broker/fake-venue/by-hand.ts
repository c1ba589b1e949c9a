/** What a person does in the terminal, played on the picture of a paper venue: with the report that a broker would make of it, or without. */
import type { VenueSnapshot } from '../../../src/broker/paper/venue-snapshot.ts';
import type { ExternalPosition } from '../../../src/domain/external.ts';
import type { BrokerReport, Order } from '../../../src/domain/order.ts';
import type { HeldPosition } from '../../../src/domain/ports.ts';
import {
  addMoney,
  type Money,
  type Price,
  type Quantity,
  quantity,
  type UnixMs,
  unixMs,
} from '../../../src/domain/units.ts';

export type HandMove =
  /** A level of 0 takes it away. */
  | {
      readonly kind: 'levels';
      readonly positionId: string;
      readonly stopLoss: Price;
      readonly takeProfit: Price;
      readonly reported: boolean;
    }
  /** So many steps of a position are closed at the price of the moment, as every broker reports it. */
  | { readonly kind: 'close'; readonly positionId: string; readonly quantity: Quantity }
  /** So many steps of a position go, and no report tells of it; the balance moves by what they earned. */
  | { readonly kind: 'vanish'; readonly positionId: string; readonly quantity: Quantity; readonly profit: Money }
  /** Paid in or out, or earned by a trade that is not ours. */
  | { readonly kind: 'cash'; readonly amount: Money; readonly capital: boolean }
  /** All that others hold from now on. */
  | { readonly kind: 'externals'; readonly externals: readonly ExternalPosition[] };

/** What others hold stands beside the venue's book. */
export function moved(
  venue: VenueSnapshot,
  move: Exclude<HandMove, { kind: 'externals' | 'close' }>,
  at: UnixMs,
): VenueSnapshot {
  if (move.kind === 'cash') return withCash(venue, move, at);
  if (move.kind === 'vanish') return without(venue, move);
  const { positionId, stopLoss, takeProfit, reported } = move;
  const holdings = venue.book.holdings.map((held) =>
    held.position.positionId === positionId ? { ...held, position: { ...held.position, stopLoss, takeProfit } } : held,
  );
  const after = { ...venue, book: { ...venue.book, holdings } };
  return reported ? saying(after, { kind: 'amended', at, positionId, stopLoss, takeProfit }) : after;
}

/** The order by which a terminal closes. */
export function handOrder(
  { positionId, symbol }: Pick<HeldPosition, 'positionId' | 'symbol'>,
  orderId: string,
  steps: Quantity,
): Order {
  const decidedAt = unixMs(0);
  const base = { orderId, decisionId: 'by-hand', symbol, reason: 'flatten', decidedAt, positionId } as const;
  const intent = { kind: 'close', ...base, quantity: steps } as const;
  return { intent, status: 'sending', filled: quantity(0), changedAt: decidedAt };
}

function without(venue: VenueSnapshot, { positionId, quantity: gone, profit }: Extract<HandMove, { kind: 'vanish' }>) {
  const { book } = paidWith(venue, profit);
  const holdings = book.holdings.flatMap((held) => {
    if (held.position.positionId !== positionId) return [held];
    const left = quantity(held.position.quantity - gone);
    return left === 0 ? [] : [{ ...held, position: { ...held.position, quantity: left } }];
  });
  return { ...venue, book: { ...book, holdings } };
}

function paidWith(venue: VenueSnapshot, amount: Money): VenueSnapshot {
  const { ledger } = venue.book;
  const [opening, balance] = [addMoney(ledger.opening, amount), addMoney(ledger.balance, amount)];
  return { ...venue, book: { ...venue.book, ledger: { ...ledger, opening, balance } } };
}

function withCash(venue: VenueSnapshot, { amount, capital }: Extract<HandMove, { kind: 'cash' }>, at: UnixMs) {
  return saying(paidWith(venue, amount), { kind: 'cash', at, amount, capital, text: 'by hand' });
}

type Unnumbered<R> = R extends unknown ? Omit<R, 'sequence'> : never;

function saying(venue: VenueSnapshot, report: Unnumbered<BrokerReport>): VenueSnapshot {
  const { log } = venue.book;
  const sequence = log.sequence + 1;
  const reports = [...log.reports, { ...report, sequence } as BrokerReport];
  return { ...venue, book: { ...venue.book, log: { ...log, sequence, reports } } };
}

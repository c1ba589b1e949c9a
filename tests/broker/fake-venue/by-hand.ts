/** What a person does in the terminal, played on the picture of a paper venue: with the reports that a broker would make of it, or without. */
import type { VenueSnapshot } from '../../../src/broker/paper/venue-snapshot.ts';
import type { Position } from '../../../src/domain/position.ts';
import type { Price } from '../../../src/domain/units.ts';

export type HandMove =
  /** A level of 0 takes it away. */
  { readonly kind: 'levels'; readonly positionId: string; readonly stopLoss: number; readonly takeProfit: number };

export function moved(venue: VenueSnapshot, move: HandMove): VenueSnapshot {
  const { stopLoss, takeProfit } = move;
  return withPosition(venue, move.positionId, (position) => ({
    ...position,
    stopLoss: stopLoss as Price,
    takeProfit: takeProfit as Price,
  }));
}

function withPosition(
  venue: VenueSnapshot,
  positionId: string,
  change: (position: Position) => Position,
): VenueSnapshot {
  const { book } = venue;
  const holdings = book.holdings.map((held) =>
    held.position.positionId === positionId ? { ...held, position: change(held.position) } : held,
  );
  return { ...venue, book: { ...book, holdings } };
}

/** How much of a position a partial close takes: whole lot steps, and nothing where a crumb would be closed or left. */
import { shareOf } from '../instrument.ts';
import type { Position } from '../position.ts';
import { type Quantity, quantity } from '../units.ts';

/** Rounded to the lot step; 0 where the part closed, or the part left, would be under `min_close_size` of the opening size. */
export function partialCloseOf(position: Position, fraction: number, minCloseSize: number): Quantity {
  const part = shareOf(position.quantity, fraction);
  const least = position.openingQuantity * minCloseSize;
  return part >= least && position.quantity - part >= least && part < position.quantity ? part : quantity(0);
}

/** How much of a position a partial close takes: whole lot steps, and nothing where a crumb would be closed or left. */
import { shareOf } from '../instrument.ts';
import type { Position } from '../position.ts';
import { type Quantity, quantity } from '../units.ts';

/** A fraction of what is open, rounded to the lot step; 0 where that is no sound part. */
export function partialCloseOf(position: Position, fraction: number, minCloseSize: number): Quantity {
  const part = shareOf(position.quantity, fraction);
  return soundPart(position, part, minCloseSize) ? part : quantity(0);
}

/** Neither the part closed nor the part left is under `min_close_size` of the opening size. */
export function soundPart(position: Position, part: Quantity, minCloseSize: number): boolean {
  const least = position.openingQuantity * minCloseSize;
  return part > 0 && part >= least && position.quantity - part >= least && part < position.quantity;
}

/** Order of time broken up: whole blocks change places, so that what neighbours share stays together. */
import type { Random } from '../../domain/random.ts';

/** A permutation of the places 0 … length − 1 that keeps the order within blocks; the last block may be shorter. */
export function shuffledBlocks(length: number, blockRows: number, random: Random): Int32Array {
  if (!(Number.isInteger(blockRows) && blockRows >= 1)) {
    throw new RangeError(`blocks must be a whole number of rows from 1 on, was ${blockRows}`);
  }
  const starts = Array.from({ length: Math.ceil(length / blockRows) }, (_, block) => block * blockRows);
  for (let last = starts.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1));
    [starts[last], starts[other]] = [starts[other] ?? 0, starts[last] ?? 0];
  }
  const places = new Int32Array(length);
  let at = 0;
  for (const start of starts) {
    for (let place = start; place < Math.min(start + blockRows, length); place++) places[at++] = place;
  }
  return places;
}

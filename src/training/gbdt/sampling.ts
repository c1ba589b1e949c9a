/** Which rows a round sees and which features a tree may ask, by seeded chance. */
import type { Random } from '../../domain/random.ts';

/** Each row with the same chance. Fills the beginning of `room`, which has a place for each row, and returns it: rows ascending. */
export function drawRows(room: Int32Array, share: number, random: Random): Int32Array {
  let count = 0;
  for (let row = 0; row < room.length; row++) {
    if (share >= 1 || random.next() < share) room[count++] = row;
  }
  return room.subarray(0, count);
}

/** A fixed number of columns, at least one, ascending. */
export function drawColumns(columns: number, share: number, random: Random): Int32Array {
  const all = Int32Array.from({ length: columns }, (_, column) => column);
  const count = Math.max(1, Math.round(columns * share));
  if (count >= columns) return all;
  for (let place = 0; place < count; place++) {
    const other = place + Math.floor(random.next() * (columns - place));
    const drawn = all[other] ?? 0;
    all[other] = all[place] ?? 0;
    all[place] = drawn;
  }
  return all.subarray(0, count).sort();
}

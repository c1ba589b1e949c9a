/** Lists in pages, newest first: the cursor is the key of the last row given. */
import type { Page } from '../../servo/control.ts';
import { StoreError } from '../store-error.ts';

export interface PageQuery {
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/** `fetch` gives at most `count` rows with a key below `before`, newest first; one more than a page tells whether it ends. */
export function pageOf<T>(
  { limit, cursor }: PageQuery,
  fetch: (before: number, count: number) => readonly T[],
  keyOf: (row: T) => number,
): Page<T> {
  const rows = fetch(keyIn(cursor), limit + 1);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? String(keyOf(last)) : null };
}

function keyIn(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  const key = Number(cursor);
  if (Number.isSafeInteger(key) && key > 0) return key;
  throw new StoreError('cursor', `cursor "${cursor}" is not the nextCursor of an earlier answer: ask again without it`);
}

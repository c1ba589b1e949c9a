/** One table of two databases, row by row in the order of its key, with the differences in words. */
import type Database from 'better-sqlite3';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { getTableColumns, getTableName } from './drizzle.ts';

const DIFFERENCES_TOLD = 3;

export interface TableReport {
  readonly table: string;
  readonly rows: number;
  /** The first few. */
  readonly differences: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

/** `replayed` is what `stored` should be. The table's key is its first column. */
export function compareTables(table: SQLiteTable, stored: Database.Database, replayed: Database.Database): TableReport {
  const name = getTableName(table);
  const columns = Object.values(getTableColumns(table)).map((column) => `"${column.name}"`);
  const query = `SELECT ${columns.join(', ')} FROM "${name}" ORDER BY 1`;
  const pairs = paired(stored.prepare<[], Row>(query).iterate(), replayed.prepare<[], Row>(query).iterate());
  const differences: string[] = [];
  let rows = 0;
  for (const { found, due } of pairs) {
    if (found !== undefined) rows += 1;
    if (differences.length < DIFFERENCES_TOLD) differences.push(...differencesOf(found, due));
  }
  return { table: name, rows, differences };
}

interface Pair {
  readonly found: Row | undefined;
  readonly due: Row | undefined;
}

/** Rows of the same key together, the others alone. */
function* paired(left: Iterator<Row>, right: Iterator<Row>): Generator<Pair> {
  const take = (rows: Iterator<Row>): Row | undefined => {
    const next = rows.next();
    return next.done === true ? undefined : next.value;
  };
  let found = take(left);
  let due = take(right);
  while (found !== undefined || due !== undefined) {
    const order = orderOf(found, due);
    yield { found: order <= 0 ? found : undefined, due: order >= 0 ? due : undefined };
    if (order <= 0) found = take(left);
    if (order >= 0) due = take(right);
  }
}

/** Below 0 where `found` comes first, 0 where both have the same key. What has ended comes last. */
function orderOf(found: Row | undefined, due: Row | undefined): number {
  if (found === undefined || due === undefined) return found === undefined ? 1 : -1;
  const [a, b] = [keyOf(found), keyOf(due)];
  return a === b ? 0 : a < b ? -1 : 1;
}

const keyOf = (row: Row): number | string => Object.values(row)[0] as number | string;

function differencesOf(found: Row | undefined, due: Row | undefined): string[] {
  if (found === undefined) return due === undefined ? [] : [`${keyOf(due)}: the row is missing`];
  if (due === undefined) return [`${keyOf(found)}: the row follows from nothing in the journal`];
  return Object.keys(due)
    .filter((column) => found[column] !== due[column])
    .map((column) => `${keyOf(due)}: ${column} is ${shown(found[column])}, the journal says ${shown(due[column])}`);
}

const shown = (value: unknown): string => (value === null ? 'absent' : JSON.stringify(value));

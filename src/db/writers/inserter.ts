/** A prepared INSERT of whole rows, its columns and their types taken from the schema; what a row leaves out is NULL. */
import type Database from 'better-sqlite3';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { getTableColumns, getTableName } from '../drizzle.ts';

export function inserter<T extends SQLiteTable>(
  database: Database.Database,
  table: T,
  verb: 'INSERT' | 'INSERT OR REPLACE' = 'INSERT',
): (row: T['$inferInsert']) => void {
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([, { name }]) => `"${name}"`).join(', ');
  const marks = columns.map(() => '?').join(', ');
  const statement = database.prepare<unknown[]>(`${verb} INTO "${getTableName(table)}" (${names}) VALUES (${marks})`);
  const properties = columns.map(([property]) => property);
  return (row) => {
    const values: Record<string, unknown> = row;
    statement.run(properties.map((property) => values[property] ?? null));
  };
}

/**
 * Drizzle, by its CommonJS half: of an ES module Node reads the manifest of its package, once a module, and Drizzle has a hundred
 * modules and a manifest of 180 kB. It is 1.5 s of every process that opens a database.
 */
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);
const core = load('drizzle-orm') as typeof import('drizzle-orm');
const sqlite = load('drizzle-orm/sqlite-core') as typeof import('drizzle-orm/sqlite-core');

export const { and, asc, desc, eq, getTableColumns, getTableName, gte, inArray, lt, lte, sql } = core;
export const { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } = sqlite;
export const { drizzle } = load('drizzle-orm/better-sqlite3') as typeof import('drizzle-orm/better-sqlite3');
export const { migrate } = load(
  'drizzle-orm/better-sqlite3/migrator',
) as typeof import('drizzle-orm/better-sqlite3/migrator');
export const { readMigrationFiles } = load('drizzle-orm/migrator') as typeof import('drizzle-orm/migrator');

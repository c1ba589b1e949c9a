/** Where drizzle-kit finds the schema and writes the migrations that are committed with it. */
import { defineConfig } from 'drizzle-kit';

export default defineConfig({ dialect: 'sqlite', schema: './src/db/schema.ts', out: './src/db/migrations' });

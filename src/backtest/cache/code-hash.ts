/** The hash of everything beside data and settings that decides what is measured: our sources, the packages, the runtime. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = join(import.meta.dirname, '../..');
/** All of the domain rather than a list: a file that were left out of the list would leave old measures in use. */
const MEASURING = ['domain', 'market', 'backtest/measure.ts', 'backtest/model-source.ts', 'inference/session.ts'];

let known: string | undefined;

export function codeHash(): string {
  known ??= hashOf([...MEASURING.flatMap((path) => filesIn(join(SOURCES, path))), join(SOURCES, '../package.json')]);
  return known;
}

function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256').update(`${process.version} ${process.arch}`);
  for (const file of files) hash.update(`\n${file.slice(SOURCES.length)}\n`).update(readFileSync(file));
  return hash.digest('hex');
}

function filesIn(path: string): string[] {
  if (path.endsWith('.ts')) return [path];
  const entries = readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => filesIn(join(path, entry.name)));
}

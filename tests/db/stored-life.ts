/** One history, stored once for a test file, and what the reads of it are compared with. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openQueries, type Queries } from '../../src/db/queries.ts';
import type { DomainEvent, EventKind, EventOf } from '../../src/domain/events.ts';
import { history } from './history.ts';
import { filled } from './support.ts';

export const LIFE = history(200, 31);
export const EVENTS = LIFE.batches.flat();
export const ofKind = <K extends EventKind>(kind: K): EventOf<K>[] =>
  EVENTS.filter((event): event is DomainEvent & EventOf<K> => event.kind === kind);
export const FILLS = ofKind('fill_applied');
export const TRADES = FILLS.flatMap(({ trade }) => (trade === undefined ? [] : [trade]));
export const DECISIONS = ofKind('decision_made').map(({ decision }) => decision);

/** Open from before the file's first test until after its last. */
export function storedLife(): { readonly path: string; readonly queries: Queries } {
  const life = {} as { dir: string; path: string; queries: Queries };
  beforeAll(() => {
    life.dir = mkdtempSync(join(tmpdir(), 'servo-db-'));
    life.path = filled(LIFE, join(life.dir, 'servo.db'));
    life.queries = openQueries(life.path);
  });
  afterAll(() => {
    life.queries.close();
    rmSync(life.dir, { recursive: true, force: true });
  });
  return life;
}

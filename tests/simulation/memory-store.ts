/**
 * A store in memory for most seeds. It keeps what the real one promises: a batch whole or not at all, one writer at a time,
 * and nothing but what JSON can hold. `memory-store.test.ts` asks both the same.
 */
import { StoreError } from '../../src/db/store-error.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import type { StateSnapshot } from '../../src/domain/snapshot.ts';
import type { JournalEntry, Store } from '../../src/servo/ports.ts';

/** What outlives the process. */
export interface Shelf {
  readonly rows: { readonly text: string; readonly recordedAt: JournalEntry['recordedAt'] }[];
  snapshot?: { readonly sequence: number; readonly text: string };
}

export const emptyShelf = (): Shelf => ({ rows: [] });

/** A process' own sight of the shelf: it knows the last row it has read or written, as the real one does. */
export function memoryStore(shelf: Shelf): Store {
  let head = shelf.rows.length;
  return {
    append(events, _alerts, recordedAt) {
      if (shelf.rows.length !== head) {
        throw new StoreError('misfit', `journal row ${head + 1} is there already: another process has written it`);
      }
      const texts = events.map(textOf);
      for (const text of texts) shelf.rows.push({ text, recordedAt });
      head = shelf.rows.length;
    },
    lastSequence: () => head,
    *entriesAfter(sequence) {
      for (let row = sequence; row < shelf.rows.length; row++) {
        const { text, recordedAt } = shelf.rows[row] as Shelf['rows'][number];
        yield { sequence: row + 1, event: JSON.parse(text) as DomainEvent, recordedAt };
      }
    },
    loadSnapshot() {
      if (shelf.snapshot === undefined) return undefined;
      return { sequence: shelf.snapshot.sequence, state: JSON.parse(shelf.snapshot.text) as StateSnapshot };
    },
    saveSnapshot(state) {
      shelf.snapshot = { sequence: head, text: JSON.stringify(state) };
    },
    recordLatency() {},
    outbox: { pending: () => [], delivered() {}, firstSight: () => true },
    close() {},
  };
}

function textOf(event: DomainEvent): string {
  const text = JSON.stringify(event);
  if (text.includes('null')) refuseNonFinite(event.kind, event);
  return text;
}

function refuseNonFinite(path: string, value: unknown): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new StoreError('misfit', `${path} is ${value}, not a finite number: nothing was written`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, field] of Object.entries(value)) refuseNonFinite(`${path}.${key}`, field);
}

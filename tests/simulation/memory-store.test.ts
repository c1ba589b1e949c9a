/** The store in memory keeps the promises of the real one that the simulation rests on: both are asked the same. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { StoreError } from '../../src/db/store-error.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import { money, unixMs } from '../../src/domain/units.ts';
import { memoryShelves, type Shelves, sqliteShelves } from './shelves.ts';

const NOW = unixMs(Date.UTC(2026, 0, 5, 12));
const opened: DomainEvent = {
  kind: 'account_opened',
  at: NOW,
  account: 'simulated',
  currency: 'USD',
  balance: money(5),
};
const mark = (equity: number): DomainEvent =>
  ({ kind: 'equity_marked', at: NOW, balance: 1, equity }) as unknown as DomainEvent;

const KINDS: Record<string, () => Shelves> = { 'in memory': memoryShelves, real: sqliteShelves };

describe.each(Object.entries(KINDS))('the store %s', (_, open) => {
  function shelves(): Shelves {
    const made = open();
    onTestFinished(() => made.remove());
    return made;
  }

  test('gives back what was appended, to the next process too', () => {
    const kept = shelves();
    const store = kept.open();
    store.append([opened, mark(1)], [], NOW);
    store.append([mark(2)], [], NOW);
    for (const reader of [store, kept.open()]) {
      expect(reader.lastSequence()).toBe(3);
      const entries = [...reader.entriesAfter(1)].map(({ sequence, event, recordedAt }) => [
        sequence,
        event,
        recordedAt,
      ]);
      expect(entries).toEqual([
        [2, mark(1), NOW],
        [3, mark(2), NOW],
      ]);
    }
  });

  test('writes nothing of a batch with a number that is none', () => {
    const store = shelves().open();
    store.append([opened], [], NOW);
    for (const poison of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => store.append([mark(1), mark(poison)], [], NOW)).toThrow(StoreError);
    }
    expect([...store.entriesAfter(0)]).toHaveLength(1);
  });

  test('refuses a process that another has overtaken', () => {
    const kept = shelves();
    const [zombie, successor] = [kept.open(), kept.open()];
    zombie.append([opened], [], NOW);
    const next = kept.open();
    next.append([mark(1)], [], NOW);
    for (const late of [zombie, successor]) expect(() => late.append([mark(2)], [], NOW)).toThrow(StoreError);
    expect([...next.entriesAfter(0)].map(({ event }) => event.kind)).toEqual(['account_opened', 'equity_marked']);
  });

  test('keeps what JSON keeps, and no more', () => {
    const store = shelves().open();
    const halted = {
      kind: 'halted',
      at: NOW,
      by: 'test',
      reason: 'null',
      drawdown: undefined,
    } as unknown as DomainEvent;
    store.append([halted], [], NOW);
    const [entry] = store.entriesAfter(0);
    expect(entry?.event).toStrictEqual({ kind: 'halted', at: NOW, by: 'test', reason: 'null' });
  });
});

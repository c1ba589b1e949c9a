/** The writer: all of a batch or none, append-only, stamped for one account, and typed errors where the world refuses. */
import { writeFileSync } from 'node:fs';
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { describe, expect, test } from 'vitest';
import { openWriter } from '../../src/db/database.ts';
import { openQueries } from '../../src/db/queries.ts';
import * as schema from '../../src/db/schema.ts';
import { openStore, storeOn } from '../../src/db/store.ts';
import { verifyStore } from '../../src/db/verify.ts';
import { apply } from '../../src/domain/apply.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import { restoreState, snapshotState, stateHash } from '../../src/domain/snapshot.ts';
import { money, unixMs } from '../../src/domain/units.ts';
import type { Alert } from '../../src/servo/alerts.ts';
import { history, POLICY } from './history.ts';
import { filled, NOW, opened, storeErrorOf, tamper, tempPath, tempStore } from './support.ts';

const alert = (severity: Alert['severity'], text: string): Alert => ({ kind: 'cooldown', severity, text });
const mark = (equity: number, at = NOW): DomainEvent => ({
  kind: 'equity_marked',
  at,
  balance: money(equity),
  equity: money(equity),
});
const unknownOrder: DomainEvent = { kind: 'order_changed', at: NOW, orderId: 'nobody’s', change: 'send' };

test('what was appended is read back as it was, in order, from any sequence on', () => {
  const { batches } = history(30, 3);
  const events = batches.flat();
  const path = filled({ batches, state: history(1, 3).state });
  const store = tempStore(path);
  expect(store.lastSequence()).toBe(events.length);
  expect([...store.entriesAfter(0)]).toEqual(events.map((event, i) => ({ sequence: i + 1, event, recordedAt: NOW })));
  expect([...store.entriesAfter(events.length - 2)].map(({ event }) => event)).toEqual(events.slice(-2));
  expect([...store.entriesAfter(events.length)]).toEqual([]);
});

describe('a batch that fails leaves nothing', () => {
  test('an event that does not fit what is stored', () => {
    const path = tempPath();
    const store = tempStore(path);
    store.append([opened()], [], NOW);
    const refused = storeErrorOf(() => store.append([mark(9_000_000), unknownOrder], [alert('info', 'never')], NOW));
    expect(refused).toMatchObject({ code: 'misfit', message: expect.stringContaining('order nobody’s is not known') });
    expect(store.lastSequence()).toBe(1);
    expect(store.outbox.pending(9)).toEqual([]);
    const reader = openQueries(path);
    expect(reader.account()?.equity).toBe(10_000_000_000);
    expect(reader.equity({ points: 9 })).toEqual([]);
    reader.close();
    store.append([mark(9_000_000)], [], NOW);
    expect(verifyStore(path)).toMatchObject({ ok: true, chain: { rows: 2 } });
  });

  test('a number that is none: JSON would have made it null', () => {
    const store = tempStore();
    store.append([opened()], [], NOW);
    const poisoned = { ...mark(1), equity: Number.NaN } as unknown as DomainEvent;
    expect(storeErrorOf(() => store.append([poisoned], [], NOW))).toMatchObject({
      code: 'misfit',
      message: 'equity_marked: equity_marked.equity is NaN, not a finite number: nothing was written',
    });
    const words: DomainEvent = { kind: 'halted', at: NOW, by: 'null', reason: 'the text null is no missing number' };
    store.append([words], [], NOW);
    expect(store.lastSequence()).toBe(2);
  });

  test('a deal that was applied already', () => {
    const { batches } = history(60, 7);
    const path = filled({ batches, state: history(1, 7).state });
    const store = tempStore(path);
    const again = batches.flat().find(({ kind }) => kind === 'fill_applied') as DomainEvent;
    expect(storeErrorOf(() => store.append([again], [], NOW)).code).toBe('misfit');
    expect(store.lastSequence()).toBe(batches.flat().length);
  });

  test('a full disk: a typed error, and it goes on where it stood once there is room', () => {
    const path = tempPath();
    openStore({ path, account: 'demo', mode: 'paper' }).close();
    const database = openWriter(path, 'full');
    const store = storeOn(database);
    store.append([opened()], [], NOW);
    const pages = Number(database.pragma('page_count', { simple: true }));
    database.pragma(`max_page_count = ${pages}`);
    const long = 'x'.repeat(20_000);
    const halt: DomainEvent = { kind: 'halted', at: NOW, by: 'test', reason: long };
    expect(storeErrorOf(() => store.append([mark(1), halt], [alert('critical', long)], NOW))).toMatchObject({
      code: 'disk_full',
      message: expect.stringMatching(/servo\.db: .*full.*free some space/),
    });
    expect([...store.entriesAfter(0)]).toHaveLength(1);
    database.pragma(`max_page_count = ${pages + 1000}`);
    store.append([mark(1), halt], [alert('critical', long)], NOW);
    expect(store.lastSequence()).toBe(3);
    store.close();
    expect(verifyStore(path).ok).toBe(true);
  });

  test('a lock that another program holds: refused within a fraction of a second, not after five', () => {
    const path = tempPath();
    const store = tempStore(path);
    tamper(path, (other) => {
      other.exec('BEGIN IMMEDIATE');
      const startedMs = performance.now();
      expect(storeErrorOf(() => store.append([opened()], [], NOW)).code).toBe('locked');
      expect(performance.now() - startedMs).toBeLessThan(2000);
    });
    store.append([opened()], [], NOW);
    expect(store.lastSequence()).toBe(1);
  });
});

test('the journal is append-only: no update, no delete, no row but the next, also not by REPLACE', () => {
  const path = filled(history(1, 2));
  tamper(path, (other) => {
    const appendOnly = /append-only/;
    expect(() => other.exec("UPDATE journal SET payload = '{}' WHERE sequence = 2")).toThrow(appendOnly);
    expect(() => other.exec('DELETE FROM journal WHERE sequence = 2')).toThrow(appendOnly);
    const columns = 'sequence, at, recorded_at, kind, payload, hash';
    for (const sequence of [2, 900_000]) {
      const insert = `INSERT OR REPLACE INTO journal (${columns}) VALUES (${sequence}, 1, 1, 'halted', '{}', '')`;
      expect(() => other.exec(insert)).toThrow(appendOnly);
    }
  });
  expect(verifyStore(path).ok).toBe(true);
});

describe('opening', () => {
  test('again changes nothing, and applies no migration twice', () => {
    const path = filled(history(5, 2));
    const applied = () =>
      tamper(path, (other) => other.prepare('SELECT count(*) FROM __drizzle_migrations').pluck().get() as number);
    const before = applied();
    const head = verifyStore(path).chain.head;
    expect(before).toBeGreaterThan(0);
    tempStore(path);
    expect(applied()).toBe(before);
    expect(verifyStore(path).chain.head).toBe(head);
  });

  test.each([
    [{ account: 'other', mode: 'paper' }, 'not to other in paper mode'],
    [{ account: 'demo', mode: 'live' }, 'not to demo in live mode'],
  ])('refuses %o: the file is the demo account’s, on paper', (wanted, words) => {
    const path = tempPath();
    openStore({ path, account: 'demo', mode: 'paper' }).close();
    const { code, message } = storeErrorOf(() => openStore({ path, ...wanted }));
    expect(code).toBe('foreign');
    expect(message).toContain('belongs to account demo in paper mode');
    expect(message).toContain(words);
    // And the stamp is as it was.
    openStore({ path, account: 'demo', mode: 'paper' }).close();
  });

  test('refuses the file of a newer servo, for writing and for reading', () => {
    const path = filled(history(1, 2));
    tamper(path, (other) => other.pragma('user_version = 99'));
    expect(storeErrorOf(() => openStore({ path, account: 'demo', mode: 'paper' }))).toMatchObject({
      code: 'schema',
      message: expect.stringContaining('written by a newer servo'),
    });
    expect(storeErrorOf(() => openQueries(path)).code).toBe('schema');
  });

  test('says what is wrong with a path, for writing and for reading', () => {
    const unmade = tempPath();
    tamper(unmade, (other) => other.exec('CREATE TABLE t (a)'));
    expect(storeErrorOf(() => openQueries(unmade))).toMatchObject({
      code: 'schema',
      message: expect.stringContaining('start the servo once'),
    });
    expect(storeErrorOf(() => openQueries(`${unmade}.gone`)).code).toBe('missing');

    const garbage = tempPath();
    writeFileSync(garbage, 'time,open,high,low,close\n'.repeat(200));
    expect(storeErrorOf(() => openStore({ path: garbage, account: 'demo', mode: 'paper' })).code).toBe('corrupt');
    expect(storeErrorOf(() => openQueries(garbage)).code).toBe('corrupt');
    const below = `${garbage}/data/servo.db`;
    expect(storeErrorOf(() => openStore({ path: below, account: 'demo', mode: 'paper' }))).toMatchObject({
      code: 'io',
      message: expect.stringContaining('the folder cannot be made'),
    });
  });

  test('makes durable commits in a write-ahead log', () => {
    const path = tempPath();
    const database = openWriter(path, 'full');
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
    database.close();
  });

  test('makes every table and column of the schema: the committed migrations are up to date', () => {
    const database = openWriter(tempPath(), 'full');
    const tables = Object.values(schema).filter((value) => is(value, SQLiteTable));
    expect(tables.length).toBeGreaterThan(12);
    for (const table of tables) {
      const info = database.pragma(`table_info(${getTableName(table)})`) as { name: string; notnull: number }[];
      const columns = Object.values(getTableColumns(table));
      expect(info.map(({ name }) => name)).toEqual(columns.map(({ name }) => name));
      const required = columns.filter(({ notNull, primary }) => notNull && !primary).map(({ name }) => name);
      expect(
        info.filter(({ name, notnull }) => notnull === 1 && required.includes(name)).map(({ name }) => name),
      ).toEqual(required);
    }
    database.close();
  });
});

describe('beside the journal', () => {
  test('the outbox gives the gravest first, then the oldest, and each until it is delivered', () => {
    const store = tempStore();
    const texts = () => store.outbox.pending(9).map(({ text }) => text);
    store.append(
      [opened()],
      [alert('info', 'a'), alert('critical', 'b'), { ...alert('warning', 'c'), decisionId: 'D' }],
      NOW,
    );
    store.append([mark(1)], [alert('error', 'd'), alert('critical', 'e')], unixMs(NOW + 1));
    expect(texts()).toEqual(['b', 'e', 'd', 'c', 'a']);
    expect(store.outbox.pending(1)).toEqual([
      { id: 2, raisedAt: NOW, severity: 'critical', kind: 'cooldown', text: 'b' },
    ]);
    expect(store.outbox.pending(9).find(({ text }) => text === 'c')?.decisionId).toBe('D');
    store.outbox.delivered(2, NOW);
    expect(texts()).toEqual(['e', 'd', 'c', 'a']);
  });

  test('an update of a chat is seen for the first time once, also after a restart', () => {
    const lately = unixMs(Date.now());
    const path = tempPath();
    const store = openStore({ path, account: 'demo', mode: 'paper' });
    expect(store.outbox.firstSight(7_000_000_001, lately)).toBe(true);
    expect(store.outbox.firstSight(7_000_000_001, lately)).toBe(false);
    store.close();
    expect(tempStore(path).outbox.firstSight(7_000_000_001, lately)).toBe(false);
  });

  test('three snapshots are kept, and a damaged one is passed over for the one before', () => {
    const path = tempPath();
    const { batches, state } = history(1, 4);
    const store = tempStore(path);
    for (const events of batches.slice(0, 4)) {
      store.append(events, [], NOW);
      store.saveSnapshot(snapshotState(state));
    }
    const sequences = tamper(path, (other) => {
      const all = other.prepare('SELECT sequence FROM snapshots ORDER BY sequence').pluck().all() as number[];
      other.prepare("UPDATE snapshots SET state = replace(state, '1', '2') WHERE sequence = ?").run(all[2]);
      return all;
    });
    expect(sequences).toHaveLength(3);
    expect(sequences[2]).toBe(store.lastSequence());
    expect(store.loadSnapshot()?.sequence).toBe(sequences[1]);
  });

  test('a state rebuilt from a snapshot and the entries after it equals the one that was never interrupted', () => {
    const { batches, state } = history(50, 9);
    const store = tempStore();
    const early = history(0, 9);
    const warm = early.batches.length;
    for (const [i, events] of batches.entries()) {
      store.append(events, [], NOW);
      if (i === warm - 1) store.saveSnapshot(snapshotState(early.state));
    }
    const { sequence, state: picture } = store.loadSnapshot()!;
    expect(sequence).toBeLessThan(store.lastSequence());
    const rebuilt = restoreState(POLICY, picture);
    for (const { event } of store.entriesAfter(sequence)) apply(rebuilt, event);
    expect(stateHash(rebuilt, String)).toBe(stateHash(state, String));
  });

  test('latencies are written once a second, and with the last close', () => {
    const path = tempPath();
    const store = openStore({ path, account: 'demo', mode: 'paper' });
    const rows = () => tamper(path, (other) => other.prepare('SELECT sum(count) FROM stage_latencies').pluck().get());
    for (let i = 0; i < 99; i++) store.recordLatency('predict', 3, unixMs(NOW + 10 * i));
    expect(rows()).toBeNull();
    store.recordLatency('predict', 3, unixMs(NOW + 1000));
    expect(rows()).toBe(100);
    store.recordLatency('monitor', 3, unixMs(NOW + 1001));
    expect(rows()).toBe(100);
    store.close();
    expect(rows()).toBe(101);
  });
});

test('alerts told and updates seen long ago are forgotten at the next start; what nobody was told stays', () => {
  const path = tempPath();
  const longAgo = unixMs(Date.now() - 91 * 86_400_000);
  const store = openStore({ path, account: 'demo', mode: 'paper' });
  store.append([opened()], [alert('info', 'told'), alert('info', 'told lately'), alert('info', 'untold')], longAgo);
  store.outbox.delivered(1, longAgo);
  store.outbox.delivered(2, unixMs(Date.now()));
  store.outbox.firstSight(7, longAgo);
  store.outbox.firstSight(8, unixMs(Date.now()));
  store.close();
  const next = tempStore(path);
  expect(tamper(path, (database) => database.prepare('SELECT text FROM alerts ORDER BY id').pluck().all())).toEqual([
    'told lately',
    'untold',
  ]);
  expect([next.outbox.firstSight(7, longAgo), next.outbox.firstSight(8, longAgo)]).toEqual([true, false]);
});

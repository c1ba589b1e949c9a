/** Verification: a true store passes, and each kind of damage is found and told in words. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/db/store.ts';
import { verifyStore } from '../../src/db/verify.ts';
import { history } from './history.ts';
import { filled, NOW, storeErrorOf, tamper, tempDir, tempPath, tempStore } from './support.ts';

const LIFE = history(150, 21);
const KINDS_MET = new Set(LIFE.batches.flat().map(({ kind }) => kind));

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'servo-db-'));
  filled(LIFE, join(dir, 'life.db'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function copyOfLife(): string {
  const path = tempPath();
  copyFileSync(join(dir, 'life.db'), path);
  return path;
}

const rowsOf = (path: string) => Object.fromEntries(verifyStore(path).tables.map(({ table, rows }) => [table, rows]));

/** With the triggers out of the way, as someone with the file can have it. */
const rewriteJournal = (path: string, sql: string) =>
  tamper(path, (database) => {
    for (const trigger of ['no_update', 'no_delete', 'only_at_end']) database.exec(`DROP TRIGGER journal_${trigger}`);
    database.exec(sql);
  });

test('the history meets every event that changes a read model', () => {
  const changing = [
    ...['account_opened', 'signal_made', 'signal_dropped', 'decision_made', 'retry_scheduled', 'reduce_requested'],
    ...['order_changed', 'fill_applied', 'position_amended', 'swap_charged', 'equity_marked', 'windows_rolled'],
    'ladder_stepped',
  ];
  expect(changing.filter((kind) => !KINDS_MET.has(kind as never))).toEqual([]);
});

describe.each([21, 22, 23])('a true store, seed %i', (seed) => {
  test('passes: every read model is what the journal makes of it', () => {
    const { batches, state } = history(150, seed);
    const path = filled({ batches, state });
    const report = verifyStore(path);
    expect(report).toMatchObject({ ok: true, fileFaults: [], chain: { rows: batches.flat().length } });
    expect(report.tables.flatMap(({ differences }) => differences)).toEqual([]);
    expect(report.notCompared.join()).toMatch(/alerts.*telegram_updates.*snapshots.*stage_latencies/);

    const rows = rowsOf(path);
    expect(rows).toMatchObject({
      account: 1,
      equity_samples: 150,
      trades: state.tradesClosed,
      positions: state.positions.size,
    });
    for (const table of ['decisions', 'orders', 'fills', 'trades', 'daily_metrics'])
      expect(rows[table]).toBeGreaterThan(5);
  });
});

describe('the chain shows', () => {
  test.each([
    ['a changed payload', "UPDATE journal SET payload = replace(payload, '1', '2') WHERE sequence = 1000", 1000],
    ['a changed time', 'UPDATE journal SET at = at + 1 WHERE sequence = 1001', 1001],
    ['a changed decision id', "UPDATE journal SET decision_id = 'X' WHERE sequence = 1002", 1002],
    ['a changed hash', "UPDATE journal SET hash = replace(hash, 'a', 'b') WHERE sequence = 1003", 1003],
    ['a missing row', 'DELETE FROM journal WHERE sequence = 1004', 1004],
    [
      'two rows exchanged',
      'UPDATE journal SET sequence = -1 WHERE sequence = 1005; UPDATE journal SET sequence = 1005 WHERE sequence = 1006; UPDATE journal SET sequence = 1006 WHERE sequence = -1',
      1005,
    ],
  ])('%s, and where', (_, sql, sequence) => {
    const path = copyOfLife();
    rewriteJournal(path, sql);
    const report = verifyStore(path);
    expect(report).toMatchObject({ ok: false, fileFaults: [], tables: [] });
    expect(report.chain.brokenAt?.sequence).toBe(sequence);
    expect(report.chain.rows).toBe(sequence - 1);
    expect(report.chain.brokenAt?.expected).not.toBe(report.chain.brokenAt?.found);
    // A servo does not start on it either.
    expect(storeErrorOf(() => openStore({ path, account: 'demo', mode: 'paper' }))).toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(`damaged at row ${sequence}`),
    });
  });

  test('a byte flipped on the disk', () => {
    const path = copyOfLife();
    const needle = Buffer.from('"cappedBy"');
    const at = readFileSync(path).indexOf(needle) + 3;
    expect(at).toBeGreaterThan(needle.length);
    const file = openSync(path, 'r+');
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, at);
    byte[0] = (byte[0] as number) ^ 1;
    writeSync(file, byte, 0, 1, at);
    closeSync(file);
    const report = verifyStore(path);
    // SQLite itself sees nothing wrong with it.
    expect(report.fileFaults).toEqual([]);
    expect(report.chain.brokenAt?.sequence).toBeGreaterThan(0);
    expect(report.ok).toBe(false);
  });
});

describe('the replay shows', () => {
  const damaged = (sql: string) => {
    const path = copyOfLife();
    const changes = tamper(path, (database) => database.prepare(sql).run().changes);
    expect(changes).toBe(1);
    const report = verifyStore(path);
    expect(report).toMatchObject({ ok: false, fileFaults: [] });
    expect(report.chain.brokenAt).toBeUndefined();
    return report.tables.flatMap(({ table, differences }) => differences.map((words) => `${table} ${words}`));
  };

  test('a changed trade, with both values', () => {
    const words = damaged(
      'UPDATE trades SET profit = profit + 1000000 WHERE sequence = (SELECT min(sequence) FROM trades)',
    );
    expect(words).toEqual([expect.stringMatching(/^trades \d+: profit is -?\d+, the journal says -?\d+$/)]);
  });

  test('a missing order, and that the rows after it are as they should be', () => {
    const words = damaged('DELETE FROM orders WHERE sequence = (SELECT min(sequence) FROM orders)');
    expect(words).toEqual([expect.stringMatching(/^orders \d+: the row is missing$/)]);
  });

  test('an invented deal', () => {
    const words =
      damaged(`INSERT INTO fills SELECT 'D0', sequence, order_id, position_id, symbol, side, effect, cause, quantity,
      price, profit, commission, slippage, at FROM fills WHERE deal_id = 'D1'`);
    expect(words).toEqual(['fills D0: the row follows from nothing in the journal']);
  });

  test('a cleared reason', () => {
    const words = damaged(
      "UPDATE decisions SET reason = NULL WHERE sequence = (SELECT min(sequence) FROM decisions WHERE outcome = 'denied')",
    );
    expect(words).toEqual([expect.stringMatching(/^decisions \d+: reason is absent, the journal says "\w+"$/)]);
  });
});

test('a damaged file is told as SQLite tells it', () => {
  const path = copyOfLife();
  tamper(path, (database) => {
    database.unsafeMode();
    database.pragma('writable_schema = ON');
    database.exec(
      "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'trades') WHERE name = 'orders_id'",
    );
  });
  const report = verifyStore(path);
  expect(report.ok).toBe(false);
  expect(report.fileFaults.length).toBeGreaterThan(0);
  const refused = storeErrorOf(() => openStore({ path, account: 'demo', mode: 'paper' }));
  expect(refused).toMatchObject({ code: 'corrupt', message: expect.stringContaining('servo db restore') });
});

test('a backup made while the servo writes is whole, verifies and goes on where it was made', async () => {
  const path = tempPath();
  const store = tempStore(path);
  const half = Math.floor(LIFE.batches.length / 2);
  for (const events of LIFE.batches.slice(0, half)) store.append(events, [], NOW);
  const target = `${tempDir()}/backup.db`;
  const finished = store.backupTo(target);
  for (const events of LIFE.batches.slice(half)) store.append(events, [], NOW);
  await finished;
  const rows = verifyStore(target).chain.rows;
  expect(verifyStore(target).ok).toBe(true);
  expect(rows).toBeGreaterThanOrEqual(LIFE.batches.slice(0, half).flat().length);
  expect(existsSync(`${target}.part`)).toBe(false);
  await expect(store.backupTo(path)).rejects.toMatchObject({
    code: 'io',
    message: expect.stringContaining('cannot replace'),
  });
  await expect(store.backupTo(join(target, 'no', 'folder'))).rejects.toThrow();

  const restored = openStore({ path: target, account: 'demo', mode: 'paper' });
  const rest = LIFE.batches.flat().slice(restored.lastSequence());
  if (rest.length > 0) restored.append(rest, [], NOW);
  restored.close();
  expect(verifyStore(target).chain.head).toBe(verifyStore(path).chain.head);
});

/** Backups of a book: of one moment while it is written to, proven, thinned out, and put back. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BackupKeeper, isDue } from '../../src/db/backup-keeper.ts';
import { backUpBook, backupsIn, placeBackup, proveBackup, thinOut } from '../../src/db/book-backup.ts';
import { verifyStore } from '../../src/db/verify.ts';
import { moneyFromUnits } from '../../src/domain/units.ts';
import { history } from './history.ts';
import { filled, NOW, opened, tamper, tempDir, tempStore } from './support.ts';

const AT = new Date(NOW);
const LIFE = history(60, 5);

function bookIn(dir: string) {
  const files = {
    database: join(dir, 'servo.db'),
    companions: [join(dir, 'paper-venue.json'), join(dir, 'none.json')],
  };
  filled(LIFE, files.database);
  writeFileSync(files.companions[0] ?? '', '{"venue":1}');
  return files;
}

async function backedUp() {
  const dir = tempDir();
  const files = bookIn(dir);
  const into = join(dir, 'backups');
  return { dir, into, files, backup: await backUpBook(files, into, AT) };
}

test('a backup is the book of one moment, though the servo goes on writing', async () => {
  const dir = tempDir();
  const path = join(dir, 'servo.db');
  const venue = join(dir, 'paper-venue.json');
  const store = tempStore(path);
  store.append([opened()], [], NOW);
  writeFileSync(venue, 'of row 1');
  const underWay = backUpBook({ database: path, companions: [venue] }, join(dir, 'backups'), AT);
  // What happens after the call is after the moment.
  writeFileSync(venue, 'of row 2');
  for (let i = 0; i < 50; i++)
    store.append([{ kind: 'equity_marked', at: NOW, balance: moneyFromUnits(1), equity: moneyFromUnits(1) }], [], NOW);
  const { folder, manifest } = await underWay;

  expect(manifest).toMatchObject({ account: 'demo', mode: 'paper', sequence: 1, takenAt: AT.toISOString() });
  expect(verifyStore(join(folder, 'servo.db'))).toMatchObject({ ok: true, chain: { rows: 1, head: manifest.head } });
  expect(readFileSync(join(folder, 'paper-venue.json'), 'utf8')).toBe('of row 1');
  expect(store.lastSequence()).toBe(51);
  expect(await proveBackup(folder, 'servo.db')).toEqual(manifest);
});

describe('a backup that is not what was taken is refused', () => {
  test.each<[string, (folder: string) => void, RegExp]>([
    [
      'a companion was changed',
      (folder) => writeFileSync(join(folder, 'paper-venue.json'), '{}'),
      /paper-venue\.json: is not what was backed up/,
    ],
    [
      'the database was changed',
      (folder) => tamper(join(folder, 'servo.db'), (database) => database.exec('CREATE TABLE x (y)')),
      /servo\.db: is not what was backed up/,
    ],
    [
      'the manifest is torn',
      (folder) => writeFileSync(join(folder, 'manifest.json'), '{"account"'),
      /manifest\.json: is no manifest/,
    ],
  ])('%s', async (_, damage, words) => {
    const { backup } = await backedUp();
    damage(backup.folder);
    await expect(proveBackup(backup.folder, 'servo.db')).rejects.toThrow(words);
  });

  test('the journal does not prove itself, though the file is what was taken', async () => {
    const dir = tempDir();
    const files = bookIn(dir);
    tamper(files.database, (database) => {
      database.exec('DROP TRIGGER journal_no_update');
      database.exec("UPDATE journal SET payload = replace(payload, '1', '2') WHERE sequence = 7");
    });
    const { folder } = await backUpBook(files, join(dir, 'backups'), AT);
    await expect(proveBackup(folder, 'servo.db')).rejects.toThrow(/does not prove itself/);
  });
});

test('a backup that fails leaves nothing behind', async () => {
  const dir = tempDir();
  const into = join(dir, 'backups');
  await expect(backUpBook({ database: join(dir, 'servo.db'), companions: [] }, into, AT)).rejects.toThrow(
    /no database/,
  );
  expect(existsSync(into)).toBe(false);
  writeFileSync(into, 'a file in the way');
  await expect(backUpBook(bookIn(dir), into, AT)).rejects.toThrow(/folder cannot be made/);
});

test('what is put back is the book that was taken, whole', async () => {
  const { dir, backup, files } = await backedUp();
  const place = join(dir, 'restored');
  placeBackup(backup, place);
  expect(readdirSync(place).sort()).toEqual(['paper-venue.json', 'servo.db']);
  expect(verifyStore(join(place, 'servo.db')).chain).toEqual(verifyStore(files.database).chain);
});

test('of each hour and of each day the newest is kept, and the newest of all whatever happens', async () => {
  const { into, files } = await backedUp();
  const hour = 3_600_000;
  for (const hours of [-100, -50, -49, -26, -25, -2, -1.5, -1])
    await backUpBook(files, into, new Date(NOW + hours * hour));
  mkdirSync(join(into, '20200101T000000Z.part'));
  thinOut(into, { keepHourly: 2, keepDaily: 3 });
  const distances = backupsIn(into).map(({ manifest }) => (Date.parse(manifest.takenAt) - NOW) / hour);
  // 2025-10-09 08:53: the hours 08 and 07; the days 9, 8 (-25 h is the newest of it) and 7 (-49 h).
  expect(distances).toEqual([0, -1, -25, -49]);
  expect(readdirSync(into).some((name) => name.endsWith('.part'))).toBe(false);
  thinOut(into, { keepHourly: 1, keepDaily: 0 });
  expect(backupsIn(into)).toHaveLength(1);
});

test('the keeper takes one where one is due, proves it, and says what went wrong', async () => {
  const dir = tempDir();
  const files = bookIn(dir);
  const plan = { everyMs: 3_600_000, keepHourly: 24, keepDaily: 7, into: join(dir, 'backups') };
  const said: string[] = [];
  let wall: number = NOW;
  const keeper = new BackupKeeper({ files, plan, wall: () => wall, say: (line) => said.push(line) });
  keeper.look();
  await keeper.stop();
  keeper.look();
  await keeper.stop();
  expect(backupsIn(plan.into).map(({ folder }) => basename(folder))).toEqual(['20251009T085320Z']);
  expect(isDue(plan, NOW + 3_599_999)).toBe(false);
  expect(said).toEqual([]);

  tamper(files.database, (database) => {
    database.exec('DROP TRIGGER journal_no_update');
    database.exec('UPDATE journal SET hash = payload WHERE sequence = 3');
  });
  wall += 3_600_000;
  keeper.look();
  await keeper.stop();
  expect(said).toEqual([expect.stringMatching(/^The hourly backup failed: .*does not prove itself/)]);
  // The sound one before it is still the newest, and the next try has its time.
  expect(backupsIn(plan.into).map(({ folder }) => basename(folder))).toEqual(['20251009T085320Z']);
  wall += 3_599_999;
  keeper.look();
  await keeper.stop();
  expect(said).toHaveLength(1);
  wall += 1;
  keeper.look();
  await keeper.stop();
  expect(said).toHaveLength(2);
});

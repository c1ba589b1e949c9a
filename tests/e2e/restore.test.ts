/** A disk that lost the book: what the hourly backup kept is put in its place, and trading goes on from that moment. */
import { existsSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Home,
  makeHome,
  PATIENCE_MS,
  query,
  replaced,
  SIMULATED_ACCOUNT,
  servo,
  start,
  until,
} from './support.ts';

let home: Home;
beforeAll(() => {
  home = makeHome((config) => replaced(config, 'every: 3600 ', 'every: 1 '));
});
afterAll(() => home.remove());

interface Kept {
  readonly name: string;
  readonly sequence: number;
}

const kept = async (): Promise<Kept[]> =>
  JSON.parse((await servo(home, ['db', 'backups', '--json', '--account', SIMULATED_ACCOUNT])).stdout);
const newestFolder = () => existsSync(home.at('data/backups', SIMULATED_ACCOUNT));

test('a lost book comes back from its backup', { timeout: 3 * PATIENCE_MS }, async () => {
  const first = start(home, ['run', '--bar-every', '0.2']);
  await first.shows(/ → /);
  await until(newestFolder, 'the first backup');
  const whileItRuns = await servo(home, ['db', 'restore', 'any', '--yes']);
  expect(whileItRuns).toMatchObject({ code: 5, stderr: expect.stringContaining('servo stop') });
  first.kill('SIGTERM');
  expect(await first.ended, first.stderr).toBe(0);
  expect(first.stderr + first.stdout).not.toContain('backup failed');

  const [newest] = await kept();
  rmSync(home.at('data', SIMULATED_ACCOUNT), { recursive: true });
  const name = newest?.name ?? '';
  const restored = await servo(home, ['db', 'restore', name, '--yes', '--account', SIMULATED_ACCOUNT]);
  expect(restored.code, restored.stderr).toBe(0);
  expect(query<{ last: number }>(home, 'SELECT max(sequence) AS last FROM journal')).toEqual([
    { last: newest?.sequence },
  ]);

  const second = start(home, ['run', '--bar-every', '0.2']);
  await second.shows(/ → /);
  expect((await servo(home, ['status', '--json'])).stdout).toContain('"status": "running"');
  second.kill('SIGTERM');
  expect(await second.ended, second.stderr).toBe(0);
  expect((await servo(home, ['db', 'verify'])).code).toBe(0);

  // A whole book is set aside and never deleted. Of an hour the newest backup alone is kept.
  const again = await servo(home, ['db', 'restore', (await kept())[0]?.name ?? '', '--yes']);
  expect(again.stdout, again.stderr).toMatch(/The book before it: .*\.until-/);
  expect(await servo(home, ['db', 'restore', 'nothing', '--yes'])).toMatchObject({ code: 2 });
});

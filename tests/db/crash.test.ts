/** A store whose process is killed in the middle of its appends loses nothing that it had said, and keeps no half of anything. */
import { expect, test } from 'vitest';
import { openQueries } from '../../src/db/queries.ts';
import { verifyStore } from '../../src/db/verify.ts';
import { history } from './history.ts';
import { kill, startChild, tempPath } from './support.ts';

const STEPS = 40;
const SEED = 11;

test('SIGKILL while appending: whole batches only, nothing confirmed is lost, the next process goes on', {
  timeout: 60_000,
}, async () => {
  const path = tempPath();
  const { batches } = history(STEPS, SEED);
  let end = 0;
  const boundaries = new Set(batches.map((events) => (end += events.length)));

  for (const linesUntilKill of [1, 110]) {
    const { child, lines } = startChild('./append-child.ts', path, String(STEPS), String(SEED));
    let confirmed = 0;
    for (let i = 0; i < linesUntilKill; i++) confirmed = Number((await lines.next()).value);
    await kill(child);

    const reader = openQueries(path);
    const last = reader.journalTail(1).at(0)?.sequence ?? 0;
    reader.close();
    expect(last).toBeGreaterThanOrEqual(confirmed);
    expect(last).toBeLessThan(end);
    expect(boundaries.has(last)).toBe(true);
    expect(verifyStore(path)).toMatchObject({ ok: true, chain: { rows: last } });
  }

  const { child, lines } = startChild('./append-child.ts', path, String(STEPS), String(SEED));
  let said = 0;
  for (let line = await lines.next(); line.done !== true; line = await lines.next()) said = Number(line.value);
  expect(said).toBe(end);
  if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
  expect(child.exitCode).toBe(0);
  expect(verifyStore(path)).toMatchObject({ ok: true, chain: { rows: end } });
});

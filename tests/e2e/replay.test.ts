/** Real candles through the live pipeline: from the first bar of a file to its last, and a report afterwards. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Home, lastKind, makeHome, PATIENCE_MS, processesIn, query, replaced, servo } from './support.ts';

/** More than the features need before the first decision. */
const WARM = 420;
const DECIDED = 60;
const FIRST_OPEN = Date.UTC(2026, 0, 5);

let home: Home;
beforeAll(() => {
  home = makeHome((config) => replaced(config, 'warmup_bars: 500', `warmup_bars: ${WARM}`));
  writeFileSync(home.at('bars.csv'), candles(WARM + DECIDED));
});
afterAll(() => home.remove());

/** A tide with ripples: it trends, turns and rests. */
function candles(count: number): string {
  const rows = Array.from({ length: count }, (_, i) => {
    const at = (step: number) => 1.1 + 0.004 * Math.sin(step / 40) + 0.0004 * Math.sin(step / 3);
    const [open, close] = [at(i), at(i + 1)];
    const prices = [open, Math.max(open, close) + 0.0002, Math.min(open, close) - 0.0002, close];
    const time = new Date(FIRST_OPEN + i * 300_000).toISOString();
    return [time, ...prices.map((price) => price.toFixed(5)), 100 + i].join(',');
  });
  return ['time,open,high,low,close,volume', ...rows, ''].join('\n');
}

test('every bar is decided once, the run ends by itself, and the report is of this book', {
  timeout: 2 * PATIENCE_MS,
}, async () => {
  const replay = ['run', '--data', 'bars.csv', '--symbol', 'EURUSD', '--timeframe', 'M5', '--speed', 'max'];
  const run = await servo(home, replay);
  expect(run.code, run.stderr).toBe(0);
  expect(run.stdout).toMatch(
    / {2}feed {6}replay of 480 M5 bars of EURUSD from 2026-01-05 00:00 to 2026-01-06 16:00; full speed\n/,
  );
  expect(run.stdout).not.toContain('SIMULATED');
  expect(run.stdout).toContain('Stopping: the replay has shown its last bar.');
  expect(run.stdout.match(/ → /g)).toHaveLength(DECIDED);
  expect(run.stdout).toMatch(/\n2026-01-06\n11:05 {2}EURUSD {2}/);
  expect(processesIn(home.path)).toEqual([]);

  const account = /account (paper-replay-EURUSD-[0-9a-f]{8})\n/.exec(run.stdout)?.[1] ?? '';
  const bars = query<{ at: number }>(home, "SELECT at FROM journal WHERE kind = 'bar_closed' ORDER BY at", account);
  expect(bars.map(({ at }) => at)).toEqual(
    Array.from({ length: WARM + DECIDED }, (_, i) => FIRST_OPEN + (i + 1) * 300_000),
  );
  expect(lastKind(home, account)).toBe('process_ended');

  const report = await servo(home, ['report', '--json']);
  expect(report.stderr).toMatch(new RegExp(`^${account} is not running; its journal, last written .* UTC, says:\n$`));
  const { decisions, notes } = JSON.parse(report.stdout);
  expect(Object.values<number>(decisions).reduce((sum, count) => sum + count, 0)).toBe(DECIDED);
  expect(notes.join()).not.toContain('SIMULATED');

  const again = await servo(home, replay);
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('0 decisions: 0 accepted, 0 refused') });
});

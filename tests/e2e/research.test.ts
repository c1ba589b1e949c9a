/** Research as a newcomer does it: a broker's export into the library, a look at its quality, a backtest of it, three ways to the same result. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { filesIn, type Home, makeHome, PATIENCE_MS, type Result, replaced, servo, start } from './support.ts';

const FIVE_MINUTES = 300_000;
/** A Monday in winter, when New York and seven hours is UTC and two. */
const MONDAY = Date.UTC(2026, 0, 12);
const BROKER_LEAD_MS = 2 * 3_600_000;
/** Until Friday 20:00. */
const BARS = 4 * 288 + 240;
const MARKET = ['--symbol', 'EURUSD', '--timeframe', 'M5'];
const PATIENCE = { timeout: 2 * PATIENCE_MS };

let home: Home;
beforeAll(() => {
  home = makeHome((config) =>
    replaced(replaced(config, 'type: simulator  ', 'type: replay  '), 'files: {}  ', 'files: { EURUSD: ./walk.csv }  ')
      .split('\n')
      .filter((line) => !line.includes('{ name: XAUUSD, timeframe'))
      .join('\n'),
  );
  const rows = walk();
  writeFileSync(home.at('walk.csv'), ['time,open,high,low,close,volume,spread', ...rows.map(plainRow)].join('\n'));
  writeFileSync(home.at('export.csv'), [MT5_HEADER, ...rows.map(mt5Row)].join('\r\n'));
});
afterAll(() => home.remove());

interface Row {
  readonly openAt: number;
  readonly prices: readonly string[];
}

function walk(): Row[] {
  const random = seededRandom('a week of research');
  let close = 110_000;
  return Array.from({ length: BARS }, (_, row) => {
    const open = close;
    close += Math.round(40 * (random.next() - 0.5) + 8 * Math.sin(row / 40));
    const [high, low] = [Math.max(open, close) + 4, Math.min(open, close) - 4];
    const prices = [open, high, low, close].map((points) => (points / 100_000).toFixed(5));
    return { openAt: MONDAY + row * FIVE_MINUTES, prices };
  });
}

const plainRow = ({ openAt, prices }: Row): string =>
  [new Date(openAt).toISOString(), ...prices, 9, '0.00010'].join(',');

const MT5_HEADER = '<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>';
function mt5Row({ openAt, prices }: Row): string {
  const [date = '', clock = ''] = new Date(openAt + BROKER_LEAD_MS).toISOString().split('T');
  return [date.replaceAll('-', '.'), clock.slice(0, 8), ...prices, 9, 0, 10].join('\t');
}

const hashOf = ({ stdout }: Result): string => JSON.parse(stdout).stateHash;
/** All but how long it took. */
const told = ({ stdout }: Result): string => stdout.replace(/\n {2}[\d,]+ bars in .*\n/, '');

test('an export of MetaTrader, brought in by its clock, trades as the same candles in UTC do', PATIENCE, async () => {
  const unknown = await servo(home, ['data', 'import', 'export.csv', ...MARKET]);
  expect(unknown.code).toBe(4);
  expect(unknown.stderr).toMatch(/^export\.csv: its times do not say their clock; give --clock .*\n$/);

  const imported = await servo(home, ['data', 'import', 'export.csv', ...MARKET, '--clock', 'America/New_York+7h']);
  expect(imported, imported.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining(`${BARS} candles read`) });
  expect(imported.stdout).toContain('2026-01-12 00:00 to 2026-01-16 19:55 UTC');
  const checked = await servo(home, ['data', 'check']);
  expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('EURUSD M5') });

  const rule = [...MARKET, '--signal', 'sma_cross:10/30', '--json'];
  const library = await servo(home, ['backtest', '--data', 'data/market/EURUSD_M5.columns', ...rule]);
  const csv = await servo(home, ['backtest', '--data', 'walk.csv', ...rule]);
  expect(library.code, library.stderr).toBe(0);
  expect(JSON.parse(library.stdout).trades.length).toBeGreaterThan(3);
  expect(hashOf(library)).toBe(hashOf(csv));

  // Thursday and Friday until 20:00, less the bar that closes as Thursday begins.
  const later = await servo(home, ['backtest', '--data', 'walk.csv', ...rule, '--from', '2026-01-15T00:01']);
  expect(JSON.parse(later.stdout).bars).toBe(288 + 240);
  const thursday = [...rule, '--from', '2026-01-15T00:01', '--to', '2026-01-16'];
  expect(JSON.parse((await servo(home, ['backtest', '--data', 'walk.csv', ...thursday])).stdout).bars).toBe(288);
});

test('--mode backtest, mode: backtest and servo backtest print the same of the same data', PATIENCE, async () => {
  const config = readFileSync(home.at('config.yaml'), 'utf8');
  writeFileSync(home.at('backtest.yaml'), replaced(config, '\nmode: paper', '\nmode: backtest'));
  const before = filesIn(home);
  const [command, flag, file] = await Promise.all([
    servo(home, ['backtest', '--no-cache']),
    servo(home, ['--mode', 'backtest']),
    servo(home, ['--config', 'backtest.yaml']),
  ]);
  expect(command.code, command.stderr).toBe(0);
  expect(told(command)).toMatch(/EURUSD M5 · .* bars decided · model demo@/);
  expect([told(flag), told(file)]).toEqual([told(command), told(command)]);
  // No book, no log, no token: only what was measured is kept.
  expect(filesIn(home).filter((name) => !before.includes(name) && !/^data(\/cache|$)|^\.cache/.test(name))).toEqual([]);
});

test('the report is one file that loads nothing, and Ctrl-C leaves none', PATIENCE, async () => {
  const made = await servo(home, ['backtest', '--signal', 'sma_cross', '--report', 'report.html']);
  expect(made, made.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('The whole report: report.html'),
  });
  expect(statSync(home.at('report.html')).size).toBeLessThan(1_000_000);
  expect(readFileSync(home.at('report.html'), 'utf8')).not.toMatch(/(?:src|href)="https?:/);

  const running = start(home, ['backtest', '--guards', '--no-cache', '--report', 'never.html']);
  setTimeout(() => running.kill('SIGINT'), 300);
  await running.ended;
  expect(running.child.signalCode).toBe('SIGINT');
  expect(filesIn(home)).not.toContain('never.html');
});

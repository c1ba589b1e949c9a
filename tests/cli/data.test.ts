/** `servo data` as a person types it: import, list, check, download, what is printed and how each ends. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Home, makeHome, PATIENCE_MS, start, servo as typed, until } from '../e2e/support.ts';
import { type ArchiveCandle, serveArchive } from '../market/fake-archive.ts';

let home: Home;
beforeAll(() => {
  home = makeHome();
  writeFileSync(home.at('mt5.csv'), export_());
});
afterAll(() => home.remove());

const HOUR = 3_600_000;
const START = Date.UTC(2024, 0, 8);

/** Ten weeks of hours from Monday 00:00 to Friday 23:00 of a clock that is New York's and seven hours: a broker's. */
function export_(): string {
  const rows = Array.from({ length: 10 * 168 }, (_, i) => ({ i, at: new Date(START + i * HOUR) }))
    .filter(({ at }) => at.getUTCDay() % 6 !== 0)
    .map(({ i, at }) => {
      const price = 1.1 + 0.001 * Math.sin(i / 5) + 0.0005 * Math.sin(i / 2);
      const time = at.toISOString().slice(0, 19).replace('T', '\t').replaceAll('-', '.');
      const cells = [price, price + 0.002, price - 0.002, price + 0.0001].map((value) => value.toFixed(5));
      return [time, ...cells, 100 + i, 0, 7].join('\t');
    });
  return ['<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>', ...rows, ''].join('\r\n');
}

const servo = (...args: readonly string[]) => typed(home, ['data', ...args]);
const IMPORT = ['import', 'mt5.csv', '--symbol', 'EURUSD', '--timeframe', 'H1'];

describe('one library', { timeout: PATIENCE_MS }, () => {
  test('an export without a clock is not guessed at', async () => {
    const { code, stderr } = await servo(...IMPORT);
    expect([code, stderr]).toEqual([
      4,
      'mt5.csv: its times do not say their clock; give --clock "America/New_York+7h" (most MetaTrader brokers), another zone, or UTC\n',
    ]);
  });

  test('a wrong clock is found out, is unfit, and the right one contradicts it until it replaces it', async () => {
    const wrong = await servo(...IMPORT, '--clock', 'UTC');
    expect(wrong.code, wrong.stderr).toBe(0);
    expect(wrong.stdout).toMatch(
      /^1200 candles read \(MetaTrader export, clock UTC\): 1200 new, 0 known already\n\S*data\/market\/EURUSD_H1\.columns\n\n/,
    );
    expect(wrong.stdout).toMatch(
      /\n {2}✗ clock +only 0\.00 % of 9 weeks .* --clock "America\/New_York\+7h" --replace\n/,
    );
    const check = await servo('check', 'EURUSD');
    expect([check.code, check.stdout.trimEnd().split('\n').at(-1)]).toEqual([
      6,
      '  block: unfit: backtest, training and replay refuse it',
    ]);

    const right = [...IMPORT, '--clock', 'America/New_York+7h'];
    const refused = await servo(...right);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toMatch(
      /^Nothing was written: \S*EURUSD_H1\.columns says otherwise \(library first, file second\):\n {2}2024-01-08 00:00 UTC: open 1\.\d{5} and 1\.\d{5}, /,
    );
    expect(refused.stderr).toMatch(/\n {2}and \d+ more\n/);
    const replaced = await servo(...right, '--replace');
    expect(replaced.stdout).toMatch(/\n {2}✓ clock +100\.00 % of 9 weeks begin at 17:00 on Sunday in New York\n/);
    expect((await servo(...right)).stdout).toMatch(/: 0 new, 1200 known already\n/);
    expect((await servo('check', 'EURUSD')).code).toBe(0);
  });

  test('list and check as text and as JSON', async () => {
    const list = await servo('list');
    expect(list.stdout).toMatch(
      /^ {2}symbol {2}timeframe +rows {2}from \(UTC\) +to \(UTC\) +source +quality\n {2}EURUSD {2}H1 +1,200 {2}2024-01-07 22:00 {2}2024-03-15 20:00 {2}mt5\.csv {2}✓ ok\n$/,
    );
    expect(JSON.parse((await servo('list', '--json')).stdout)).toMatchObject([
      { symbol: 'EURUSD', rows: 1200, verdict: 'ok', clock: 'America/New_York+7h' },
    ]);
    const check = JSON.parse((await servo('check', 'EURUSD', '--json')).stdout);
    expect(check).toMatchObject({ symbol: 'EURUSD', timeframe: 'H1', rows: 1200, verdict: 'ok', gaps: [] });
    const nothing = await servo('check', 'EURUSDD');
    expect([nothing.code, nothing.stderr]).toMatchObject([
      4,
      expect.stringMatching(/EURUSDD is neither a file nor in the library \S+; did you mean EURUSD\?\n$/),
    ]);
  });

  test('a file with faults is unfit, and says where', async () => {
    writeFileSync(home.at('broken.csv'), 'time,open,high,low,close,volume\n2024-01-02T00:00:00Z,1.1,1.0,1.2,1.1,5\n');
    const { code, stdout } = await servo('check', 'broken.csv', '--symbol', 'EURUSD', '--timeframe', 'M5');
    expect(code).toBe(6);
    expect(stdout).toContain('✗ file     broken.csv:2: high 1.0 is below low 1.2; are the columns swapped?');
  });
});

const minutes = (days: number): ArchiveCandle[] =>
  Array.from({ length: days * 60 }, (_, i) => ({
    at: Date.UTC(2024, 0, 2) + Math.floor(i / 60) * 24 * HOUR + (i % 60) * 60_000,
    bid: [110_000 + i, 110_020 + i, 109_990 + i, 110_005 + i],
    spread: 5,
    volume: 10,
  }));

describe('download', { timeout: PATIENCE_MS }, () => {
  const order = ['download', '--source', 'dukascopy', '--symbol', 'EURUSD', '--timeframe', 'M1', '--to', '2024-01-12'];

  test('killed on its way, it goes on where it was', async () => {
    const server = await serveArchive(minutes(10));
    const args = [...order, '--from', '2024-01-02', '--base-url', `${server.url}/v1`];
    // The sixth day is never answered well, and the pauses between tries are long.
    server.faults = (path) => (path.includes('/2024/1/7') ? 503 : undefined);
    const killed = start(home, ['data', ...args]);
    await until(() => server.requests.some((request) => request.includes('/2024/1/7')), 'the sixth day was asked for');
    killed.child.kill('SIGKILL');
    await killed.ended;

    server.faults = () => undefined;
    server.requests.length = 0;
    const { code, stdout, stderr } = await servo(...args);
    expect(code, stderr).toBe(0);
    expect(server.requests.filter((request) => !/\/2024\/1\/(7|8|9|10|11)$/.test(request))).toEqual([]);
    expect(server.requests).toHaveLength(10);
    expect(stderr).toMatch(/^EURUSD M1: 10 of 10 parts, 5 of them from before · 2024-01-11 · 600 rows\n$/m);
    expect(stdout).toMatch(
      /^600 rows from dukascopy: 600 new, 0 known already\n\S*EURUSD_M1\.columns\n\nEURUSD M1 · 600 rows · /,
    );
    expect(
      JSON.parse((await servo('list', '--json')).stdout).map(
        ({ timeframe, rows }: { timeframe: string; rows: number }) => [timeframe, rows],
      ),
    ).toContainEqual(['M1', 600]);
  });

  test('without a beginning it goes on where the library ends', async () => {
    const server = await serveArchive(minutes(12));
    const args = [
      'download',
      '--source',
      'dukascopy',
      '--symbol',
      'EURUSD',
      '--timeframe',
      'M1',
      '--to',
      '2024-01-14',
      '--base-url',
      `${server.url}/v1`,
    ];
    const { code, stdout, stderr } = await servo(...args, '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 120, added: 120, repeated: 0, quality: { rows: 720 } });
  });

  test.each([
    ['no beginning', [...order.slice(0, 4), 'GBPUSD', ...order.slice(5)], 2, /give --from, e\.g\. --from 2024-01-01/],
    [
      'no such source',
      ['download', '--source', 'yahoo', ...order.slice(3), '--from', '2024-01-02'],
      2,
      /^yahoo is no source; there are dukascopy and ccxt:<exchange>/,
    ],
    [
      'a server that is not there',
      [...order, '--from', '2024-01-10', '--symbol', 'GBPUSD', '--attempts', '1', '--base-url', 'http://127.0.0.1:9'],
      4,
      /failed: fetch failed .*\n0 of 2 parts are kept; the same command goes on from there/,
    ],
  ])('refused: %s', async (_name, args, exitCode, message) => {
    const { code, stderr } = await servo(...args);
    expect([code, stderr]).toEqual([exitCode, expect.stringMatching(message)]);
  });
});

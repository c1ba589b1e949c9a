/** Bad input as it is met at the start: a precise message, the right exit code, and a folder as it was before. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesIn, type Home, makeHome, PATIENCE_MS, processesIn, replaced, servo } from './support.ts';

let home: Home;

beforeAll(() => {
  home = makeHome();
  const spoilt = (name: string, from: string, to: string) => writeFileSync(home.at(name), replaced(config(), from, to));
  spoilt('unknown-key.yaml', 'max_positions: 3', 'max_positons: 3');
  spoilt('percent.yaml', 'position_size: 0.02', 'position_size: 2');
  spoilt('no-model.yaml', 'path: ./models/demo', 'path: ./models/none');
  spoilt('other-model.yaml', 'path: ./models/demo', 'path: ./models/cut');
  cpSync(home.at('models/demo'), home.at('models/cut'), { recursive: true });
  writeFileSync(home.at('models/cut/model.onnx'), 'no model');
  writeFileSync(
    home.at('gap.csv'),
    'time,open,high,low,close,volume\n2026-01-05T00:00:00Z,1.1,1.2,1.0,1.1,5\n2026-01-05T00:05:00Z,1.1,1.0,1.2,1.1,5\n',
  );
});

afterAll(() => home.remove());

const config = () => readFileSync(home.at('config.yaml'), 'utf8');
const csv = (...more: readonly string[]) => ['run', '--data', 'gap.csv', '--symbol', 'EURUSD', ...more];

const ROWS: readonly (readonly [what: string, args: readonly string[], code: number, message: RegExp])[] = [
  [
    'live mode',
    ['run', '--mode', 'live'],
    5,
    /^Live mode needs all seven conditions\..*:\n {2}✗ 1 mode +the file says mode: paper\n {2}✗ 2 (.*\n)+ {2}✓ 4 (.*\n)+ {2}✗ 7 .*\nNot started: .* Use --mode paper\.\n$/,
  ],
  [
    'backtest mode without candles',
    ['--mode', 'backtest'],
    2,
    /^A backtest needs candles: --data FILE .*feed\.type replay/,
  ],
  ['a mistyped command', ['staus'], 2, /^unknown command 'staus' \(did you mean status\?\)\n$/],
  ['a mistyped option', ['status', '--jsn'], 2, /unknown option '--jsn'\n\(Did you mean --json\?\)/],
  [
    'a time without a number',
    ['run', '--for', 'soon'],
    2,
    /--for <duration>' argument 'soon' is invalid\. Write a number and s, m or h/,
  ],
  [
    'a mistyped mode',
    ['run', '--mode', 'papr'],
    3,
    /--mode +error +expected .*was "papr"(.*\n)+.*did you mean paper\?/,
  ],
  ['no configuration', ['run', '--config', 'none.yaml'], 3, /none\.yaml/],
  [
    'a mistyped key',
    ['run', '--config', 'unknown-key.yaml'],
    3,
    /unknown-key\.yaml:49:5 +error .*max_positons: unknown key, did you mean "max_positions"\?\n.*\n +│ +\^\n/,
  ],
  [
    'a fraction as percent',
    ['run', '--config', 'percent.yaml'],
    3,
    /percent\.yaml:\d+:\d+ +error +trading\.risk_management\.position_size(.*\n)+.*0\.02/,
  ],
  [
    'no such candle file',
    ['run', '--data', 'none.csv', '--symbol', 'EURUSD'],
    3,
    /--data +error .*none\.csv is not a file/,
  ],
  [
    'candles of an unknown symbol',
    ['run', '--data', 'gap.csv', '--symbol', 'EURUS'],
    3,
    /"EURUS" is not in trading\.symbols(.*\n)+.*did you mean EURUSD\?/,
  ],
  ['candles with high below low', csv(), 4, /gap\.csv:3: /],
  ['no model', ['run', '--config', 'no-model.yaml'], 4, /models\/none/],
  ['a model that is none', ['run', '--config', 'other-model.yaml'], 4, /models\/cut/],
  [
    'no book to look at',
    ['status'],
    4,
    /^No servo has run yet in .*\/data, which does not exist\. Start one: npm start\n$/,
  ],
  ['no servo to stop', ['stop'], 4, /^No servo has run yet in /],
  ['a reset without a reason', ['reset', '--yes'], 2, /^reset needs a reason, kept in the journal: --reason "…"\n$/],
];

test.concurrent.each(ROWS)('%s is refused', { timeout: PATIENCE_MS }, async (_what, args, code, message) => {
  const before = filesIn(home);
  const refused = await servo(home, args);
  expect(refused.stderr).toMatch(message);
  expect(refused.stderr).not.toMatch(/^ {4}at /m);
  expect(refused.code).toBe(code);
  expect(filesIn(home)).toEqual(before);
});

test('a queue server that does not answer is named, and nothing is left running', {
  timeout: PATIENCE_MS,
}, async () => {
  const refused = await servo(home, ['run'], { env: { REDIS_URL: 'redis://:hidden-password@127.0.0.1:1' } });
  expect(refused.code).toBe(4);
  expect(refused.stderr).toMatch(
    /^REDIS_URL: no usable answer from 127\.0\.0\.1:1 .* or unset REDIS_URL to let the servo run its own\.\n$/,
  );
  expect(refused.stdout + refused.stderr).not.toContain('hidden-password');
  expect(processesIn(home.path)).toEqual([]);
});

test('doctor says which check fails and why, and changes nothing', { timeout: PATIENCE_MS }, async () => {
  const before = filesIn(home);
  const found = await servo(home, ['doctor', '--config', 'no-model.yaml']);
  expect(found.stdout).toMatch(/\n✗ model {5}.*models\/none/);
  expect(found.stdout).toMatch(/\n– database {3}none yet; made at the first start\n/);
  expect(found).toMatchObject({ code: 4, stderr: expect.stringMatching(/^Not ready: 1 of \d+ checks failed\.\n$/) });
  expect(filesIn(home)).toEqual(before);
});

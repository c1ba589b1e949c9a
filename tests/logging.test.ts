/** The log files: their names, what goes into which, and what never does. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tradingPolicyOf } from '../src/config/policy.ts';
import { newState } from '../src/domain/state.ts';
import { unixMs } from '../src/domain/units.ts';
import { type LogOptions, type Logs, logCommit, openLogs } from '../src/logging.ts';
import { testConfig } from './support/world.ts';

const STARTED_AT = Date.UTC(2026, 0, 5, 7, 8, 9);

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'servo-logs-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function open(options: Partial<LogOptions> = {}): Logs & { readonly logDir: string } {
  const logDir = folder();
  const logs = openLogs({
    logDir,
    level: 'INFO',
    keepFiles: 3,
    startedAt: STARTED_AT,
    mode: 'paper',
    secrets: [],
    ...options,
  });
  return { ...logs, logDir: options.logDir ?? logDir };
}

const linesOf = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

test('a start has a file named by its UTC time, and every start adds to trading.log', () => {
  const { logDir, servo, trading } = open();
  servo.info('one');
  trading.info('two');
  const again = open({ logDir, startedAt: STARTED_AT + 1_000 });
  again.trading.info('three');
  expect(readdirSync(logDir).sort()).toEqual(['servo_20260105_070809.log', 'servo_20260105_070810.log', 'trading.log']);
  expect(linesOf(join(logDir, 'servo_20260105_070809.log'))).toEqual([
    { level: 'info', time: expect.stringMatching(/^20\d\d-.*Z$/), mode: 'paper', msg: 'one' },
  ]);
  expect(linesOf(join(logDir, 'trading.log')).map(({ msg }) => msg)).toEqual(['two', 'three']);
});

test('the oldest files go, trading.log and strangers stay', () => {
  const logDir = folder();
  const old = ['servo_20250101_000000.log', 'servo_20250102_000000.log', 'servo_20250103_000000.log'];
  for (const name of [...old, 'servo_notes.log', 'trading.log']) writeFileSync(join(logDir, name), '');
  open({ logDir, keepFiles: 2 });
  expect(readdirSync(logDir).sort()).toEqual([
    'servo_20250103_000000.log',
    'servo_20260105_070809.log',
    'servo_notes.log',
    'trading.log',
  ]);
});

test('a level keeps what is finer out of the file of the start', () => {
  const logs = open({ level: 'WARNING' });
  logs.servo.info('detail');
  logs.servo.warn('trouble');
  expect(linesOf(logs.servoFile)).toMatchObject([{ level: 'warn', msg: 'trouble' }]);
});

test('secrets are taken out wherever they stand and however they are written', () => {
  const quoted = 'quote"and\\slash';
  const logs = open({ secrets: ['7000000001:AAE-canary', quoted, 'per%cent+sign', '', 'short'] });
  logs.servo.error(new Error('GET /bot7000000001:AAE-canary/getMe failed'));
  logs.servo.info({ field: quoted }, `short ${encodeURIComponent('per%cent+sign')}`);
  const written = readFileSync(logs.servoFile, 'utf8');
  expect(written).not.toMatch(/canary|quote|per%/);
  expect(linesOf(logs.servoFile)).toMatchObject([{ level: 'error' }, { field: '••••', msg: 'short ••••' }]);
  expect(logs.scrub('token 7000000001:AAE-canary.')).toBe('token ••••.');
});

test('an alert with a decision is in both files, one without only in that of the start; so is a bar', () => {
  const logs = open({ level: 'DEBUG' });
  const state = newState(tradingPolicyOf(testConfig()));
  logCommit(logs, {
    state,
    events: [
      { kind: 'halted', at: unixMs(STARTED_AT), by: 'servo', reason: 'limit' },
      { kind: 'process_ended', at: unixMs(STARTED_AT) },
    ],
    alerts: [
      { kind: 'closed', severity: 'info', text: 'CLOSE', decisionId: 'EURUSD-1' },
      { kind: 'halted', severity: 'critical', text: 'HALTED' },
    ],
  });
  expect(linesOf(join(logs.logDir, 'trading.log'))).toMatchObject([
    { event: 'halted', at: '2026-01-05T07:08:09.000Z', by: 'servo', reason: 'limit', msg: 'halted' },
    { alert: 'closed', decision_id: 'EURUSD-1', msg: 'CLOSE' },
  ]);
  expect(linesOf(logs.servoFile)).toMatchObject([
    { level: 'debug', event: 'halted' },
    { level: 'debug', event: 'process_ended' },
    { level: 'info', alert: 'closed' },
    { level: 'error', alert: 'halted' },
  ]);
});

test('a file that has grown large is set aside under its time, and the oldest of those go', () => {
  const logDir = folder();
  const old = ['trading_20250101_000000.log', 'trading_20250102_000000.log'];
  for (const name of old) writeFileSync(join(logDir, name), '');
  const logs = open({ logDir, keepFiles: 2, maxBytes: 400 });
  for (let i = 0; i < 5; i++) logs.trading.info(`line ${i} ${'x'.repeat(60)}`);
  const aside = readdirSync(logDir).filter((name) => name.startsWith('trading_'));
  expect(aside).toHaveLength(2);
  expect(aside).not.toContain(old[0]);
  const written = [...aside.slice(1), 'trading.log'].flatMap((name) => linesOf(join(logDir, name)));
  expect(written.map(({ msg }) => String(msg).slice(0, 6))).toEqual(['line 0', 'line 1', 'line 2', 'line 3', 'line 4']);
});

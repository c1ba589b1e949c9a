/** Every command of the CLI against a servo that runs, and against its journal once it is off: as text and as JSON. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Home,
  lastKind,
  makeHome,
  PATIENCE_MS,
  processesIn,
  query,
  type Result,
  ROOT,
  type Running,
  SIMULATED_ACCOUNT,
  start,
  servo as typed,
} from '../e2e/support.ts';

let home: Home;
let running: Running;

beforeAll(async () => {
  home = makeHome();
  running = start(home, ['run', '--bar-every', '0.5']);
  await running.shows(/CLOSE /);
}, PATIENCE_MS);
afterAll(() => home.remove());

const servo = (...args: readonly string[]): Promise<Result> => typed(home, args);

async function text(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await servo(...args);
  expect(code, stderr).toBe(0);
  expect(stdout).not.toContain('\u001b');
  expect(stdout).not.toMatch(/NaN|undefined|null|Infinity| +$/m);
  return stdout;
}

async function json(...args: readonly string[]) {
  const { code, stdout, stderr } = await servo(...args, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

const MONEY = String.raw`[+−]?\d+\.\d\d USD`;

describe('while the servo runs', { timeout: PATIENCE_MS }, () => {
  test('status: the state, the account, every limit, every market', async () => {
    const shown = await text('status');
    expect(shown).toMatch(/^PAPER · SIMULATED · RUNNING\n\n/);
    expect(shown).toMatch(new RegExp(`\n {2}equity +${MONEY} +balance +${MONEY} +floating +[+−]\\d+\\.\\d\\d USD\n`));
    expect(shown).toMatch(new RegExp(`\n {2}today +${MONEY} +this week +${MONEY} +this month +${MONEY}\n`));
    const limits = ['daily loss', 'weekly loss', 'monthly loss', 'drawdown', 'open positions', 'entries today'];
    const gauges = shown.split('\n').filter((line) => /[▓░]{10}/.test(line));
    expect(gauges.map((line) => limits.findIndex((name) => line.startsWith(`  ${name} `)))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(gauges.map((line) => line.search(/[▓░]/))).size).toBe(1);
    expect(new Set(gauges.map((line) => /[▓░]{10} +\d+ %/.exec(line)?.[0].length)).size).toBe(1);
    expect(shown).toMatch(/\n {2}EURUSD {2}1\.\d{5} {2}1\.\d{5} {2}[a-z ]+ {2}2026-01-1\d \d\d:\d\d\n/);
    expect(shown).toMatch(/\n {2}XAUUSD {2}\d{4}\.\d\d {2}\d{4}\.\d\d {2}/);
    expect(shown).toMatch(/\n {2}✓ .*queue.* work · safety check \d+\.\d s ago · version \d+\.\d+\.\d+, up \d+ s\n$/);

    const status = await json('status');
    expect(status).toMatchObject({ mode: 'paper', simulated: true, status: 'running', entriesAllowed: true });
    expect(status.account).toMatchObject({ account: SIMULATED_ACCOUNT, currency: 'USD' });
    expect(status.limits).toHaveLength(6);
  });

  test('positions: one line each, or a sentence', async () => {
    const shown = await text('positions');
    const rows = shown.trimEnd().split('\n').slice(1);
    expect(shown).toMatch(
      /^( {2}symbol {2}side +lots +entry +price +stop +target +profit {2}since, UTC\n|No position is open\.\n$)/,
    );
    for (const row of rows)
      expect(row).toMatch(
        new RegExp(`^ {2}[A-Z]{6} {2}(buy|sell) +\\d\\.\\d\\d .* ${MONEY} {2}2026-01-1\\d \\d\\d:\\d\\d$`),
      );
    const { items } = await json('positions');
    for (const item of items) expect(item).toMatchObject({ lots: expect.any(Number), stopLoss: expect.any(Number) });
  });

  test('why: each check with its numbers', async () => {
    const shown = await text('why', 'XAUUSD', '--limit', '2');
    const [first, second, none] = shown.split('\n\n');
    expect(none).toBeUndefined();
    for (const decision of [first, second]) {
      expect(decision).toMatch(/^2026-01-1\d \d\d:\d\d {2}XAUUSD {2}.* → (accepted|refused)/);
      expect(decision).toMatch(/\n {2}✓ .*drawdown.* 0?\d\.\d\d % < 5\.00 %\n/);
    }
    const { items } = await json('why', '--limit', '5');
    expect(items).toHaveLength(5);
    expect(items[0]).toMatchObject({
      outcome: expect.stringMatching(/^(approved|denied)$/),
      sizing: expect.any(Array),
      checks: expect.any(Array),
    });
    expect(await servo('why', 'EURUS')).toMatchObject({
      code: 2,
      stderr: '"EURUS" is not in trading.symbols: did you mean EURUSD?\n',
    });
    expect(await servo('why', '--limit', 'all')).toMatchObject({
      code: 2,
      stderr: '--limit takes a whole number from 1 to 500, was "all"\n',
    });
  });

  test('report: figures with their warnings, and dashes where there are too few days', async () => {
    const shown = await text('report');
    expect(shown).toMatch(/^2026-01-1\d( to 2026-01-1\d)? · \d+ trades? on \d+ trading days?\n! SIMULATED prices/);
    expect(shown).toMatch(/\n {2}net profit +[+−]\d+\.\d\d USD {2}profit factor +/);
    expect(shown).toMatch(/\n {2}Sharpe, a year +– {2}Sortino, a year +–\n/);
    expect(shown).toMatch(/\n {2}decision +count +share\n {2}accepted +\d+ +\d+\.\d %\n/);
    const report = await json('report');
    expect(report).toMatchObject({ currency: 'USD', sharpe: null });
    expect(report.trades).toBeGreaterThan(0);
  });

  test('doctor: what a run needs, and that one runs', async () => {
    const shown = await text('doctor');
    expect(shown).toMatch(/^✓ config {5}.*config\.yaml\n/);
    expect(shown).toMatch(new RegExp(`\n✓ servo {6}${SIMULATED_ACCOUNT} runs: running, \\d positions? open\n`));
    expect(shown).toMatch(/\n✓ model {6}demo: passport and golden rows agree\n/);
    expect(shown).toMatch(/\n– telegram {3}off: no token/);
    expect(shown.endsWith('\n\nReady for paper trading: npm start\n')).toBe(true);
    const { findings, config } = await json('doctor');
    expect(findings.filter(({ status }: { status: string }) => status === 'fail')).toEqual([]);
    expect(config.mode).toBe('paper');
  });

  test('db: verified and copied while it is written to', async () => {
    const shown = await text('db', 'verify');
    expect(shown).toMatch(
      /^✓ .*servo\.db\n {2}✓ chain of \d+ rows, head [0-9a-f]{16}\n {2}✓ account +1 row {2}as the journal has it\n/,
    );
    expect(await json('db', 'verify')).toMatchObject({ ok: true });
    const copy = home.at('copy.db');
    expect(await text('db', 'backup', 'copy.db')).toBe(`${copy}\n`);
    const database = new Database(copy, { readonly: true });
    expect(database.pragma('quick_check', { simple: true })).toBe('ok');
    database.close();
    expect(await servo('db', 'backup', 'copy.db')).toMatchObject({
      code: 2,
      stderr: `${copy} exists already; name another file.\n`,
    });
  });

  test('pause and resume: what loosens a brake asks first', async () => {
    expect(await text('pause', '--reason', 'lunch')).toBe(
      'Paused: no new entries. Exits, stops and monitoring go on.\n',
    );
    expect(await text('status')).toMatch(
      /^PAPER · SIMULATED · PAUSED since 20\d\d-.* UTC by operator: lunch\n(.*\n)+.* entries +off\n/,
    );
    const asked = await servo('resume');
    expect(asked).toMatchObject({ code: 5, stdout: '' });
    expect(asked.stderr).toBe('resume asks first, and there is no terminal to ask on: add --yes.\n');
    expect(await json('resume', '--yes')).toEqual({
      command: 'resume',
      status: 'running',
      message: 'Resumed. The servo is running.',
    });
    expect(await servo('resume', '--yes')).toMatchObject({
      code: 5,
      stderr: 'Nothing to resume: the servo is running.\n',
    });
  });

  test('limits: tightened at once, loosened when it is confirmed, shown with author beside the file', async () => {
    const reason = ['--reason', 'news'];
    expect(await text('limits', 'set', 'max_daily_loss', '0.015', ...reason)).toBe(
      'max_daily_loss is 1.5 % from now on, was 2 %.\n',
    );
    const asked = await servo('limits', 'set', 'max_daily_loss', '0.018', ...reason);
    expect(asked).toMatchObject({ code: 5, stdout: '' });
    expect(asked.stderr).toBe('limits set asks first, and there is no terminal to ask on: add --yes.\n');
    expect(await json('limits', 'set', 'max_daily_loss', '0.018', ...reason, '--yes')).toMatchObject({
      message: 'max_daily_loss becomes 1.8 % when the next trading day begins; until then 1.5 % holds.',
    });
    for (const command of [
      ['limits', 'show'],
      ['config', 'show'],
    ]) {
      expect(await text(...command)).toMatch(
        /\n {2}max_daily_loss +1\.5 % +2 % {2}journal 1\.5 % \(operator, 20\d\d-.*: news\); 1\.8 % when the next trading day begins \(operator, .*\n/,
      );
    }
    const { items } = await json('limits', 'show');
    expect(items).toContainEqual(expect.objectContaining({ name: 'max_daily_loss', value: 0.015, file: 0.02 }));
    expect(await servo('limits', 'set', 'max_daly_loss', '1', ...reason)).toMatchObject({
      code: 2,
      stderr: '"max_daly_loss" is no limit that can be edited: did you mean max_daily_loss?\n',
    });
    expect(await servo('limits', 'set', 'max_positions', 'two', ...reason)).toMatchObject({
      code: 2,
      stderr: 'max_positions is a whole number from 1 to 1000; was "two"\n',
    });
  });

  test('a reason that is too long is refused by the API, and nothing changes', async () => {
    const refused = await servo('pause', '--reason', 'x'.repeat(201));
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/reason.*200 characters or less/);
    expect(await json('status')).toMatchObject({ status: 'running' });
  });

  test('flatten, halt and reset', async () => {
    expect((await servo('flatten')).code).toBe(5);
    expect(await text('flatten', '--yes')).toMatch(
      /^Paused; (nothing was open|closing \d positions?, done when the broker confirms)\.\n$/,
    );
    expect(await text('halt', '--reason', 'smoke')).toMatch(/^HALTED; .* Lift with reset and a reason\.\n$/);
    expect(await text('status')).toMatch(/^PAPER · SIMULATED · HALTED since .* by operator: smoke\n/);
    expect(await servo('reset', '--yes')).toMatchObject({
      code: 2,
      stderr: 'reset needs a reason, kept in the journal: --reason "…"\n',
    });
    expect(await text('reset', '--yes', '--reason', 'it was toast')).toMatch(/^The halt is lifted/);
    expect(await servo('reset', '--yes', '--reason', 'again')).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/^Nothing to reset: the servo is \w+/),
    });
  });

  test('no colours unless they are wanted', async () => {
    const coloured = await typed(home, ['status'], { env: { FORCE_COLOR: '1' } });
    expect(coloured.stdout).toContain('\u001b[');
    const plain = await typed(home, ['status'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
    expect(plain.stdout).not.toContain('\u001b');
    expect(plain.stdout).toContain('SIMULATED');
  });

  test('npm run servo -- …', () => {
    const npm = spawnSync(
      'npm',
      ['run', '--silent', 'servo', '--', 'status', '--json', '--config', home.at('config.yaml')],
      {
        cwd: ROOT,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: home.path },
      },
    );
    expect(npm.status, npm.stderr).toBe(0);
    expect(JSON.parse(npm.stdout)).toMatchObject({ mode: 'paper' });
  });

  test('an account that is not there is answered with the ones that are', async () => {
    expect(await servo('status', '--account', 'paper-simulator-8')).toMatchObject({
      code: 2,
      stderr: `no account "paper-simulator-8" in ${home.at('data')}: did you mean ${SIMULATED_ACCOUNT}?\n`,
    });
  });
});

describe('once it is off', { timeout: PATIENCE_MS }, () => {
  beforeAll(async () => {
    expect(await json('stop')).toMatchObject({ command: 'stop', status: 'stopping' });
    expect(await running.ended).toBe(0);
  }, PATIENCE_MS);

  test('it ended in good order', () => {
    expect(running.stdout).toContain('Stopping: an operator asked.');
    expect(lastKind(home)).toBe('process_ended');
    expect(processesIn(home.path)).toEqual([]);
    expect(query(home, "SELECT 1 FROM journal WHERE kind = 'command_accepted'")).toHaveLength(6);
  });

  test.concurrent.each([
    ['status', /^PAPER · SIMULATED · STOPPED since .*: it starts paused\n/],
    ['positions', /^(No position is open\.| {2}symbol)/],
    ['why', /^2026-01-1\d \d\d:\d\d {2}\w+ .* → /],
    ['report', /^2026-01-1\d/],
    ['limits show', /\n {2}max_daily_loss +1\.[58] % +2 % {2}journal 1\.[58] % \(operator, /],
  ])('%s is read from the journal, which is said on stderr', async (name, pattern) => {
    const { code, stdout, stderr } = await servo(...name.split(' '));
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(
        new RegExp(`^${SIMULATED_ACCOUNT} is not running; its journal, last written 20\\d\\d-.* UTC, says:\n$`),
      ),
    });
    expect(stdout).toMatch(pattern);
  });

  test('as JSON too', async () => {
    expect(await json('report')).toMatchObject({ currency: 'USD', notes: expect.any(Array) });
  });

  test('commands say that nothing runs', async () => {
    const refused = await servo('pause');
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toBe(`The servo of ${SIMULATED_ACCOUNT} is not running. Start it: npm start\n`);
  });

  test('the address that a killed servo leaves behind misleads nobody', async () => {
    const killed = start(home, ['run', '--bar-every', '0.2']);
    await killed.shows(/ → /);
    killed.kill('SIGKILL');
    await killed.ended;
    expect(existsSync(home.at('data', SIMULATED_ACCOUNT, 'api.address'))).toBe(true);
    const { code, stdout } = await servo('status');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^PAPER · SIMULATED · STOPPED/);
  });
});

/** `servo run` as a person lives with it: the first screen, the end, the next day, and every way to stop. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Home,
  lastKind,
  makeHome,
  PATIENCE_MS,
  processesIn,
  query,
  ROOT,
  type Running,
  SIMULATED_ACCOUNT,
  servo,
  start,
  strangerOnPort,
  until,
} from './support.ts';

const FAST = ['run', '--bar-every', '0.1'];
const DECISION =
  /^\d\d:\d\d {2}(EURUSD|XAUUSD) {2}P\(up\) 0\.\d\d P\(down\) 0\.\d\d · [a-z ]{10} → (accepted|refused {2}) /;

let home: Home;
beforeEach(() => {
  home = makeHome();
});
afterEach(() => home.remove());

async function endsCleanly(running: Running, account = SIMULATED_ACCOUNT): Promise<void> {
  expect(await running.ended, running.stderr).toBe(0);
  expect(lastKind(home, account)).toBe('process_ended');
  expect(processesIn(home.path)).toEqual([]);
  expect(existsSync(home.at('data', account, 'api.address'))).toBe(false);
}

const journal = (...kinds: readonly string[]): string[] =>
  query<{ kind: string }>(home, 'SELECT kind FROM journal ORDER BY sequence')
    .map(({ kind }) => kind)
    .filter((kind) => kinds.includes(kind));

const decided = (account = SIMULATED_ACCOUNT): number =>
  query(home, "SELECT 1 FROM decisions WHERE outcome IN ('approved', 'denied')", account).length;

const barsTakenTwice = () =>
  query(
    home,
    `SELECT symbol, json_extract(payload, '$.bar.closeAt') AS closeAt, count(*) AS times
     FROM journal WHERE kind = 'bar_closed' GROUP BY symbol, closeAt HAVING times > 1`,
  );

describe('a run', { timeout: 2 * PATIENCE_MS }, () => {
  test('says what it is, decides in columns, refuses a second servo, ends by Ctrl-C, goes on where it was, begins anew', async () => {
    const { dependencyState } = await import(join(ROOT, 'bin/prepare.mjs'));
    expect(dependencyState(ROOT, true), 'else the launcher would install packages').toBe('current');
    const first = start(home, FAST, { launcher: true });
    await first.shows(/→ accepted .*\n/);
    expectFirstScreen(first);
    expectDecisions(first.lines.filter((line) => line.includes(' → ')));

    const second = await servo(home, FAST);
    const holder = new RegExp(`${SIMULATED_ACCOUNT} is in use by process \\d+ since .*servo stop`);
    expect(second).toMatchObject({ code: 5, stderr: expect.stringMatching(holder) });

    first.kill('SIGINT');
    await endsCleanly(first);
    expect(first.stdout).toMatch(/\n {2}Stopping: SIGINT\. Positions keep their broker stops\. .*\n/);
    expect(first.lines.slice(-3)).toEqual([
      expect.stringMatching(
        /^\d+ decisions: \d+ accepted, \d+ refused · \d+ trades? closed in all, \d positions? open · equity \d+\.\d\d USD$/,
      ),
      `Next: npm run servo -- report · npm run servo -- why · ${home.at('logs/trading.log')}`,
      '',
    ]);

    const before = decided();
    const again = start(home, FAST);
    await until(() => decided() > before + 4, 'decisions after the restart');
    again.kill('SIGTERM');
    await endsCleanly(again);
    expect(barsTakenTwice()).toEqual([]);
    expect(journal('account_opened', 'process_started', 'process_ended')).toEqual([
      'account_opened',
      ...['process_started', 'process_ended', 'process_started', 'process_ended'],
    ]);

    const fresh = await servo(home, [...FAST, '--fresh', '--for', '1s']);
    expect(fresh).toMatchObject({ code: 0, stdout: expect.stringContaining('Stopping: the time is up.') });
    const books = readdirSync(home.at('data')).filter((name) => name.startsWith(SIMULATED_ACCOUNT));
    expect(books.sort()).toEqual([SIMULATED_ACCOUNT, expect.stringMatching(/^paper-simulator-7\.until-\d{8}T\d{6}$/)]);
    expect(journal('process_started')).toHaveLength(1);
  });

  test('is halted by SIGUSR2 and by a HALT file, and stays so after its end', async () => {
    const running = start(home, FAST);
    await running.shows(/ → /);
    running.kill('SIGUSR2');
    await running.shows(/HALTED by SIGUSR2: SIGUSR2\./);
    await running.shows(/refused {3}the servo takes no entries/);
    const reset = await servo(home, ['reset', '--reason', 'looked', '--yes']);
    expect(reset.code, reset.stderr).toBe(0);
    await running.shows(/operator used reset.*\n(.*\n)*.*refused {3}(?!the servo takes)/);

    writeFileSync(home.at('data/HALT'), '');
    await running.shows(/HALTED by HALT file: the file .*data\/HALT exists/);
    running.kill('SIGHUP');
    await endsCleanly(running);
    const off = await servo(home, ['status', '--json']);
    const reason = `it starts halted: the file ${home.at('data/HALT')} exists`;
    expect(JSON.parse(off.stdout)).toMatchObject({ status: 'stopped', entriesAllowed: false, reason });
  });

  test('with --dry-run withholds every order, and does not end with the terminal that showed it', async () => {
    const account = `${SIMULATED_ACCOUNT}-dry-run`;
    const running = start(home, [...FAST, '--dry-run']);
    const withheld = () => query(home, "SELECT 1 FROM orders WHERE status = 'withheld'", account).length;
    await running.shows(/→ accepted .*\n/);
    await until(() => withheld() > 0, 'an order is withheld');
    running.child.stdout?.destroy();
    const before = decided(account);
    await until(() => decided(account) > before + 4, 'decisions go on');
    running.kill('SIGTERM');
    await endsCleanly(running, account);
    expect(running.stdout).toMatch(/PAPER · dry-run\n/);
    expect(query(home, 'SELECT 1 FROM orders WHERE sent_at IS NOT NULL', account)).toEqual([]);
    expect(query(home, 'SELECT 1 FROM fills', account)).toEqual([]);
    const { shadows } = JSON.parse((await servo(home, ['report', '--json', '--account', account])).stdout);
    expect(shadows).toEqual([expect.objectContaining({ model: 'dry-run', profit: expect.any(Number) })]);
  });

  test('ends at once by a second Ctrl-C while its queue server hangs, and the next start takes over', async () => {
    const running = start(home, FAST);
    await running.shows(/ → /);
    const queueServer = Number(readFileSync(home.at('data', SIMULATED_ACCOUNT, 'queue/redis.pid'), 'utf8'));
    process.kill(queueServer, 'SIGSTOP');
    running.kill('SIGINT');
    await running.shows(/Stopping: SIGINT/);
    running.kill('SIGINT');
    expect(await running.ended).toBe(130);
    process.kill(queueServer, 'SIGCONT');

    const next = await servo(home, [...FAST, '--for', '1s']);
    expect(next.code, next.stderr).toBe(0);
    expect(barsTakenTwice()).toEqual([]);
    expect(processesIn(home.path)).toEqual([]);
  });

  test('that is stopped while it starts leaves nothing running', async () => {
    const running = start(home, FAST);
    await running.shows(/Trading Servo/);
    running.kill('SIGINT');
    await endsCleanly(running);
  });

  test('whose port is taken says so with the remedy, and leaves nothing running', async () => {
    const { port, server } = await strangerOnPort();
    const refused = await servo(home, [...FAST, '--api-port', String(port)]);
    server.close();
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(new RegExp(`^Port ${port} on 127.0.0.1 is taken .*--api-port\\.\n$`));
    expect(processesIn(home.path)).toEqual([]);
    expect(existsSync(home.at('data', SIMULATED_ACCOUNT, 'api.address'))).toBe(false);
  });
});

function expectFirstScreen({ lines, stdout }: Running): void {
  const [title, ...rest] = lines;
  expect(title).toMatch(/^Trading Servo \d+\.\d+\.\d+ · PAPER$/);
  const facts = Object.fromEntries(
    rest.flatMap((line) => {
      const [, name, words] = /^ {2}(\w+) {2,}(.+)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, words]];
    }),
  );
  expect(facts).toMatchObject({
    mode: expect.stringContaining('nothing here can reach a broker'),
    symbols: 'EURUSD, XAUUSD · M5',
    feed: 'SIMULATED market, seed 7, a bar every 0.1 s',
    model: expect.stringContaining('models/demo'),
    API: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/docs · token in /),
    board: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/queues · /),
    telegram: 'off: no token (set TELEGRAM_TOKEN)',
  });
  expect(rest).toContainEqual('  One line a decision follows, at the market’s time in UTC. Ctrl-C ends.');
  expect(stdout).not.toContain('\u001b');
}

/** The first decision of the first bar too: nothing is decided before somebody looks. */
function expectDecisions(lines: readonly string[]): void {
  expect(lines.filter((line) => !DECISION.test(line))).toEqual([]);
  const first = query<{ text: string }>(
    home,
    "SELECT strftime('%H:%M', bar_closed_at / 1000, 'unixepoch') AS text FROM decisions ORDER BY sequence LIMIT 1",
  );
  expect(lines[0]).toContain(`${first[0]?.text}  EURUSD  `);
  expect(lines.some((line) => /refused {3}\D+[−-]?[\d.]+( \w+)? [<≤≥>] [\d.]+/.test(line))).toBe(true);
  expect(lines.find((line) => line.includes('accepted'))).toMatch(
    /(buy|sell) 0\.\d+ @ [\d.]+ {2}SL [\d.]+ TP [\d.]+ {2}\(risk [\d.]+ USD/,
  );
}

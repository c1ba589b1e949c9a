/** `servo status`, `positions`, `why`, `report`: asked of the running servo, or read from its journal while it is off. */
import Table from 'cli-table3';
import type { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import type { PerformanceView } from '../servo/control.ts';
import type { DecisionWords } from '../servo/recent-decisions.ts';
import type { AccountView, LimitView, PositionView, StatusView } from '../servo/views.ts';
import { ask } from './client.ts';
import { CliError, EXIT } from './exit-codes.ts';
import type { OfflineServo } from './offline.ts';

interface ReadFlags {
  readonly config: string;
  readonly json?: boolean;
  readonly limit?: string;
}

/** One way to the answer when the servo runs, another when it is off. */
interface Read<T> {
  readonly path: string;
  readonly offline: (servo: OfflineServo) => T | Promise<T>;
  readonly print: (answer: T) => string;
}

interface Items<T> {
  readonly items: readonly T[];
}

export function registerReads(program: Command): void {
  const define = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--config <path>', 'configuration file', 'config.yaml')
      .option('--json', 'as JSON');

  define('status', 'system status: mode, state, limits, components').action((flags: ReadFlags) =>
    show(flags, { path: '/api/v1/status', offline: (servo) => servo.status(), print: statusText }),
  );
  define('positions', 'open positions').action((flags: ReadFlags) =>
    show<Items<PositionView>>(flags, {
      path: '/api/v1/positions',
      offline: (servo) => ({ items: servo.positions() }),
      print: ({ items }) => (items.length === 0 ? 'No position is open.' : items.map(({ text }) => text).join('\n')),
    }),
  );
  define('report', 'performance report').action((flags: ReadFlags) =>
    show(flags, { path: '/api/v1/performance', offline: (servo) => servo.performance(), print: reportText }),
  );
  define('why [symbol]', 'the latest decisions with every check and its numbers')
    .option('--limit <n>', 'how many', '3')
    .action((symbol: string | undefined, flags: ReadFlags) => {
      const limit = limitOf(flags.limit);
      const query = new URLSearchParams({ limit: String(limit), ...(symbol !== undefined && { symbol }) });
      return show<Items<DecisionWords>>(flags, {
        path: `/api/v1/why?${query}`,
        offline: (servo) => ({ items: servo.why(symbol, limit) }),
        print: ({ items }) => (items.length === 0 ? 'Nothing was decided yet.' : items.map(whyText).join('\n\n')),
      });
    });
}

async function show<T>(flags: ReadFlags, { path, offline, print }: Read<T>): Promise<void> {
  const config = loadConfig(flags.config);
  let answer = await ask<T>(config, path);
  if (answer === undefined) {
    const { openOffline } = await import('./offline.ts');
    const servo = openOffline(config);
    process.stderr.write(`The servo is not running; this is what its journal says (${servo.since}).\n`);
    answer = await offline(servo);
    await servo.close();
  }
  process.stdout.write(`${flags.json === true ? JSON.stringify(answer, null, 2) : print(answer)}\n`);
}

function limitOf(text: string | undefined): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 500) return limit;
  throw new CliError(EXIT.usage, `--limit takes a whole number from 1 to 500, was '${text}'`);
}

const plain = { head: [], border: [], 'padding-left': 0, 'padding-right': 2 };
const NO_LINES = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((part) => [part, '']),
);

function table(rows: readonly (readonly string[])[]): string {
  const drawn = new Table({ chars: NO_LINES, style: plain });
  for (const row of rows) drawn.push([...row]);
  return drawn.toString();
}

const orDash = (value: string | null): string => value ?? '–';
const time = (iso: string | null): string => (iso === null ? '–' : `${iso.slice(0, 19).replace('T', ' ')} UTC`);
const percent = (ratio: number | null): string => (ratio === null ? '–' : `${(100 * ratio).toFixed(2)} %`);
const figure = (value: number | null): string => (value === null ? '–' : value.toFixed(2));

function statusText(status: StatusView): string {
  const { account } = status;
  const badges = [
    status.mode.toUpperCase(),
    ...(status.dryRun ? ['dry-run'] : []),
    ...(status.simulated ? ['SIMULATED'] : []),
  ];
  const since = status.since === null ? '' : ` since ${time(status.since)} by ${orDash(status.by)}`;
  return [
    `${badges.join(' · ')}   ${status.status.toUpperCase()}${since}${status.reason === null ? '' : `: ${status.reason}`}`,
    table([
      ['market time', time(status.marketTime)],
      [
        'entries',
        status.entriesAllowed
          ? 'allowed'
          : `off${status.cooldownUntil === null ? '' : ` until ${time(status.cooldownUntil)}`}`,
      ],
      [
        'account',
        `${account.account}   balance ${money(account.balance, account)}   equity ${money(account.equity, account)}`,
      ],
      [
        'today',
        `${money(account.pnl.day, account)}   week ${money(account.pnl.week, account)}   month ${money(account.pnl.month, account)}`,
      ],
      ['positions', `${status.positionsOpen} open, ${status.tradesClosed} trades closed`],
    ]),
    '',
    table([['limit', 'used', 'of', ''], ...status.limits.map((limit) => limitCells(limit, account))]),
    '',
    table([
      ['symbol', 'last bar', 'bid', 'ask', 'regime'],
      ...status.markets.map(({ symbol, lastBarAt, bid, ask: asked, regime }) => [
        symbol,
        time(lastBarAt),
        bid === null ? '–' : String(bid),
        asked === null ? '–' : String(asked),
        regime.replaceAll('_', ' '),
      ]),
    ]),
    '',
    table([
      ['component', 'state', 'last success'],
      ...status.components.map(({ component, errorsInARow, lastError, lastOkAgoMs }) => [
        component,
        errorsInARow === 0 ? 'ok' : `${errorsInARow} errors in a row: ${orDash(lastError)}`,
        lastOkAgoMs === null ? '–' : `${lastOkAgoMs} ms ago`,
      ]),
    ]),
  ].join('\n');
}

const money = (amount: number, { currency }: AccountView): string => `${amount.toFixed(2)} ${currency}`;

function limitCells({ name, used, limit, unit, usedRatio }: LimitView, account: AccountView): string[] {
  const shown = (value: number) =>
    unit === 'money' ? money(value, account) : unit === 'ratio' ? percent(value) : String(value);
  return [name.replaceAll('_', ' '), shown(used), shown(limit), `${(100 * usedRatio).toFixed(0)} %`];
}

function whyText({ text, checks }: DecisionWords): string {
  const lines = checks.map(({ passed, text: check }) => `  ${passed ? '✓' : '✗'} ${check}`);
  return [text, ...lines].join('\n');
}

function reportText(report: PerformanceView): string {
  const { currency } = report;
  const groups = (groupsOf: Record<string, { trades: number; profit: number }>) =>
    Object.entries(groupsOf).map(([name, { trades, profit }]) => [
      name.replaceAll('_', ' '),
      String(trades),
      `${profit.toFixed(2)} ${currency}`,
    ]);
  return [
    `Performance ${orDash(report.from)} to ${orDash(report.to)}`,
    ...report.notes.map((note) => `! ${note}`),
    table([
      ['net profit', `${report.netProfit.toFixed(2)} ${currency}`, 'trades', String(report.trades)],
      ['win rate', percent(report.winRate), 'profit factor', figure(report.profitFactor)],
      ['expectancy', `${figure(report.expectancy)} ${currency}`, 'in R', figure(report.expectancyR)],
      [
        'average win',
        `${figure(report.averageWin)} ${currency}`,
        'average loss',
        `${figure(report.averageLoss)} ${currency}`,
      ],
      ['Sharpe', figure(report.sharpe), 'Sortino', figure(report.sortino)],
      ['max drawdown', percent(report.maxDrawdown), 'current', percent(report.currentDrawdown)],
      ['VaR 95 (day)', percent(report.valueAtRisk95), 'CVaR 95', percent(report.conditionalValueAtRisk95)],
      ['commission', `${report.commission.toFixed(2)} ${currency}`, 'swap', `${report.swap.toFixed(2)} ${currency}`],
      ['losing streak', String(report.longestLosingStreak), 'trading days', String(report.tradingDays)],
    ]),
    '',
    table([['exit', 'trades', 'profit'], ...groups(report.byExitReason)]),
    '',
    table([['symbol', 'trades', 'profit'], ...groups(report.bySymbol)]),
    '',
    table([
      ['decision', 'count'],
      ...Object.entries(report.decisions).map(([name, count]) => [name.replaceAll('_', ' '), String(count)]),
    ]),
  ].join('\n');
}

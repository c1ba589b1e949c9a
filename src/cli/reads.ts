/** `servo status`, `positions`, `why`, `report`: asked of the running servo, or read from its journal while it is off. */
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { closest } from '../config/suggest.ts';
import type { UnixMs } from '../domain/units.ts';
import type { PerformanceView } from '../servo/control.ts';
import type { BarExplanation } from '../servo/explain-bar.ts';
import { MOMENT_EXAMPLE, momentIn } from '../servo/moment.ts';
import type { DecisionWords } from '../servo/recent-decisions.ts';
import type { RiskView } from '../servo/risk-view.ts';
import type { ExternalView, PositionView, StatusView } from '../servo/views.ts';
import { type BookFlags, findBook, withBookOptions } from './book.ts';
import { CliError, EXIT } from './exit-codes.ts';
import type { OfflineServo } from './offline.ts';
import { reportText, whyText } from './report-text.ts';
import { riskText } from './risk-text.ts';
import { positionsText, statusText } from './status-text.ts';

export interface ReadFlags extends BookFlags {
  readonly json?: boolean;
  readonly limit?: string;
  readonly at?: string;
}

/** One way to the answer when the servo runs, another when it is off. */
export interface Read<T> {
  readonly path: string;
  readonly offline: (servo: OfflineServo) => T | Promise<T>;
  readonly print: (answer: T, config: Config, running: boolean) => string;
}

interface Items<T> {
  readonly items: readonly T[];
}

const STATUS: Read<StatusView> = {
  path: '/api/v1/status',
  offline: (servo) => servo.status(),
  print: (status, { trading }, running) => statusText(status, trading.symbols, running),
};

interface Positions extends Items<PositionView> {
  readonly externals: readonly ExternalView[];
}

const POSITIONS: Read<Positions> = {
  path: '/api/v1/positions',
  offline: (servo) => ({ items: servo.positions(), externals: servo.status().externals }),
  print: ({ items, externals }, { trading, paper }) => positionsText(items, externals, trading.symbols, paper.currency),
};

const REPORT: Read<PerformanceView> = {
  path: '/api/v1/performance',
  offline: (servo) => servo.performance(),
  print: reportText,
};

const RISK: Read<RiskView> = {
  path: '/api/v1/risk',
  offline: (servo) => servo.risk(),
  print: riskText,
};

const whyOf = (symbol: string | undefined, limit: number): Read<Items<DecisionWords>> => ({
  path: `/api/v1/why?${new URLSearchParams({ limit: String(limit), ...(symbol !== undefined && { symbol }) })}`,
  offline: (servo) => ({ items: servo.why(symbol, limit) }),
  print: ({ items }) => whyText(items),
});

const whyAt = (symbol: string, at: UnixMs): Read<BarExplanation> => ({
  path: `/api/v1/why?${new URLSearchParams({ symbol, at: new Date(at).toISOString() })}`,
  offline: (servo) => servo.whyAt(symbol, at),
  print: ({ items, note }) =>
    [...(note === null ? [] : [note]), ...(items.length > 0 ? [whyText(items)] : [])].join('\n'),
});

export function registerReads(program: Command): void {
  const define = (name: string, description: string) =>
    withBookOptions(program.command(name)).description(description).option('--json', 'as JSON');

  define('status', 'system status: mode, state, account, limits, markets').action((flags: ReadFlags) =>
    show(flags, loadConfig(flags.config), STATUS),
  );
  define('positions', 'open positions').action((flags: ReadFlags) => show(flags, loadConfig(flags.config), POSITIONS));
  define('risk', 'limits and how far they are, worst case, value at risk, stress').action((flags: ReadFlags) =>
    show(flags, loadConfig(flags.config), RISK),
  );
  define('report', 'performance report').action((flags: ReadFlags) => show(flags, loadConfig(flags.config), REPORT));
  define('why [symbol]', 'the latest decisions with every check and its numbers')
    .option('--limit <n>', 'how many', '3')
    .option('--at <time>', 'of the bar that had closed by then, in UTC: "2026-01-05 10:35"')
    .action((symbol: string | undefined, flags: ReadFlags) => {
      const limit = limitOf(flags.limit);
      const config = loadConfig(flags.config);
      if (symbol !== undefined) assertTraded(symbol, config);
      if (flags.at !== undefined) {
        if (symbol === undefined)
          throw new CliError(EXIT.usage, '--at needs a symbol: servo why EURUSD --at "2026-01-05 10:35"');
        return show(flags, config, whyAt(symbol, momentOf(flags.at)));
      }
      return show(flags, config, whyOf(symbol, limit));
    });
}

export async function show<T>(flags: ReadFlags, config: Config, { path, offline, print }: Read<T>): Promise<void> {
  const { paths, servo } = await findBook(config, flags.account);
  const answer = servo === undefined ? await readOffline() : await servo.get<T>(path);
  process.stdout.write(
    `${flags.json === true ? JSON.stringify(answer, null, 2) : print(answer, config, servo !== undefined)}\n`,
  );

  async function readOffline(): Promise<T> {
    const { openOffline } = await import('./offline.ts');
    const journal = await openOffline(config, paths);
    process.stderr.write(`${paths.account} is not running; its journal, ${journal.writtenAt}, says:\n`);
    return Promise.resolve(offline(journal)).finally(() => journal.close());
  }
}

function limitOf(text: string | undefined): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 500) return limit;
  throw new CliError(EXIT.usage, `--limit takes a whole number from 1 to 500, was "${text}"`);
}

function momentOf(text: string): UnixMs {
  const at = momentIn(text);
  if (at !== undefined) return at;
  throw new CliError(EXIT.usage, `--at takes a time such as "${MOMENT_EXAMPLE}", was "${text}"`);
}

function assertTraded(symbol: string, { trading }: Config): void {
  const names = trading.symbols.map(({ instrument }) => instrument.symbol);
  if (names.includes(symbol)) return;
  const near = closest(symbol, names);
  const remedy = near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
  throw new CliError(EXIT.usage, `"${symbol}" is not in trading.symbols: ${remedy}`);
}

/** `servo status` and `servo positions` as a person reads them. */
import colours from 'picocolors';
import type { SymbolConfig } from '../config/config.ts';
import { REGIME_LABELS } from '../domain/regime.ts';
import type { ServoStatus } from '../domain/servo.ts';
import { conditionLines } from '../servo/arming-view.ts';
import type { ExternalView, ModelView, PositionView, StatusView } from '../servo/views.ts';
import { limitRows } from './limit-table.ts';
import { counted, elapsed, minute, money, orDash, price, profit, second, table } from './text.ts';

type Paint = (text: string) => string;

const PAINT: Record<ServoStatus, Paint> = {
  starting: colours.cyan,
  running: colours.green,
  reduced: colours.yellow,
  paused: colours.yellow,
  close_only: colours.yellow,
  cooldown: colours.yellow,
  halted: colours.red,
  stopping: colours.cyan,
  stopped: colours.dim,
};

const TRUST_LABELS: Record<ModelView['trust'], string> = {
  trust: 'full',
  warn: 'full, with a warning',
  shrink: 'half sizes',
  shadow: 'in the shadow: no entries',
};

export function statusText(status: StatusView, symbols: readonly SymbolConfig[], running: boolean): string {
  const parts = [
    headline(status),
    ...armingLines(status),
    accountTable(status),
    limitTable(status),
    marketTable(status, symbols),
  ];
  const models = modelTable(status);
  return [...parts, ...(models === undefined ? [] : [models]), ...(running ? [processLines(status)] : [])].join('\n\n');
}

function headline(status: StatusView): string {
  const badges = [
    status.mode.toUpperCase(),
    ...(status.dryRun ? ['dry-run'] : []),
    ...(status.simulated ? ['SIMULATED'] : []),
    PAINT[status.status](status.status.replaceAll('_', ' ').toUpperCase()),
  ];
  const since = status.since === null ? '' : ` since ${second(status.since)} by ${orDash(status.by)}`;
  const reason = status.reason === null || status.reason === '' ? '' : `: ${status.reason}`;
  return `${colours.bold(badges.join(' · '))}${since}${reason}`;
}

function armingLines({ arming }: StatusView): string[] {
  if (arming === null) return [];
  const lines = conditionLines(arming.conditions).map((line) => `  ${line}`);
  return [[arming.mayOpen ? 'armed' : 'not armed: nothing is opened', ...lines].join('\n')];
}

function accountTable({ account, ...status }: StatusView): string {
  const { currency, pnl } = account;
  const amount = (value: number) => money(value, currency);
  const change = (value: number) => profit(value, currency);
  return table('lrlrlr', [
    ['equity', amount(account.equity), 'balance', amount(account.balance), 'floating', change(account.floatingProfit)],
    ['today', change(pnl.day), 'this week', change(pnl.week), 'this month', change(pnl.month)],
    [
      'positions',
      `${status.positionsOpen} open`,
      'trades',
      `${status.tradesClosed} closed`,
      'entries',
      entries(status),
    ],
  ]);
}

function entries({ entriesAllowed, cooldownUntil, flattening }: Omit<StatusView, 'account'>): string {
  if (entriesAllowed) return 'allowed';
  if (flattening) return 'off, closing all';
  return cooldownUntil === null ? 'off' : `off until ${cooldownUntil.slice(11, 19)} UTC`;
}

const limitTable = ({ limits, account: { currency } }: StatusView): string =>
  table('lrrlrr', [['limit', 'used', 'of', '', '', 'left'], ...limitRows({ limits, currency })]);

function marketTable({ markets }: StatusView, symbols: readonly SymbolConfig[]): string {
  return table('lrrll', [
    ['symbol', 'bid', 'ask', 'regime', 'last bar, UTC'],
    ...markets.map(({ symbol, bid, ask, regime, lastBarAt, warm }) => {
      const digits = digitsOf(symbols, symbol);
      const known = warm ? REGIME_LABELS[regime] : 'warming up';
      return [symbol, price(bid, digits), price(ask, digits), known, minute(lastBarAt)];
    }),
  ]);
}

/** Symbols that one model serves alike share a line. */
function modelTable({ markets }: StatusView): string | undefined {
  const lines = markets.flatMap(({ symbol, model }) => (model === null ? [] : [{ symbol, words: modelWords(model) }]));
  if (lines.length === 0) return undefined;
  const alike = Map.groupBy(lines, ({ words }) => words.join(' '));
  return table('llll', [
    ['model', 'expires, UTC', 'trust', 'symbols'],
    ...[...alike.values()].map((same) => [...(same[0]?.words ?? []), same.map(({ symbol }) => symbol).join(', ')]),
  ]);
}

function modelWords({ id, expiresAt, expired, trust, because }: ModelView): string[] {
  const expires = expiresAt === null ? 'never' : expired ? colours.red('EXPIRED, no entries') : minute(expiresAt);
  const doubt = because.length === 0 ? '' : ` (${because.join(', ')})`;
  return [id, expires, trust === 'trust' ? 'full' : colours.yellow(`${TRUST_LABELS[trust]}${doubt}`)];
}

/** What goes well takes one line, what does not a line each. */
function processLines(status: StatusView): string {
  const { components, externals, watchdogActive, heartbeatAgoMs, uptimeMs, version } = status;
  const failing = components.filter(({ errorsInARow }) => errorsInARow > 0);
  const well = components.filter(({ errorsInARow }) => errorsInARow === 0).map(({ component }) => component);
  return [
    `  ✓ ${well.join(', ')} work · safety check ${(heartbeatAgoMs / 1_000).toFixed(1)} s ago · ` +
      `version ${version}, up ${elapsed(uptimeMs)}`,
    ...failing.map(
      ({ component, errorsInARow, lastError }) =>
        `  ✗ ${component}: ${counted(errorsInARow, 'error')} in a row, the last: ${orDash(lastError)}`,
    ),
    ...externals.map(({ text }) => `  ! not ours, never touched, counted in exposure and margin: ${text}`),
    ...(watchdogActive ? ['  ✗ the queue does not tick: the watchdog stands in for it, and entries stop'] : []),
  ].join('\n');
}

/** Ours first; what others hold on the account is said to be theirs. */
export function positionsText(
  positions: readonly PositionView[],
  externals: readonly ExternalView[],
  symbols: readonly SymbolConfig[],
  currency: string,
): string {
  const ours = positions.length === 0 ? 'No position is open.' : positionTable(positions, symbols, currency);
  return [ours, ...(externals.length === 0 ? [] : [externalTable(externals, currency)])].join('\n\n');
}

const externalTable = (externals: readonly ExternalView[], currency: string): string =>
  table('lr', [
    ['not ours, never touched', 'margin'],
    ...externals.map(({ text, margin }) => [text, money(margin, currency)]),
  ]);

function positionTable(positions: readonly PositionView[], symbols: readonly SymbolConfig[], currency: string): string {
  return table('llrrrrrrl', [
    ['symbol', 'side', 'lots', 'entry', 'price', 'stop', 'target', 'profit', 'since, UTC'],
    ...positions.map((position) => {
      const at = (value: number | null) => price(value, digitsOf(symbols, position.symbol));
      return [
        position.symbol,
        position.side,
        position.lots.toFixed(2),
        at(position.entryPrice),
        at(position.price),
        at(position.stopLoss),
        at(position.takeProfit),
        profit(position.floatingProfit, currency),
        minute(position.openedAt),
      ];
    }),
  ]);
}

const DIGITS_OF_UNKNOWN = 5;

const digitsOf = (symbols: readonly SymbolConfig[], name: string): number =>
  symbols.find(({ instrument }) => instrument.symbol === name)?.instrument.digits ?? DIGITS_OF_UNKNOWN;

/** What the bot answers, as text made of nothing but what it is given. A list of blocks may be spread over several messages. */
import { COMMANDS, type CommandName, type Role } from '../domain/commands.ts';
import type { ServoStatus } from '../domain/servo.ts';
import { conditionLines } from '../servo/arming-view.ts';
import type { BarExplanation } from '../servo/explain-bar.ts';
import type { LimitSetting } from '../servo/limit-settings.ts';
import type { LimitView } from '../servo/limit-views.ts';
import { limitWords } from '../servo/limit-words.ts';
import { MOMENT_EXAMPLE } from '../servo/moment.ts';
import type { CommandResult } from '../servo/operate.ts';
import type { DecisionWords } from '../servo/recent-decisions.ts';
import { MEASURE_WORDS } from '../servo/risk-alerts.ts';
import type { RiskView } from '../servo/risk-view.ts';
import type { PositionView, StatusView } from '../servo/views.ts';
import { type BotCommand, commandsOf, usage } from './bot-commands.ts';
import { bold, code, escapeHtml, italic, type Row, table } from './html.ts';

/** Said with every picture of the servo, so that play money is never taken for real. */
export function badge({ mode, simulated, dryRun }: Pick<StatusView, 'mode' | 'simulated' | 'dryRun'>): string {
  return [mode.toUpperCase(), ...(simulated ? ['SIMULATED'] : []), ...(dryRun ? ['DRY-RUN'] : [])].join(' · ');
}

export const signed = (amount: number): string => `${amount < 0 ? '−' : '+'}${Math.abs(amount).toFixed(2)}`;
const percent = (ratio: number, digits = 2): string => `${(100 * ratio).toFixed(digits)} %`;
const utc = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const STATUS_ICONS: Record<ServoStatus, string> = {
  running: '🟢',
  reduced: '🟡',
  paused: '⏸',
  close_only: '🟠',
  cooldown: '🟠',
  starting: '⚪',
  halted: '⛔',
  stopping: '⏹',
  stopped: '⏹',
};

const LIMIT_LABELS: Record<LimitView['name'], string> = {
  day: 'day loss',
  week: 'week loss',
  month: 'month loss',
  drawdown: 'drawdown',
  mandate_daily_loss: 'mandate day',
  mandate_trailing_drawdown: 'mandate trail',
  mandate_max_loss: 'mandate max',
  positions: 'positions',
  daily_trades: 'trades today',
};

const LIMIT_NUMBERS: Record<LimitView['unit'], (value: number) => string> = {
  money: (value) => value.toFixed(2),
  ratio: (value) => percent(value),
  count: String,
};

export interface StatusPicture {
  readonly status: StatusView;
  readonly positions: readonly PositionView[];
  readonly last: DecisionWords | undefined;
  readonly nowIso: string;
}

const POSITIONS_IN_STATUS = 10;

/** One screen. */
export function statusMessage({ status, positions, last, nowIso }: StatusPicture): string {
  const { account } = status;
  const money: Row[] = [
    ['equity', `${account.equity.toFixed(2)} ${account.currency}`],
    ['floating', signed(account.floatingProfit)],
    ['day', signed(account.pnl.day)],
  ];
  return [
    `${STATUS_ICONS[status.status]} ${bold(status.status.toUpperCase())}  ${badge(status)}`,
    ...causeLines(status),
    table([...money, ...status.limits.map(limitRow)]),
    bold(counted(positions.length, 'open position')),
    ...(positions.length > 0 ? [table(positions.slice(0, POSITIONS_IN_STATUS).map(positionRow))] : []),
    ...(positions.length > POSITIONS_IN_STATUS ? ['More: /positions'] : []),
    ...status.externals.slice(0, POSITIONS_IN_STATUS).map(({ text }) => escapeHtml(`Not ours: ${text}`)),
    last === undefined ? 'No decision since the start.' : escapeHtml(last.text),
    italic(`Updated ${nowIso.slice(11, 19)} UTC`),
  ].join('\n');
}

function causeLines(status: StatusView): string[] {
  const { since, by, reason, cooldownUntil, flattening } = status;
  const origin = [since === null ? '' : `since ${utc(since)}`, by === null ? '' : `by ${by}`].filter(Boolean).join(' ');
  const cause = [origin, reason ?? ''].filter(Boolean).join(': ');
  return [
    ...(cause === '' ? [] : [escapeHtml(cause)]),
    ...(cooldownUntil === null ? [] : [`No entries until ${cooldownUntil.slice(11, 19)} UTC.`]),
    ...(flattening ? ['Closing everything; the broker has not confirmed yet.'] : []),
    ...armingLines(status),
  ];
}

/** What holds takes one line, what fails a line each. */
function armingLines({ arming }: StatusView): string[] {
  if (arming === null) return [];
  const failing = conditionLines(arming.conditions).filter((_, i) => arming.conditions[i]?.holds === false);
  return failing.length === 0
    ? [`Armed until ${arming.until === null ? '–' : utc(arming.until)}.`]
    : ['Not armed, nothing is opened:', ...failing.map((line) => escapeHtml(line.replace(/ {2,}/g, ' ')))];
}

const limitRow = (limit: LimitView): Row => [LIMIT_LABELS[limit.name], limitNumbers(limit)];

function limitNumbers({ used, limit, unit, usedRatio }: LimitView): string {
  const shown = LIMIT_NUMBERS[unit];
  const whole = unit === 'count' ? '' : ` ${percent(usedRatio, 0).padStart(5)}`;
  return `${shown(used)} of ${shown(limit)}${whole}`;
}

const positionRow = ({ symbol, side, lots, floatingProfit }: PositionView): Row => [
  `${symbol} ${side} ${lots}`,
  signed(floatingProfit),
];

/** How near each limit is in money, and what the open book may still lose. */
export function riskMessage(
  { level, limits, currency, sizeFactor, book, account, stress }: RiskView,
  status: StatusView,
): string {
  const left = limits.flatMap(({ name, moneyLeft, usedRatio }): Row[] =>
    moneyLeft === null ? [] : [[LIMIT_LABELS[name], `${moneyLeft.toFixed(2)} left ${percent(usedRatio, 0)}`]],
  );
  const open: Row[] = [
    ['all stops hit', book.worstCase.toFixed(2)],
    ['margin level', book.marginLevel === null ? '–' : percent(book.marginLevel, 0)],
    ...book.tails
      .filter(({ level }) => level === 0.99)
      .map(({ method, valueAtRisk }): Row => [`VaR 99 % ${method}`, valueAtRisk.toFixed(2)]),
  ];
  const bad =
    book.worstCase === 0 ? [] : stress.map(({ name, profit }): Row => [name, profit === null ? '–' : signed(profit)]);
  return [
    `${bold('Risk')}  ${badge(status)}`,
    ...(level === null
      ? []
      : [
          `Risk level ${bold(level.level)}: ${MEASURE_WORDS[level.because]} at ${percent(level.score, 0)} of its limit.`,
        ]),
    `New sizes × ${sizeFactor}; drawdown ${percent(account.drawdown)}, deepest ${percent(account.maxDrawdown)}. In ${currency}:`,
    table([...left, ...open]),
    ...(bad.length === 0 ? [] : [bold('Bad hours'), table(bad)]),
  ].join('\n');
}

/** `asked`: somebody has typed more than the command, and may believe that it did something. */
export function limitsMessage(
  settings: readonly LimitSetting[],
  asked: boolean,
  status: Pick<StatusView, 'mode' | 'simulated' | 'dryRun'>,
): string[] {
  const said = settings.filter(({ text }) => text !== '');
  return [
    ...(asked ? [`✋ Limits are not changed by Telegram: ${code('servo limits set NAME VALUE --reason "…"')}`] : []),
    [
      `${bold('Limits')}  ${badge(status)}`,
      table(settings.map(({ name, value }): Row => [name, limitWords(name, value)])),
    ].join('\n'),
    ...said.map(({ name, file, text }) => escapeHtml(`${name}: config.yaml ${limitWords(name, file)}; ${text}`)),
  ];
}

export function positionsMessage(positions: readonly PositionView[], status: StatusView): string[] {
  const head = `${bold(counted(positions.length, 'open position'))}  ${badge(status)}`;
  const others = status.externals.map(({ text }) => escapeHtml(`Not ours: ${text}`));
  return [head, ...positions.map(({ text }) => escapeHtml(text)), ...others];
}

export function whyMessage(
  decisions: readonly DecisionWords[],
  symbol: string | undefined,
  traded: string[],
): string[] {
  if (decisions.length > 0) return decisions.map(decisionBlock);
  if (symbol === undefined) return ['No decision since the start.'];
  return traded.includes(symbol)
    ? [`No decision on ${escapeHtml(symbol)} since the start.`]
    : [`${escapeHtml(symbol)} is not traded here. Traded: ${escapeHtml(traded.join(', '))}.`];
}

/** What the journal says of one bar. */
export const barMessage = ({ items, note }: BarExplanation): string[] => [
  ...(note === null ? [] : [escapeHtml(note)]),
  ...items.map(decisionBlock),
];

export const notATimeMessage = (typed: string): string =>
  `${code(typed)} is no time. In UTC, such as ${code(`/why EURUSD ${MOMENT_EXAMPLE}`)}.`;

export const unreadMessage = 'The journal could not be read; the log says why. Nothing was changed.';

/** Ends with an empty line, so that decisions stand apart. */
function decisionBlock({ decisionId, text, checks, sizing }: DecisionWords): string {
  const failed = checks.filter(({ passed }) => !passed).map((check) => `✗ ${check.text}`);
  const verdicts = failed.length > 0 ? failed : [`✓ all ${checks.length} checks passed`];
  return [escapeHtml(text), ...[...verdicts, ...sizing].map(escapeHtml), code(decisionId), ''].join('\n');
}

export function startMessage(userId: number, role: Role, status: StatusView): string[] {
  return [
    `Trading Servo ${escapeHtml(status.version)}  ${badge(status)}`,
    `You are user ${userId}, role ${bold(role)}. Opening this chat trades nothing.`,
    ...helpMessage(role),
  ];
}

export function helpMessage(role: Role): string[] {
  const commands = commandsOf(role);
  return [
    ...commands.map((command) => `${escapeHtml(usage(command))}: ${escapeHtml(command.effect)}`),
    ...(commands.some(({ asksFirst }) => asksFirst) ? ['⚠ asks before it acts.'] : []),
  ];
}

export const strangerMessage = (userId: number): string => `Your id is ${userId}.`;

export function notAllowedMessage({ name, role: needed }: BotCommand, role: Role): string {
  return `/${name} needs the role ${needed}; yours is ${role}. Nothing was done.`;
}

export const unknownMessage = (name: string): string =>
  `${name === '' ? 'Only commands are understood here' : `There is no command /${escapeHtml(name)}`}. /help lists them.`;

export const reasonMissingMessage = (name: CommandName): string =>
  `/${name} needs a reason, kept in the journal: ${code(`/${name} why it is safe to go on`)}`;

export const tooOldMessage = (name: CommandName, ageMs: number): string =>
  `/${name} was sent ${Math.round(ageMs / 1000)} s ago: too old to act on. Nothing was done. Send it again if you still mean it.`;

/** What went wrong is for the log. */
export const failedMessage = (command: CommandName): string =>
  `⛔ /${command} FAILED inside the servo; its log says why. Look at /status, and use the command line or the HALT file.`;

/** What will happen, in numbers. */
export function questionMessage(
  command: CommandName,
  reason: string,
  { status, positions }: Pick<StatusPicture, 'status' | 'positions'>,
): string {
  const question = QUESTIONS[command]?.({ status, positions, reason }) ?? `${command}?`;
  return [`⚠ ${bold(question)}  ${badge(status)}`, italic(COMMANDS[command].effect), 'Answer within 60 s.'].join('\n');
}

type Asked = Pick<StatusPicture, 'status' | 'positions'> & { readonly reason: string };

const QUESTIONS: Partial<Record<CommandName, (asked: Asked) => string>> = {
  resume: ({ status }) => `Allow entries again? Now ${statusWords(status)}. ${exposureWords(status)}`,
  flatten: ({ status, positions }) =>
    positions.length === 0
      ? `Nothing is open. Cancel ${counted(status.ordersWorking, 'working order')} and pause entries?`
      : `Close ${counted(positions.length, 'position')} (${profitWords(positions, status.account.currency)}) and pause entries?`,
  reset: ({ status, reason }) =>
    `Lift the halt with the reason “${reason}”? Now ${statusWords(status)}. ${exposureWords(status)}`,
};

const statusWords = ({ status, reason }: StatusView): string => (reason === null ? status : `${status} (${reason})`);

function exposureWords({ positionsOpen, limits }: StatusView): string {
  const shown = limits.filter(({ unit }) => unit !== 'count').map((limit) => limitRow(limit).join(' '));
  return `${counted(positionsOpen, 'position')} open, ${shown.join(', ')}.`.replace(/ {2,}/g, ' ');
}

const PROFITS_LISTED = 10;

/** `EURUSD +8.20, XAUUSD +2.50 USD` */
function profitWords(positions: readonly PositionView[], currency: string): string {
  const listed = positions.slice(0, PROFITS_LISTED);
  const more = positions.length - listed.length;
  const profits = listed.map(({ symbol, floatingProfit }) => `${symbol} ${signed(floatingProfit)}`).join(', ');
  return `${profits} ${currency}${more > 0 ? ` and ${more} more` : ''}`;
}

const CLOSES_POSITIONS: ReadonlySet<CommandName> = new Set(['flatten', 'halt']);

/** The servo's answer, and a line for each position it was about. `before`: what was open when the command came. */
export function resultMessage(
  command: CommandName,
  result: CommandResult,
  before: readonly PositionView[],
  status: StatusView,
): string[] {
  if (!result.accepted) return [`✋ ${escapeHtml(result.message)}`];
  const head = `${command === 'halt' ? '⛔' : '✅'} ${escapeHtml(result.message)}  ${badge(status)}`;
  const closing = before.map(
    ({ symbol, side, lots, floatingProfit }) =>
      `• ${symbol} ${side} ${lots} ${signed(floatingProfit)} ${status.account.currency}`,
  );
  return [head, ...(CLOSES_POSITIONS.has(command) ? closing.map(escapeHtml) : [])];
}

/** What remains of a question that was not answered with yes. */
export const cancelledMessage = 'Cancelled. Nothing was done.';
export const expiredMessage =
  'This question has expired. Nothing was done. Send the command again if you still mean it.';

/** Shown for a moment above the chat when a button is pressed. */
export const NOTICES = {
  done: 'Done.',
  yes: 'Already done.',
  no: 'Already cancelled.',
  expired: 'Expired: nothing was done.',
  cancelled: 'Cancelled.',
  foreign: 'This button is not yours to press.',
  unknown: 'This button is not known.',
  updated: 'Updated.',
} as const;

/** What a configuration may say, but its owner should know: limits that cannot act, and doors that stand open. */
import type { ConfigFile } from './schema.ts';

export function notesOf(file: ConfigFile): readonly string[] {
  return [...dailyLossNotes(file), ...unreachableLimitNotes(file), ...mandateNotes(file), ...networkNotes(file)];
}

/** The seed names this limit twice. */
export const effectiveDailyLoss = ({ execution, trading }: ConfigFile): number =>
  Math.min(execution.risk.max_daily_loss, trading.risk_management.max_daily_loss);

const percent = (fraction: number): string => `${Number((fraction * 100).toPrecision(6))} %`;

function dailyLossNotes(file: ConfigFile): readonly string[] {
  const order = file.execution.risk.max_daily_loss;
  const account = file.trading.risk_management.max_daily_loss;
  if (order === account) return [];
  return [
    `execution.risk.max_daily_loss ${percent(order)} and trading.risk_management.max_daily_loss ${percent(account)} differ: ` +
      `the smaller, ${percent(effectiveDailyLoss(file))}, holds`,
  ];
}

/** The peak of equity is never below a window's start, so the drawdown is never smaller than the window's loss. */
function unreachableLimitNotes(file: ConfigFile): readonly string[] {
  const { max_drawdown, max_weekly_loss, max_monthly_loss } = file.trading.risk_management;
  const windows = [
    ['max_daily_loss', effectiveDailyLoss(file)],
    ['max_weekly_loss', max_weekly_loss],
    ['max_monthly_loss', max_monthly_loss],
  ] as const;
  return windows
    .filter(([, limit]) => limit >= max_drawdown)
    .map(
      ([key, limit]) =>
        `${key} ${percent(limit)} cannot act: max_drawdown ${percent(max_drawdown)} is reached no later, and halts ` +
        '(after a reset, which starts a new peak, it can)',
    );
}

/** The mandate stops its buffer before the rule breaks: an own limit of the day at or beyond that has nothing left to do. */
function mandateNotes({ mandate, ...file }: ConfigFile): readonly string[] {
  if (mandate.daily_loss === null) return [];
  const own = effectiveDailyLoss({ mandate, ...file });
  const stops = mandate.daily_loss * (1 - mandate.buffer);
  if (own < stops) return [];
  return [
    `max_daily_loss ${percent(own)} cannot act where both days begin alike: the mandate stops at ${percent(stops)}, ` +
      `its daily_loss ${percent(mandate.daily_loss)} less the buffer`,
  ];
}

function networkNotes({ api, telegram }: ConfigFile): readonly string[] {
  const notes: string[] = [];
  if (!isLoopback(api.host)) {
    notes.push(`api.host ${api.host} is reachable from other machines, without encryption: put a TLS proxy before it`);
  }
  const root = new URL(telegram.api_root);
  if (root.protocol === 'http:' && !isLoopback(root.hostname)) {
    notes.push(`telegram.api_root ${root.origin} is not encrypted: the bot token crosses the network in clear`);
  }
  return notes;
}

const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);

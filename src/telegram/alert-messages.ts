/** How alerts read in a chat, and which of those that wait is told next: the gravest alone, idle news together. */
import { formatUtc } from '../domain/calendar.ts';
import type { UnixMs } from '../domain/units.ts';
import type { AlertKind, Severity } from '../servo/alerts.ts';
import type { PendingAlert } from '../servo/ports.ts';
import { bold, code, escapeHtml, italic, oneLine } from './html.ts';

export interface AlertPlan {
  /** What the message tells of; all of it is delivered when the message is. */
  readonly alerts: readonly PendingAlert[];
  readonly html: string;
  readonly silent: boolean;
  /** Goes before everything else. */
  readonly urgent: boolean;
}

export interface AlertMoment {
  /** When the bot began to tell. */
  readonly startedAt: UnixMs;
  readonly now: UnixMs;
  /** `PAPER · SIMULATED` */
  readonly badge: string;
}

const INFO_APART_MAX = 5;
const STALE_AFTER_MS = 86_400_000;

/** `waiting` is the outbox's order: gravest first, then oldest. */
export function nextAlertMessage(waiting: readonly PendingAlert[], moment: AlertMoment): AlertPlan | undefined {
  const isStale = ({ raisedAt }: PendingAlert) => moment.startedAt - raisedAt > STALE_AFTER_MS;
  const stale = waiting.filter(isStale);
  const fresh = waiting.filter((alert) => !isStale(alert));
  const [first] = fresh;
  if (first?.severity === 'critical') return alone(first, moment);
  if (stale.length > 0) return { alerts: stale, html: staleMessage(stale, moment), silent: false, urgent: false };
  if (first === undefined) return undefined;
  if (first.severity !== 'info' || fresh.length <= INFO_APART_MAX) return alone(first, moment);
  return { alerts: fresh, html: digestMessage(fresh, moment), silent: true, urgent: false };
}

const alone = (alert: PendingAlert, moment: AlertMoment): AlertPlan => ({
  alerts: [alert],
  html: alertMessage(alert, moment),
  silent: alert.severity === 'info',
  urgent: alert.severity === 'critical',
});

const INFO_ICONS: Record<AlertKind, string> = {
  started: '▶️',
  stopped: '⏹',
  opened: '🟢',
  closed: '🏁',
  refusals: '📋',
  order_rejected: 'ℹ️',
  limit: 'ℹ️',
  model: '🧠',
  cooldown: '▶️',
  safety: '▶️',
  halted: 'ℹ️',
  flattened: '✅',
  command: '👤',
  arming: 'ℹ️',
  external: '👤',
  naked: 'ℹ️',
};

const GRAVE_ICONS: Record<Exclude<Severity, 'info'>, string> = { warning: '⚠️', error: '❗', critical: '⛔' };

const LATE_AFTER_MS = 60_000;
const TEXT_LENGTH_MAX = 2000;
const LINE_LENGTH_MAX = 200;

export function alertMessage(alert: PendingAlert, { now, badge }: AlertMoment): string {
  const { kind, severity, text, decisionId, raisedAt } = alert;
  const words = severity === 'info' ? escaped(text, TEXT_LENGTH_MAX) : bold(oneLine(text, TEXT_LENGTH_MAX));
  return [
    `${severity === 'info' ? INFO_ICONS[kind] : GRAVE_ICONS[severity]} ${words}`,
    badge,
    ...(decisionId === undefined ? [] : [code(decisionId)]),
    ...(now - raisedAt > LATE_AFTER_MS ? [italic(`from ${formatUtc(raisedAt)} UTC`)] : []),
  ].join('\n');
}

const LATEST_SHOWN = 5;

function digestMessage(infos: readonly PendingAlert[], { badge }: AlertMoment): string {
  const latest = infos.slice(-LATEST_SHOWN).map(({ text }) => `• ${escaped(text, LINE_LENGTH_MAX)}`);
  return [
    `📋 ${bold(`${infos.length} messages`)} ${spanOf(infos)}  ${badge}`,
    tally(infos.map(({ kind }) => kind.replaceAll('_', ' '))),
    'The latest:',
    ...latest,
  ].join('\n');
}

/** Names the gravest of them, for that one must not be lost. */
function staleMessage(stale: readonly PendingAlert[], { badge }: AlertMoment): string {
  const gravest = stale.filter(({ severity }) => severity === stale[0]?.severity).at(-1);
  const words = gravest === undefined ? '' : `, the latest of the gravest: ${escaped(gravest.text, LINE_LENGTH_MAX)}`;
  const severities = tally(stale.map(({ severity }) => severity));
  return `📋 Not delivered for a day: ${severities}, ${spanOf(stale)}${words}  ${badge}`;
}

/** `opened 4, closed 3` */
function tally(words: readonly string[]): string {
  const counts = Map.groupBy(words, (word) => word);
  return [...counts].map(([word, { length }]) => `${word} ${length}`).join(', ');
}

function spanOf(alerts: readonly PendingAlert[]): string {
  const times = alerts.map(({ raisedAt }) => raisedAt).sort((a, b) => a - b);
  const [first, last] = [times[0], times.at(-1)];
  return first === undefined || last === undefined ? '' : `${formatUtc(first)} to ${formatUtc(last)} UTC`;
}

const escaped = (text: string, max: number): string => escapeHtml(oneLine(text, max));

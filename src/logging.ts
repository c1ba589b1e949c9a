/** The log files: one detailed file a start, and `trading.log` with what concerns money. JSON lines, secrets scrubbed. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pino, { type Level, type Logger } from 'pino';
import type { LogLevel } from './config/config.ts';
import type { DomainEvent, EventKind, EventOf } from './domain/events.ts';
import { formatPrice, quantityToLots } from './domain/instrument.ts';
import { symbolPolicy } from './domain/policy.ts';
import type { ServoState } from './domain/state.ts';
import { removeOldLogs, rollingLog, timestamp } from './rolling-log.ts';
import type { Commit } from './servo/book.ts';
import { limitWords } from './servo/limit-words.ts';
import { decisionLine, signalWords } from './servo/words.ts';

export interface Logs {
  /** Everything, to `servo_YYYYMMDD_HHMMSS.log`. */
  readonly servo: Logger;
  /** Decisions, orders, fills and limits, to `trading.log`. */
  readonly trading: Logger;
  readonly servoFile: string;
  readonly tradingFile: string;
  /** Takes the secrets out of a line that is shown elsewhere. */
  readonly scrub: Scrub;
}

type Scrub = (text: string) => string;

const PINO_LEVEL: Record<LogLevel, Level> = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error' };

export interface LogOptions {
  readonly logDir: string;
  readonly level: LogLevel;
  readonly keepFiles: number;
  /** A file that has grown to this is set aside. */
  readonly maxBytes?: number;
  readonly startedAt: number;
  readonly mode: string;
  /** Values that must not be written whatever line they are in. */
  readonly secrets: readonly string[];
}

const LOG_BYTES_MAX = 64 * 1024 * 1024;

export function openLogs(options: LogOptions): Logs {
  const { logDir, startedAt, mode } = options;
  mkdirSync(logDir, { recursive: true });
  removeOldLogs(logDir, 'servo', options.keepFiles - 1);
  const servoFile = join(logDir, `servo_${timestamp(startedAt)}.log`);
  const tradingFile = join(logDir, 'trading.log');
  const scrub = scrubber(options.secrets);
  const { keepFiles } = options;
  const open = (file: string, level: Level): Logger => {
    const destination = rollingLog({ file, maxBytes: options.maxBytes ?? LOG_BYTES_MAX, keepFiles, wall: Date.now });
    return pino(
      {
        level,
        base: { mode },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      { write: (line: string) => destination.write(scrub(line)) },
    );
  };
  return {
    servo: open(servoFile, PINO_LEVEL[options.level]),
    trading: open(tradingFile, 'info'),
    servoFile,
    tradingFile,
    scrub,
  };
}

/** A shorter text is no secret, and would take half a line with it. */
const SECRET_LENGTH_MIN = 8;

function scrubber(secrets: readonly string[]): Scrub {
  const asJson = (secret: string) => JSON.stringify(secret).slice(1, -1);
  const forms = secrets.flatMap((secret) => [secret, asJson(secret), encodeURIComponent(secret)]);
  const hidden = [...new Set(forms)].filter(({ length }) => length >= SECRET_LENGTH_MIN);
  return (text) => hidden.reduce((shown, secret) => shown.replaceAll(secret, '••••'), text);
}

/** What concerns money; the rest is detail. */
const TRADING_KINDS: ReadonlySet<EventKind> = new Set([
  'model_changed',
  'model_refused',
  'trust_changed',
  'shadow_opened',
  'shadow_closed',
  'signal_made',
  'decision_made',
  'retry_scheduled',
  'reduce_requested',
  'order_changed',
  'fenced',
  'fill_applied',
  'position_amended',
  'levels_adopted',
  'position_adopted',
  'balance_adopted',
  'deal_told_late',
  'report_told_late',
  'slippage_exceeded',
  'stop_missing',
  'externals_seen',
  'cash_moved',
  'swap_charged',
  'ladder_stepped',
  'losing_streak',
  'risk_assessed',
  'mandate_stopped',
  'command_accepted',
  'limit_edited',
  'live_checked',
  'armed',
  'disarmed',
  'arming_failed',
  'cooldown_started',
  'cooldown_ended',
  'safety_lost',
  'safety_regained',
  'halted',
  'flatten_started',
  'flattened',
]);

/** One line an event; the decision id leads from the bar to the alert. */
export function logCommit(logs: Logs, { events, alerts, state }: Commit): void {
  for (const event of events) {
    const { kind, at, ...detail } = event;
    const fields = { event: kind, at: new Date(at).toISOString(), ...identity(event, state), ...detail };
    const line = words(event, state);
    if (TRADING_KINDS.has(kind)) logs.trading.info(fields, line);
    logs.servo.debug(fields, line);
  }
  for (const { severity, kind, text, decisionId } of alerts) {
    const level = severity === 'info' ? 'info' : severity === 'warning' ? 'warn' : 'error';
    const fields = { alert: kind, ...(decisionId && { decision_id: decisionId }) };
    if (decisionId !== undefined) logs.trading[level](fields, text);
    logs.servo[level](fields, text);
  }
}

/** The fields of an event are in ticks, lot steps and micros; its words are for people. */
function words(event: DomainEvent, state: ServoState): string {
  switch (event.kind) {
    case 'model_changed':
      return `${event.symbols.join(', ')}: model ${event.to.id}, before ${event.from ?? 'none'}`;
    case 'trust_changed':
      return `${event.symbol}: model ${event.model} from ${event.from} to ${event.to} (${event.because.join(', ')})`;
    case 'shadow_opened':
      return `would-be ${event.trade.side} of ${event.trade.symbol} by ${event.trade.model}: nothing is sent`;
    case 'shadow_closed':
      return `would-be trade ended: ${event.exitReason.replaceAll('_', ' ')}, ${event.resultR.toFixed(2)} R (${event.model})`;
    case 'signal_made':
      return `signal ${event.signal.symbol}: ${signalWords(event.signal)}`;
    case 'decision_made':
      return decisionLine(state.policy, state.markets.get(event.decision.symbol)?.signal, event.decision);
    case 'order_changed':
      return `order ${event.orderId}: ${event.change.replaceAll('_', ' ')}${event.detail ? ` (${event.detail})` : ''}`;
    case 'fill_applied':
      return fillWords(event, state);
    case 'reduce_requested':
      return `${event.intent.kind} requested: ${event.intent.reason.replaceAll('_', ' ')}`;
    case 'fenced':
      return `epoch ${event.epoch}: what is still on its way of ${event.orderIds.join(', ')} can never execute`;
    case 'position_amended':
      return amendedWords(event, state);
    case 'limit_edited':
      return `${event.limit}: ${limitWords(event.limit, event.to)} instead of ${limitWords(event.limit, event.from)}, ${event.effective.replaceAll('_', ' ')}`;
    default:
      return event.kind.replaceAll('_', ' ');
  }
}

function fillWords({ fill }: EventOf<'fill_applied'>, { policy }: ServoState): string {
  const { instrument } = symbolPolicy(policy, fill.symbol);
  const lots = quantityToLots(instrument, fill.quantity);
  const cause = fill.cause.replaceAll('_', ' ');
  return `fill: ${fill.effect} ${fill.symbol} ${fill.side} ${lots} @ ${formatPrice(instrument, fill.price)} by ${cause}`;
}

function amendedWords(event: EventOf<'position_amended'>, { positions, policy }: ServoState): string {
  const symbol = positions.get(event.positionId)?.symbol;
  if (symbol === undefined) return `position ${event.positionId} amended`;
  const at = (ticks: number) => formatPrice(symbolPolicy(policy, symbol).instrument, ticks);
  return `position ${event.positionId} amended: SL ${at(event.stopLoss)} TP ${at(event.takeProfit)}`;
}

interface Identity {
  readonly symbol?: string;
  readonly decision_id?: string;
}

function identity(event: DomainEvent, { orders, positions }: ServoState): Identity {
  switch (event.kind) {
    case 'bar_closed':
      return { symbol: event.bar.symbol };
    case 'signal_made':
      return named(event.signal);
    case 'decision_made':
      return named(event.decision);
    case 'reduce_requested':
      return named(event.intent);
    case 'order_changed':
      return named(orders.get(event.orderId)?.intent);
    case 'fill_applied':
      return {
        symbol: event.fill.symbol,
        ...named(event.position ?? event.trade ?? positions.get(event.fill.positionId)),
      };
    case 'position_amended':
    case 'swap_charged':
      return named(positions.get(event.positionId));
    case 'signal_dropped':
    case 'retry_scheduled':
      return named(event);
    default:
      return {};
  }
}

const named = (of: { readonly symbol: string; readonly decisionId: string } | undefined): Identity =>
  of === undefined ? {} : { symbol: of.symbol, decision_id: of.decisionId };

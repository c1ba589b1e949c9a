/** What people are told, and how gravely: events worth a message become alerts, refusals one digest a trading day. */
import { dayLabel, formatUtc } from '../domain/calendar.ts';
import type { DomainEvent, EventOf } from '../domain/events.ts';
import { TRUST_STEPS, type TrustStep } from '../domain/guards/ladder.ts';
import { formatPrice, quantityToLots } from '../domain/instrument.ts';
import { symbolPolicy, WINDOW_LABELS } from '../domain/policy.ts';
import type { SafetyGuard } from '../domain/servo.ts';
import type { ServoState } from '../domain/state.ts';
import type { UnixMs } from '../domain/units.ts';
import { accountAlerts } from './account-alerts.ts';
import { type Alert, info } from './alert.ts';
import { armingAlerts } from './arming-alerts.ts';
import { FlattenReport } from './flatten-report.ts';
import { riskAlerts } from './risk-alerts.ts';
import { formatMoney, formatSigned, REASON_WORDS, signed } from './words.ts';

export type { Alert, AlertKind, Severity } from './alert.ts';

/** Turns events into alerts as they are committed. Holds the day's tally of refusals, and what a flatten has closed so far. */
export class AlertWriter {
  readonly #refusals = new Map<string, number>();
  readonly #flatten = new FlattenReport();
  /** Of the tally: the day before a Monday is a Friday. */
  #day = 0;

  alertsFor(state: ServoState, event: DomainEvent): Alert[] {
    switch (event.kind) {
      case 'process_started':
        return [
          info('started', `Started in ${event.mode} mode${event.dryRun ? ', dry-run' : ''}, version ${event.version}.`),
        ];
      case 'process_ended':
        return [info('stopped', `Stopped. Positions keep their broker stops (${state.positions.size} open).`)];
      case 'fill_applied':
        this.#flatten.filled(state, event);
        return fillAlerts(state, event);
      case 'decision_made':
        return this.#countRefusal(state, event);
      case 'windows_rolled':
        return event.windows.includes('day') ? [...this.#digest(), ...expiryAlerts(state, event.at)] : [];
      case 'order_changed':
        return this.#orderAlerts(state, event);
      case 'model_changed':
        return event.from === undefined
          ? []
          : [info('model', `${event.symbols.join(', ')}: ${event.to.id} serves, instead of ${event.from}.`)];
      case 'model_refused':
        return [
          {
            kind: 'model',
            severity: 'error',
            text: `${event.symbols.join(', ')}: the new ${event.name} is refused, the old one serves on. ${event.reason}`,
          },
        ];
      case 'trust_changed':
        return [trustAlert(event)];
      case 'ladder_stepped':
        return [ladderAlert(state, event)];
      case 'losing_streak':
        return [streakAlert(event)];
      case 'cooldown_started':
        return [
          {
            kind: 'cooldown',
            severity: 'error',
            text: `${event.errors} ${event.component} errors in a row (${event.reason}). No entries until ${clock(event.until)}; monitoring goes on.`,
          },
        ];
      case 'cooldown_ended':
        return [info('cooldown', 'The cooldown is over; entries are allowed again.')];
      case 'safety_lost':
        return [{ kind: 'safety', severity: 'critical', text: `Entries stop: ${event.reason}.` }];
      case 'safety_regained':
        return [info('safety', `${SOUND_AGAIN[event.guard]}; entries are allowed.`)];
      case 'halted':
        return [haltAlert(state, event.by, event.reason)];
      case 'flattened':
        return [info('flattened', this.#flatten.confirmed())];
      case 'flatten_started':
        this.#flatten.begin();
        return [];
      case 'command_accepted':
        return event.command === 'halt'
          ? [haltAlert(state, event.by, event.reason)]
          : [
              info(
                'command',
                `${event.by} used ${event.command} by ${event.surface}${event.reason && `: ${event.reason}`}.`,
              ),
            ];
      default:
        return [...accountAlerts(state, event), ...riskAlerts(state, event), ...armingAlerts(state, event)];
    }
  }

  #orderAlerts(state: ServoState, event: EventOf<'order_changed'>): Alert[] {
    const { orderId, change, detail = '' } = event;
    if (change === 'lose') {
      return [
        { kind: 'order_rejected', severity: 'critical', text: `Outcome of order ${orderId} is unknown: ${detail}` },
      ];
    }
    if (change !== 'reject') return [];
    const stillOpen = this.#flatten.refused(state, event);
    if (stillOpen !== undefined) return [{ kind: 'order_rejected', severity: 'critical', text: stillOpen }];
    return [{ kind: 'order_rejected', severity: 'warning', text: `Order ${orderId} was rejected: ${detail}` }];
  }

  #countRefusal({ account }: ServoState, { decision }: Extract<DomainEvent, { kind: 'decision_made' }>): Alert[] {
    this.#day = account.windows.day.period;
    const outcome = decision.outcome === 'denied' ? decision.reason : 'accepted';
    this.#refusals.set(outcome, (this.#refusals.get(outcome) ?? 0) + 1);
    return [];
  }

  #digest(): Alert[] {
    const { accepted = 0, ...refused } = Object.fromEntries(this.#refusals);
    this.#refusals.clear();
    const ranked = Object.entries(refused).sort(([, a], [, b]) => b - a);
    const total = ranked.reduce((sum, [, count]) => sum + count, 0);
    if (total === 0) return [];
    const words = ranked.map(([reason, count]) => `${REASON_WORDS[reason as keyof typeof REASON_WORDS]} ${count}`);
    return [
      info('refusals', `${dayLabel(this.#day)}: ${accepted} signals accepted, ${total} refused (${words.join(', ')}).`),
    ];
  }
}

const SOUND_AGAIN: Record<SafetyGuard, string> = {
  clock: 'The clock is sound again',
  disk: 'The disk is sound again',
  sight: 'The broker shows its positions again',
};

const clock = (at: number): string => `${new Date(at).toISOString().slice(11, 19)} UTC`;

const EXPIRY_WARNING_MS = 7 * 86_400_000;

/** Once a trading day from a week before a model expires, and as long as it serves afterwards. */
function expiryAlerts({ cards, markets }: ServoState, at: UnixMs): Alert[] {
  return [...cards.values()].flatMap(({ id, expiresAt }): Alert[] => {
    if (expiresAt === undefined || at < expiresAt - EXPIRY_WARNING_MS) return [];
    const symbols = [...markets].filter(([, { model }]) => model === id).map(([symbol]) => symbol);
    const what = at < expiresAt ? 'expires' : 'has expired';
    return [
      {
        kind: 'model',
        severity: at < expiresAt ? 'warning' : 'error',
        text: `Model ${id} ${what} at ${formatUtc(expiresAt)} UTC: from then on no entries in ${symbols.join(', ')}. Promote another: servo model promote.`,
      },
    ];
  });
}

const TRUST_WORDS: Record<TrustStep, string> = {
  trust: 'it is trusted as usual',
  warn: 'it trades as usual',
  shrink: 'sizes are halved',
  shadow: 'no entries on its word until it is itself again',
};

function trustAlert({ symbol, model, from, to, because }: EventOf<'trust_changed'>): Alert {
  const falling = TRUST_STEPS.indexOf(to) > TRUST_STEPS.indexOf(from);
  const why = because.length === 0 ? 'its guards are calm' : `${because.join(' and ')} beyond what training knew`;
  const severity = falling ? (to === 'shadow' ? 'error' : 'warning') : 'info';
  return { kind: 'model', severity, text: `${symbol}: ${why} (model ${model}): ${TRUST_WORDS[to]}.` };
}

function haltAlert(state: ServoState, by: string, reason: string): Alert {
  const open = state.positions.size === 1 ? '1 position is' : `${state.positions.size} positions are`;
  const disarmed = state.policy.live === undefined ? '' : ' Live trading is disarmed.';
  const text = `HALTED by ${by}: ${reason || 'no reason given'}. ${open} open. Lift with reset and a reason.${disarmed}`;
  return { kind: 'halted', severity: 'critical', text };
}

function fillAlerts(state: ServoState, event: Extract<DomainEvent, { kind: 'fill_applied' }>): Alert[] {
  const { fill, trade, position } = event;
  const { instrument } = symbolPolicy(state.policy, fill.symbol);
  const { currency } = state.policy;
  const lots = quantityToLots(instrument, fill.quantity);
  const at = formatPrice(instrument, fill.price);
  if (fill.effect === 'open') {
    const stop = formatPrice(instrument, fill.stopLoss);
    const target = formatPrice(instrument, fill.takeProfit);
    const text = `OPEN ${fill.symbol} ${fill.side} ${lots} @ ${at}, SL ${stop}, TP ${target}.`;
    return [{ kind: 'opened', severity: 'info', text, ...(position && { decisionId: position.decisionId }) }];
  }
  if (trade === undefined)
    return [info('closed', `PART CLOSED ${fill.symbol} ${lots} @ ${at}${partWords(state, event)}.`)];
  const profit = formatSigned(trade.profit, currency);
  const rMultiple = trade.initialRisk > 0 ? ` (${signed(trade.profit / trade.initialRisk)} R)` : '';
  const byHand = trade.exitReason === 'external';
  const why = byHand ? 'closed by somebody else' : trade.exitReason.replaceAll('_', ' ');
  const text = `CLOSE ${fill.symbol} ${profit}${rMultiple}: ${why} @ ${at}.`;
  return [{ kind: 'closed', severity: byHand ? 'warning' : 'info', text, decisionId: trade.decisionId }];
}

/** `: take profit ladder, 0.23 left` */
function partWords(state: ServoState, { fill, position }: EventOf<'fill_applied'>): string {
  const intent = state.orders.get(fill.orderId ?? '')?.intent;
  const why = intent === undefined || intent.kind === 'open' ? '' : `: ${intent.reason.replaceAll('_', ' ')}`;
  if (position === undefined) return why;
  return `${why}, ${quantityToLots(symbolPolicy(state.policy, fill.symbol).instrument, position.quantity)} left`;
}

function streakAlert({ symbol, losses, until }: Extract<DomainEvent, { kind: 'losing_streak' }>): Alert {
  const [where, what] = symbol === undefined ? ['', 'No entries'] : [` on ${symbol}`, `No entries on ${symbol}`];
  return {
    kind: 'limit',
    severity: 'warning',
    text: `${losses} losses in a row${where}. ${what} until ${formatUtc(until)}, market time.`,
  };
}

function ladderAlert(state: ServoState, event: Extract<DomainEvent, { kind: 'ladder_stepped' }>): Alert {
  const { currency } = state.policy;
  const numbers = `${formatMoney(event.loss, currency)} of ${formatMoney(event.limit, currency)}`;
  const window = WINDOW_LABELS[event.window];
  return event.step === 'reached'
    ? {
        kind: 'limit',
        severity: 'critical',
        text: `The ${window} loss limit is reached (${numbers}): no entries until the window ends.`,
      }
    : {
        kind: 'limit',
        severity: 'warning',
        text: `75 % of the ${window} loss limit is used (${numbers}): sizes are halved.`,
      };
}

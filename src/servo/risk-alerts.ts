/** What changed in how much may be risked: in words for people. */
import type { RiskMeasure } from '../domain/account.ts';
import type { DomainEvent, EventOf } from '../domain/events.ts';
import { EDITABLE } from '../domain/limits/editable.ts';
import { MANDATE_WORDS } from '../domain/limits/mandate.ts';
import { RISK_LEVELS } from '../domain/policy.ts';
import type { ServoState } from '../domain/state.ts';
import type { Alert, Severity } from './alert.ts';
import { limitWords, WINDOW_BEGINS } from './limit-words.ts';
import { formatMoney } from './words.ts';

export function riskAlerts({ policy }: ServoState, event: DomainEvent): Alert[] {
  if (event.kind === 'mandate_stopped') return [mandateAlert(policy.currency, event)];
  if (event.kind === 'limit_edited') return [editAlert(event)];
  if (event.kind !== 'risk_assessed' || event.level === event.from) return [];
  const factor = policy.riskLevel?.sizeFactor[event.level] ?? 1;
  const rose = RISK_LEVELS.indexOf(event.level) > RISK_LEVELS.indexOf(event.from);
  const severity: Severity = rose ? (event.level === 'extreme' ? 'critical' : 'warning') : 'info';
  return [{ kind: 'limit', severity, text: `${levelWords(event)}. New sizes × ${factor}.${rearmWords(event)}` }];
}

function mandateAlert(currency: string, { rule, equity, breaksAt }: EventOf<'mandate_stopped'>): Alert {
  const lasts = rule === 'daily_loss' ? "until the mandate's day ends" : 'from now on';
  const text = `MANDATE: equity of ${formatMoney(equity, currency)} is near ${formatMoney(breaksAt, currency)}, at which the ${MANDATE_WORDS[rule]} breaks. Everything is closed, no entries ${lasts}.`;
  return { kind: 'limit', severity: 'critical', text };
}

/** A loosening is worth a look: it may not be one's own. */
function editAlert({ limit, from, to, by, surface, reason, effective }: EventOf<'limit_edited'>): Alert {
  const when = effective === 'now' ? 'at once' : WINDOW_BEGINS[EDITABLE[limit].window];
  const said =
    from === to
      ? `${by} took back by ${surface} what waited for ${limit}, ${limitWords(limit, to)} holds`
      : `${by} set ${limit} by ${surface} from ${limitWords(limit, from)} to ${limitWords(limit, to)}, ${when}`;
  return { kind: 'limit', severity: effective === 'now' ? 'info' : 'warning', text: `${said}: ${reason}.` };
}

export const MEASURE_WORDS: Record<RiskMeasure, string> = {
  drawdown: 'the drawdown',
  weekly_loss: 'the weekly loss',
  monthly_loss: 'the monthly loss',
  volatility: 'volatility',
  value_at_risk: 'the value at risk',
};

/** A calm level is so because nothing is near its limit. */
function levelWords({ from, level, because, score }: EventOf<'risk_assessed'>): string {
  const share = Math.round(100 * score);
  return `Risk level ${level}, was ${from}: ${MEASURE_WORDS[because]} is at ${share} % of its limit, and nothing is nearer`;
}

const rearmWords = ({ level }: EventOf<'risk_assessed'>): string =>
  level === 'extreme' ? ' It stays until it is re-armed: reset with a reason.' : '';

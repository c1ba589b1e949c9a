/** Who let real money trade and what ended it, in words for people. */
import { formatUtc } from '../domain/calendar.ts';
import type { DomainEvent, EventOf } from '../domain/events.ts';
import type { ArmingFailure } from '../domain/live.ts';
import { conditionsOf, failingWords } from '../domain/live-conditions.ts';
import type { ServoState } from '../domain/state.ts';
import { type Alert, warning } from './alert.ts';

const FAILED: Record<ArmingFailure, string> = {
  account_wrong: 'a wrong account number',
  code_wrong: 'a wrong code',
  code_used: 'a code that had been used',
};

export function armingAlerts(state: ServoState, event: DomainEvent): Alert[] {
  switch (event.kind) {
    case 'live_checked':
      return withdrawnAlerts(state);
    case 'armed':
      return [armedAlert(event)];
    case 'disarmed':
      return [
        warning('arming', `Live trading is disarmed by ${event.by}: ${event.reason}. Nothing is opened; exits go on.`),
      ];
    case 'arming_failed': {
      const text = `${event.by} tried to arm live trading by ${event.surface} with ${FAILED[event.why]}.`;
      return [{ kind: 'arming', severity: 'error', text }];
    }
    default:
      return [];
  }
}

/** Of an arming that holds, and yet nothing may be opened. At a start the books are compared only after this look. */
function withdrawnAlerts(state: ServoState): Alert[] {
  if (state.live?.armed === undefined) return [];
  const failing = failingWords(conditionsOf({ ...state, causes: { ...state.causes, reconciled: true } }) ?? []);
  if (failing === '') return [];
  return [{ kind: 'arming', severity: 'critical', text: `Armed, and nothing is opened: ${failing}.` }];
}

const armedAlert = ({ by, account, until }: EventOf<'armed'>): Alert =>
  warning(
    'arming',
    `LIVE TRADING IS ARMED by ${by}: account ${account} may open positions until ${formatUtc(until)} UTC.`,
  );

/** What others do on the account, and what the broker does that it should not: in words for people. */
import type { DomainEvent, EventOf } from '../domain/events.ts';
import { symbolPolicy } from '../domain/policy.ts';
import type { ServoState } from '../domain/state.ts';
import { type Alert, info, warning } from './alert.ts';
import { externalLine, formatLevel, formatSigned } from './words.ts';

export function accountAlerts(state: ServoState, event: DomainEvent): Alert[] {
  switch (event.kind) {
    case 'position_amended':
      return event.byHand === true ? [levelsAlert(state, event)] : [];
    case 'levels_adopted':
      return [levelsAlert(state, event)];
    case 'slippage_exceeded':
      return [slippageAlert(event)];
    case 'stop_missing':
      return [nakedAlert(event)];
    case 'externals_seen':
      return [externalsAlert(state)];
    case 'cash_moved':
      return [cashAlert(state, event)];
    default:
      return [];
  }
}

function levelsAlert(
  { positions, policy }: ServoState,
  { positionId, stopLoss, takeProfit }: Pick<EventOf<'levels_adopted'>, 'positionId' | 'stopLoss' | 'takeProfit'>,
): Alert {
  const symbol = positions.get(positionId)?.symbol ?? '';
  const { instrument } = symbolPolicy(policy, symbol);
  const levels = `SL ${formatLevel(instrument, stopLoss)}, TP ${formatLevel(instrument, takeProfit)}`;
  return warning(
    'external',
    `${symbol}: somebody moved the levels of position ${positionId} at the broker; they hold: ${levels}.`,
  );
}

const nakedAlert = ({ symbol, positionId }: EventOf<'stop_missing'>): Alert => ({
  kind: 'naked',
  severity: 'critical',
  text: `${symbol}: position ${positionId} stands at the broker WITHOUT A STOP. It is put back now; where that fails, the position is closed.`,
});

function externalsAlert({ externals, policy }: ServoState): Alert {
  if (externals.size === 0) return info('external', 'Nothing on the account is of others any more.');
  const lines = [...externals.values()].map((external) => externalLine(policy, external));
  return warning('external', `Not ours, never touched, counted in exposure and margin: ${lines.join('; ')}.`);
}

function cashAlert({ policy }: ServoState, { amount, capital, text }: EventOf<'cash_moved'>): Alert {
  const what = capital ? (amount >= 0 ? 'paid in' : 'paid out') : 'booked without an order of ours';
  return warning('external', `${formatSigned(amount, policy.currency)} ${what}: ${text}.`);
}

function slippageAlert({ symbol, ticks, limit, action, positionId }: EventOf<'slippage_exceeded'>): Alert {
  const done = action === 'close' ? 'It is closed, as on_slippage says' : 'It is kept, as on_slippage says';
  return warning(
    'external',
    `${symbol}: position ${positionId} filled ${ticks} ticks worse than asked, ${limit} are allowed. ${done}.`,
  );
}

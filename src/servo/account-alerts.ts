/** What others do on the account, and what the broker does that it should not: in words for people. */
import type { DomainEvent, EventOf } from '../domain/events.ts';
import { formatPrice, quantityToLots } from '../domain/instrument.ts';
import { symbolPolicy } from '../domain/policy.ts';
import type { ServoState } from '../domain/state.ts';
import { quantity } from '../domain/units.ts';
import { type Alert, info, warning } from './alert.ts';
import { externalLine, formatLevel, formatSigned } from './words.ts';

export function accountAlerts(state: ServoState, event: DomainEvent): Alert[] {
  switch (event.kind) {
    case 'position_amended':
      return event.byHand === true ? [levelsAlert(state, event)] : [];
    case 'levels_adopted':
      return [levelsAlert(state, event)];
    case 'position_adopted':
      return [adoptedAlert(state, event)];
    case 'balance_adopted':
      return [
        warning(
          'external',
          `${formatSigned(event.amount, state.policy.currency)} booked: the balance is the broker's again.`,
        ),
      ];
    case 'deal_told_late':
      return [lateDealAlert(state, event)];
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

function adoptedAlert({ policy }: ServoState, event: EventOf<'position_adopted'>): Alert {
  const { positionId, symbol, before, left } = event;
  const { instrument } = symbolPolicy(policy, symbol);
  const [held, gone] = [before, before - left].map((steps) => quantityToLots(instrument, quantity(steps)));
  const what = left === 0 ? `${held} lots are gone` : `${gone} of ${held} lots are gone`;
  return {
    kind: 'external',
    severity: 'critical',
    text: `${symbol}: ${what} of position ${positionId} at the broker, and no report tells why. Taken as closed by hand, at a price that is not known. No entries until resume.`,
  };
}

function lateDealAlert({ policy }: ServoState, { fill }: EventOf<'deal_told_late'>): Alert {
  const { symbol, positionId } = fill;
  const { instrument } = symbolPolicy(policy, symbol);
  const lots = quantityToLots(instrument, fill.quantity);
  const text = `${symbol}: the broker tells late that ${lots} lots of position ${positionId} were closed @ ${formatPrice(instrument, fill.price)}.`;
  return warning('external', text);
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

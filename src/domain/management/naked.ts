/** A position of ours that stands at the broker without a stop: the stop is put back at once, and where that does not help it is closed. */
import type { Emit } from '../events.ts';
import { quoteAtClose } from '../market.ts';
import { direction, isTerminal } from '../order.ts';
import type { Position } from '../position.ts';
import type { ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';
import { unclaimed } from './requests.ts';

/** `repair` first; `close` when the stop did not come back in time. */
export type NakedStep = 'repair' | 'close';

/** Asks for one order at most, and for none while one like it is on its way. */
export function dressNaked(state: ServoState, position: Position, step: NakedStep, at: UnixMs, emit: Emit): void {
  const { positionId, symbol, decisionId, stopLoss, takeProfit } = position;
  const asked = [...state.orders.values()].filter(
    ({ intent }) =>
      'reason' in intent && intent.reason === 'no_stop' && 'positionId' in intent && intent.positionId === positionId,
  );
  // A repair of which nobody knows whether it arrived must not keep the close from leaving: closes are counted in volume.
  if (step === 'repair' && asked.some(({ status }) => !isTerminal(status))) return;
  // Several within one bar: the market's time does not tell them apart.
  const orderId = `${positionId}-${at}-no_stop-${asked.length + 1}`;
  const base = { orderId, decisionId, symbol, reason: 'no_stop', decidedAt: at, positionId } as const;
  const rest = unclaimed(state, position);
  if (step === 'repair' && !isPastItsStop(state, position)) {
    emit({ kind: 'reduce_requested', at, intent: { kind: 'modify', ...base, stopLoss, takeProfit } });
  } else if (rest > 0) {
    emit({ kind: 'reduce_requested', at, intent: { kind: 'close', ...base, quantity: rest } });
  }
}

/** Where the stop should have acted already, no broker takes it. */
function isPastItsStop(state: ServoState, { symbol, side, stopLoss }: Position): boolean {
  const lastBar = state.markets.get(symbol)?.lastBar;
  if (lastBar === undefined) return false;
  const { bid, ask } = quoteAtClose(lastBar);
  return direction(side) * ((side === 'buy' ? bid : ask) - stopLoss) <= 0;
}

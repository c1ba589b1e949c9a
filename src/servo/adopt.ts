/** Positions of ours that were closed at the broker, whole or in part, without a report: what the broker holds is true, and nothing is made up about the rest. */
import type { Emit } from '../domain/events.ts';
import { isInFlight } from '../domain/order.ts';
import type { BrokerSnapshot } from '../domain/ports.ts';
import { settleShrunk } from '../domain/position.ts';
import { positionOf, type ServoState } from '../domain/state.ts';
import { money, type Quantity, quantity, type UnixMs } from '../domain/units.ts';

/** Steps that the broker holds, by position; 0 where it holds none. */
export type Shrunk = ReadonlyMap<string, Quantity>;

/**
 * Positions that the broker shows smaller than we know, with what it shows. None where its reports end before ours: then it is
 * its book that lacks something, as one of an earlier backup does.
 */
export function shrunkPositions(state: ServoState, { positions, sequence }: BrokerSnapshot): Shrunk {
  const shrunk = new Map<string, Quantity>();
  if (sequence < state.reportCursor) return shrunk;
  const held = new Map(positions.map((position) => [position.positionId, position]));
  for (const ours of state.positions.values()) {
    const theirs = held.get(ours.positionId);
    const left = theirs?.quantity ?? quantity(0);
    const alike = theirs === undefined || (theirs.side === ours.side && theirs.entryPrice === ours.entryPrice);
    if (alike && left < ours.quantity) shrunk.set(ours.positionId, left);
  }
  return shrunk;
}

/** Returns how many. Once all volumes are the broker's, the balance is too: at once, or when a report has explained the others. */
export function adoptShrunk(
  state: ServoState,
  holdings: BrokerSnapshot,
  believed: Shrunk,
  at: UnixMs,
  emit: Emit,
): number {
  const shrunk = shrunkPositions(state, holdings);
  let adopted = 0;
  for (const [positionId, left] of shrunk) {
    const before = positionOf(state, positionId);
    if (believed.get(positionId) !== left || isClosing(state, positionId)) continue;
    adopted += 1;
    const { symbol, quantity: steps } = before;
    emit({ kind: 'position_adopted', at, positionId, symbol, before: steps, left, ...settleShrunk(before, left, at) });
  }
  if (state.balanceOwed && adopted === shrunk.size && holdings.sequence >= state.reportCursor) {
    const amount = money(holdings.balance - state.account.balance);
    emit({ kind: 'balance_adopted', at, amount, balance: holdings.balance });
  }
  return adopted;
}

/** A close of ours that was sent may be the reason. One that is yet to leave is none, and waits until the books agree. */
function isClosing({ orders }: ServoState, closed: string): boolean {
  for (const { intent, status } of orders.values()) {
    if (intent.kind === 'close' && intent.positionId === closed && isInFlight(status)) return true;
  }
  return false;
}

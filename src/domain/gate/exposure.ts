/** What is open and what may still become open: what was decided a moment ago counts already. */
import { isTerminal } from '../order.ts';
import { DRY_RUN } from '../shadow.ts';
import type { ServoState } from '../state.ts';

export interface Exposure {
  readonly total: number;
  readonly onSymbol: number;
  readonly authorised: number;
  readonly unknown: number;
}

/** Positions, and the orders that may still become positions: what was decided a moment ago counts already. */
export function exposureOf(state: ServoState, symbol: string, ownOrderId?: string): Exposure {
  let [total, onSymbol, authorised, unknown] = [state.positions.size, 0, 0, 0];
  // A partly filled order and its position are one exposure, until a stop closes the position before the rest fills.
  for (const position of state.positions.values()) if (position.symbol === symbol) onSymbol++;
  // An entry beside it would be one position with it: its stop would be theirs, and a close of theirs ours.
  for (const external of state.externals.values()) if (external.netted && external.symbol === symbol) onSymbol++;
  // What a dry-run would hold keeps its later orders honest.
  if (state.policy.dryRun) {
    for (const [market, { shadowTrades = [] }] of state.markets) {
      const held = shadowTrades.filter(({ model }) => model === DRY_RUN).length;
      total += held;
      if (market === symbol) onSymbol += held;
    }
  }
  for (const { intent, status } of state.orders.values()) {
    if (status === 'unknown' && intent.symbol === symbol) unknown++;
    if (intent.kind !== 'open' || isTerminal(status) || intent.orderId === ownOrderId) continue;
    if (hasOpened(state, intent.decisionId)) continue;
    total++;
    if (intent.symbol === symbol) onSymbol++;
    if (status === 'authorised') authorised++;
  }
  return { total, onSymbol, authorised, unknown };
}

function hasOpened(state: ServoState, decisionId: string): boolean {
  for (const position of state.positions.values()) if (position.decisionId === decisionId) return true;
  return false;
}

/** Every open position whose market has a new bar is looked at once, and what its rules ask for becomes an order. */
import type { Emit } from '../events.ts';
import { quoteAtClose } from '../market.ts';
import { symbolPolicy } from '../policy.ts';
import { marketOf, type ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';
import { conversionOf } from '../valuation.ts';
import { changePending, requestClose, requestStop } from './requests.ts';
import { actionOn } from './rules.ts';

export function managePositions(state: ServoState, at: UnixMs, emit: Emit): void {
  const { policy } = state;
  for (const position of state.positions.values()) {
    const { lastBar, engine } = marketOf(state, position.symbol);
    // Two changes on their way could arrive in the wrong order, and the second would move a stop back.
    if (lastBar?.closeAt !== at || changePending(state, position)) continue;
    const { bid, ask } = quoteAtClose(lastBar);
    const action = actionOn({
      policy,
      instrument: symbolPolicy(policy, position.symbol).instrument,
      rate: conversionOf(state, position.symbol),
      position,
      market: position.side === 'buy' ? bid : ask,
      atrTicks: engine.atrTicks,
      bestPrice: position.progress?.bestPrice,
      barsHeld: position.progress?.barsHeld ?? 0,
    });
    if (action === undefined) continue;
    const { kind, reason } = action;
    if (kind === 'close') requestClose(state, position, action.quantity, reason, at, emit, { rungs: action.rungs });
    else requestStop(state, position, action.stopLoss, reason, at, emit);
  }
}

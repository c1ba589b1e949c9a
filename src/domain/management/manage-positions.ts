/** Every open position whose market has a new bar is looked at once, and what its rules ask for becomes an order. */
import type { Emit } from '../events.ts';
import { quoteAtClose } from '../market.ts';
import { symbolPolicy } from '../policy.ts';
import { marketOf, type ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';
import { changePending, requestClose, requestStop } from './requests.ts';
import { actionOn } from './rules.ts';

export function managePositions(state: ServoState, at: UnixMs, emit: Emit): void {
  const { policy } = state;
  for (const position of state.positions.values()) {
    const { lastBar } = marketOf(state, position.symbol);
    // Two changes on their way could arrive in the wrong order, and the second would move a stop back.
    if (lastBar?.closeAt !== at || changePending(state, position)) continue;
    const { instrument } = symbolPolicy(policy, position.symbol);
    const action = actionOn({ policy, instrument, position, ...quoteAtClose(lastBar) });
    if (action?.kind === 'close') requestClose(state, position, action.quantity, action.reason, at, emit);
    else if (action?.kind === 'move_stop') requestStop(state, position, action.stopLoss, action.reason, at, emit);
  }
}

/** What an operator's word makes of the state. For `apply.ts` alone. */
import { drawdown } from './account.ts';
import type { EventOf } from './events.ts';
import { disarmedBy } from './live.ts';
import type { Cause } from './servo.ts';
import type { MutableState } from './state.ts';
import type { UnixMs } from './units.ts';

export function applyCommand(state: MutableState, { at, command, by, reason }: EventOf<'command_accepted'>): void {
  const cause = { by, at, reason };
  const { paused, halted, ...rest } = state.causes;
  switch (command) {
    case 'pause':
    case 'flatten':
      state.causes = { ...state.causes, paused: cause };
      return;
    case 'resume':
      forgetRepeats(state);
      state.causes = { ...rest, ...(halted && { halted }) };
      return;
    case 'halt':
      halt(state, cause);
      return;
    case 'stop':
      state.causes = { ...state.causes, stopRequested: cause };
      return;
    case 'arm':
    case 'disarm':
      // What it did is an event of its own.
      return;
    case 'reset':
      // Through `starting`: entries wait until the broker's book and ours agree again.
      state.causes = { ...rest, ...(paused && { paused }), reconciled: false };
      rearm(state, at);
      if (halted?.drawdown === true || drawdown(state.account) >= state.policy.limits.maxDrawdown) {
        state.account = { ...state.account, equityPeak: state.account.equity };
      }
  }
}

/** A later halt does not forget that the drawdown limit was reached; none leaves live trading armed. */
export function halt(state: MutableState, cause: Cause, drawdownReached = state.causes.halted?.drawdown): void {
  state.causes = { ...state.causes, halted: { ...cause, ...(drawdownReached && { drawdown: true }) } };
  if (state.live !== undefined) state.live = disarmedBy(state.live, { ...cause, reason: `halted: ${cause.reason}` });
}

/** From extreme it goes on at high, and from there as calm days allow. */
function rearm(state: MutableState, at: UnixMs): void {
  const { assessment } = state.account;
  if (assessment?.level !== 'extreme') return;
  state.account = { ...state.account, assessment: { ...assessment, level: 'high', since: at, calmDays: 0 } };
}

/** A person has looked at what repeated itself. */
function forgetRepeats(state: MutableState): void {
  for (const [symbol, { repeats, ...market }] of state.markets) {
    if (repeats !== undefined) state.markets.set(symbol, market);
  }
}

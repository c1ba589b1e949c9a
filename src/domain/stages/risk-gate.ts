/** Stage 3. Every waiting signal is decided, one after another: the second reads an account in which the first counts already. */
import type { Emit } from '../events.ts';
import { decide } from '../risk.ts';
import { marketOf, type ServoState } from '../state.ts';

/** Symbols whose signal waits for the gate, with the attempt it would be. */
export function awaitingDecision(state: ServoState): { symbol: string; attempt: number }[] {
  const waiting: { symbol: string; attempt: number }[] = [];
  for (const [symbol, { attemptPending: attempt }] of state.markets) if (attempt > 0) waiting.push({ symbol, attempt });
  return waiting;
}

/** `symbols` of those that wait are decided now; a retry may have to wait for its delay. */
export function riskGate(state: ServoState, symbols: readonly string[], emit: Emit): void {
  for (const symbol of symbols) {
    const { signal, attemptPending, lastBar } = marketOf(state, symbol);
    if (signal === undefined || lastBar === undefined || attemptPending === 0) continue;
    const decision = decide(state, { signal, attempt: attemptPending, now: lastBar.closeAt });
    emit({ kind: 'decision_made', at: lastBar.closeAt, decision });
  }
}

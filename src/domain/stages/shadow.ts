/** Beside the stages: would-be trades of models that nothing is traded on are begun with their signals and ended by later bars. */
import type { Emit } from '../events.ts';
import type { Bar } from '../market.ts';
import type { OpenIntent } from '../order.ts';
import { wouldBeTaken } from '../risk.ts';
import { shadowEnd, shadowTradeOf, wouldHaveTradeOf } from '../shadow.ts';
import type { Signal } from '../signal.ts';
import { marketOf, type ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';

/** One would-be trade at a time for each model and symbol. */
export function openShadowTrades(state: ServoState, signals: readonly Signal[], emit: Emit): void {
  for (const signal of signals) {
    const { side, symbol, barClosedAt, prediction } = signal;
    const open = marketOf(state, symbol).shadowTrades ?? [];
    if (side === 'flat' || open.some(({ model }) => model === prediction.model)) continue;
    if (!wouldBeTaken(state, signal, barClosedAt)) continue;
    emit({ kind: 'shadow_opened', at: barClosedAt, trade: shadowTradeOf(signal, side, state.policy.timeframeMs) });
  }
}

/** The ledger of a dry-run: what the order would have become. */
export function openWouldHaveTrade(state: ServoState, intent: OpenIntent, at: UnixMs, emit: Emit): void {
  const { signal } = marketOf(state, intent.symbol);
  if (signal?.decisionId !== intent.decisionId) return;
  emit({ kind: 'shadow_opened', at, trade: wouldHaveTradeOf(signal, intent, state.policy.timeframeMs) });
}

export function closeShadowTrades(state: ServoState, bar: Bar, emit: Emit): void {
  for (const trade of marketOf(state, bar.symbol).shadowTrades ?? []) {
    const end = shadowEnd(trade, bar);
    if (end === undefined) continue;
    const { shadowId, symbol, model, decisionId } = trade;
    emit({ kind: 'shadow_closed', at: bar.closeAt, shadowId, symbol, model, decisionId, ...end });
  }
}

/** Stage 1. The venue's reports are applied first, then the bars: indicators move on and the account is marked to market. */
import { rolledWindows } from '../account.ts';
import { tradingDay, tradingPeriods } from '../calendar.ts';
import type { Emit } from '../events.ts';
import { rollMandate } from '../limits/mandate.ts';
import { assessRisk } from '../limits/risk-level.ts';
import { assertBar, type Bar } from '../market.ts';
import { type BrokerReport, sendByOf } from '../order.ts';
import { decisionIdOf } from '../signal.ts';
import { type ServoState, StateError } from '../state.ts';
import type { UnixMs } from '../units.ts';
import { equityNow } from '../valuation.ts';
import { settle } from './settle.ts';
import { closeShadowTrades } from './shadow.ts';

export interface Ingest {
  /** All bars of one close time, in order of symbol. */
  readonly bars: readonly Bar[];
  /** What happened at the venue up to that close time. */
  readonly reports: readonly BrokerReport[];
}

export function ingest(state: ServoState, { bars, reports }: Ingest, emit: Emit): void {
  const [first] = bars;
  if (first === undefined) throw new StateError('a step without bars');
  if (bars.some(({ closeAt }) => closeAt !== first.closeAt)) throw new StateError('a step of several close times');
  if (state.step.at !== undefined && first.closeAt <= state.step.at) {
    throw new StateError(`a step of ${first.closeAt} after that of ${state.step.at}`);
  }
  dropUndecided(state, first.closeAt, emit);
  rollWindows(state, first.openAt, emit);
  settle(state, reports, false, emit);
  for (const bar of bars) emit({ kind: 'bar_closed', at: bar.closeAt, bar: assertBar(bar), warm: false });
  for (const bar of bars) closeShadowTrades(state, bar, emit);
  emit({ kind: 'equity_marked', at: first.closeAt, balance: state.account.balance, equity: equityNow(state) });
}

/** History before the first step: indicators warm up, nothing is decided. */
export function ingestHistory(bars: readonly Bar[], emit: Emit): void {
  for (const bar of bars) emit({ kind: 'bar_closed', at: bar.closeAt, bar: assertBar(bar), warm: true });
}

/** A newer bar expires what an older one left undecided: the gate never reads a market that is gone. */
export function dropUndecided(state: ServoState, at: UnixMs, emit: Emit): void {
  for (const [symbol, market] of state.markets) {
    const { lastBar, vectorPending, attemptPending } = market;
    if (lastBar === undefined || (!vectorPending && attemptPending === 0)) continue;
    const decisionId = decisionIdOf(symbol, lastBar.closeAt);
    emit({ kind: 'signal_dropped', at, symbol, decisionId, barClosedAt: lastBar.closeAt });
  }
  for (const { intent, status } of state.orders.values()) {
    if (intent.kind === 'open' && status === 'authorised' && sendByOf(intent) <= at) {
      emit({
        kind: 'order_changed',
        at,
        orderId: intent.orderId,
        change: 'expire',
        detail: 'a newer bar closed first',
      });
    }
  }
}

/** Windows begin with the first bar that opens in them, at the equity of the last mark before it. */
export function rollWindows(state: ServoState, openAt: UnixMs, emit: Emit): void {
  rollMandate(state, openAt, emit);
  const { timezone, dayStartMinutes } = state.policy.session;
  // Weeks and months begin with one of their days.
  if (tradingDay(timezone, dayStartMinutes, openAt) <= state.account.windows.day.period) return;
  const periods = tradingPeriods(timezone, dayStartMinutes, openAt);
  const windows = rolledWindows(state.account, periods);
  if (windows.length === 0) return;
  // While the windows still hold what was lost in them.
  if (windows.includes('day')) assessRisk(state, openAt, emit);
  emit({ kind: 'windows_rolled', at: openAt, windows, periods });
}

/** Makes the venue's reports true: orders change, fills become positions and trades. A report is applied once, in its sequence. */
import type { Emit, EventOf } from '../events.ts';
import { riskOf } from '../instrument.ts';
import { requestClose, unclaimed } from '../management/requests.ts';
import {
  type BrokerReport,
  direction,
  type Fill,
  isTerminal,
  type OpenIntent,
  type Order,
  type OrderEventKind,
  REJECT_CODES,
  type RejectCode,
} from '../order.ts';
import type { LosingStreak } from '../pace.ts';
import { type StreakRule, symbolPolicy } from '../policy.ts';
import { type ExitReason, NO_LEVEL, type Position, settleClosing, settleOpening, type Trade } from '../position.ts';
import { marketOf, type ServoState, StateError } from '../state.ts';
import { type UnixMs, unixMs, ZERO_MONEY } from '../units.ts';
import { conversionOf } from '../valuation.ts';

/** `fresh`: the reports answer what was sent at the present step, so a refused entry may still be tried again. */
export function settle(state: ServoState, reports: readonly BrokerReport[], fresh: boolean, emit: Emit): void {
  for (const report of reports) {
    if (report.kind === 'lost' || report.sequence > state.reportCursor) settleOne(state, report, fresh, emit);
  }
  const last = reports.at(-1);
  if (last !== undefined) confirmFlat(state, last.at, emit);
}

/** True when by the broker's word nothing is open and no entry works: the promise to flatten is kept. */
export function confirmFlat(state: ServoState, at: UnixMs, emit: Emit): boolean {
  const { flattening } = state.causes;
  if (flattening === undefined || state.positions.size > 0) return false;
  for (const { intent, status } of state.orders.values()) {
    if (intent.kind === 'open' && !isTerminal(status)) return false;
  }
  emit({ kind: 'flattened', at, reason: flattening.kind });
  return true;
}

function settleOne(state: ServoState, report: BrokerReport, fresh: boolean, emit: Emit): void {
  const handler = SETTLE[report.kind] as (state: ServoState, report: BrokerReport, emit: Emit, fresh: boolean) => void;
  handler(state, report, emit, fresh);
}

type ReportOf<K extends BrokerReport['kind']> = Extract<BrokerReport, { kind: K }>;

const SETTLE: {
  readonly [K in BrokerReport['kind']]: (state: ServoState, report: ReportOf<K>, emit: Emit, fresh: boolean) => void;
} = {
  accepted: (_, { at, sequence, orderId, venueOrderId }, emit) =>
    emit({ kind: 'order_changed', at, orderId, change: 'accept', venueOrderId, sequence }),
  rejected: (state, { at, sequence, orderId, code, text }, emit, fresh) => {
    const order = state.orders.get(orderId);
    emit({ kind: 'order_changed', at, orderId, change: 'reject', detail: `${code}: ${text}`, sequence });
    if (order !== undefined && fresh) scheduleRetry(state, order, code, emit);
  },
  cancelled: (_, { at, sequence, orderId, cancelledBy }, emit) => {
    if (cancelledBy !== undefined) emit({ kind: 'order_changed', at, orderId: cancelledBy, change: 'complete' });
    emit({ kind: 'order_changed', at, orderId, change: 'cancel', sequence });
  },
  expired: (_, { at, sequence, orderId }, emit) =>
    emit({ kind: 'order_changed', at, orderId, change: 'expire', sequence }),
  amended: (state, { at, sequence, orderId, positionId, stopLoss, takeProfit }, emit) => {
    const intent = orderId === undefined ? undefined : state.orders.get(orderId)?.intent;
    if (orderId !== undefined) emit({ kind: 'order_changed', at, orderId, change: 'complete' });
    if (isTakenAsClosed(state, positionId)) {
      emit({ kind: 'report_told_late', at, positionId, report: 'amended', sequence });
      return;
    }
    const breakEven = intent?.kind === 'modify' && intent.reason === 'break_even';
    // A stop that somebody took away is no level to go by: ours stays the one that is to be put back.
    const ours = stopLoss === NO_LEVEL ? state.positions.get(positionId)?.stopLoss : undefined;
    emit({
      kind: 'position_amended',
      at,
      positionId,
      stopLoss: ours ?? stopLoss,
      takeProfit,
      sequence,
      ...(breakEven && { breakEven }),
      ...(orderId === undefined && { byHand: true }),
    });
  },
  cash: (_, { at, sequence, amount, capital, text }, emit) =>
    emit({ kind: 'cash_moved', at, amount, capital, text, sequence }),
  swap: (state, { at, sequence, positionId, amount }, emit) => {
    const charged = { at, positionId, amount, sequence };
    if (isTakenAsClosed(state, positionId)) emit({ kind: 'report_told_late', report: 'swap', ...charged });
    else emit({ kind: 'swap_charged', ...charged });
  },
  filled: (state, { fill, orderDone, sequence }, emit) => {
    if (isToldLate(state, fill)) emit({ kind: 'deal_told_late', at: fill.at, fill, sequence });
    else applyFill(state, fill, orderDone ? 'fill' : 'partial_fill', sequence, emit);
  },
  lost: (_, { at, orderId, text }, emit) => emit({ kind: 'order_changed', at, orderId, change: 'lose', detail: text }),
};

/** While something of the position is open, a deal closes that. */
const isToldLate = (state: ServoState, { effect, positionId, quantity }: Fill): boolean =>
  effect === 'close' && isTakenAsClosed(state, positionId) && quantity <= (state.adopted.get(positionId) ?? 0);

const isTakenAsClosed = ({ positions, adopted }: ServoState, positionId: string): boolean =>
  adopted.has(positionId) && !positions.has(positionId);

function applyFill(state: ServoState, fill: Fill, change: OrderEventKind, sequence: number, emit: Emit): void {
  const order = fill.orderId === undefined ? undefined : state.orders.get(fill.orderId);
  const before = state.positions.get(fill.positionId);
  const event: Mutable<EventOf<'fill_applied'>> = {
    kind: 'fill_applied',
    at: fill.at,
    fill,
    sequence,
    cash: ZERO_MONEY,
  };
  if (order !== undefined) event.change = change;
  if (fill.effect === 'open') {
    const opening = withStop(fill, order);
    const { position, cash } = settleOpening(before, opening, openingContext(state, opening, order));
    event.cash = cash;
    if (position !== undefined) event.position = position;
    if (order?.intent.kind === 'open') event.slippage = slippageTicks(fill, order.intent.referencePrice);
  } else {
    if (before === undefined)
      throw new StateError(`deal ${fill.dealId} closes position ${fill.positionId}, which is not open`);
    const { position, trade, cash } = settleClosing(before, fill, exitReasonOf(fill, order));
    event.cash = cash;
    if (position !== undefined) event.position = withRungs(position, order);
    if (trade !== undefined) event.trade = trade;
  }
  emit(event);
  const { slippage } = event;
  if (slippage !== undefined && order?.intent.kind === 'open') judgeSlippage(state, fill, order.intent, slippage, emit);
  if (event.trade !== undefined) pauseAfterLosses(state, event.trade, emit);
}

/** A stop that the venue dropped is no level to go by: that of the order is the one to be put back. */
const withStop = (fill: Fill, order: Order | undefined): Fill =>
  fill.stopLoss === NO_LEVEL && order?.intent.kind === 'open' ? { ...fill, stopLoss: order.intent.stopLoss } : fill;

/** The streak is counted with the trade; that it has become too long is a fact of its own. */
function pauseAfterLosses({ account, markets, policy }: ServoState, { symbol, closedAt }: Trade, emit: Emit): void {
  const { losingStreak: rules } = policy.pace;
  const pause = (rule: StreakRule | null, streak: LosingStreak | undefined, of: { symbol?: string }) => {
    const { losses = 0 } = streak ?? {};
    if (rule === null || losses < rule.losses) return;
    emit({ kind: 'losing_streak', at: closedAt, ...of, losses, until: unixMs(closedAt + rule.pauseMs) });
  };
  pause(rules.symbol, markets.get(symbol)?.losingStreak, { symbol });
  pause(rules.account, account.losingStreak, {});
}

/** A rung is done with its first fill, however much of it the venue gave: it is not tried again. */
function withRungs(position: Position, order: Order | undefined): Position {
  const rungs = order?.intent.kind === 'close' ? order.intent.rungs : undefined;
  return rungs === undefined ? position : { ...position, progress: { ...position.progress, rungs } };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The guard after the fill: a venue may give a worse price than was allowed, and then it stands in the journal what was done about it. */
function judgeSlippage(state: ServoState, fill: Fill, intent: OpenIntent, ticks: number, emit: Emit): void {
  if (ticks <= intent.deviation) return;
  const { onSlippage: action = 'keep' } = state.policy.order;
  const { orderId, positionId, symbol, at } = { ...fill, orderId: intent.orderId };
  emit({ kind: 'slippage_exceeded', at, orderId, positionId, symbol, ticks, limit: intent.deviation, action });
  const position = state.positions.get(positionId);
  if (action === 'close' && position !== undefined) {
    requestClose(state, position, unclaimed(state, position), 'slippage', at, emit);
  }
}

const slippageTicks = (fill: Fill, reference: number): number => direction(fill.side) * (fill.price - reference);

function openingContext(state: ServoState, fill: Fill, order: Order | undefined) {
  const { instrument } = symbolPolicy(state.policy, fill.symbol);
  const rate = conversionOf(state, fill.symbol);
  const stopTicks = Math.abs(fill.price - fill.stopLoss);
  const { signal } = marketOf(state, fill.symbol);
  const ours = signal !== undefined && signal.decisionId === order?.intent.decisionId;
  return {
    decisionId: order?.intent.decisionId ?? 'external',
    regime: (order?.intent.kind === 'open' ? order.intent.regime : undefined) ?? (ours ? signal.regime : 'unknown'),
    riskOfFill: rate === undefined ? ZERO_MONEY : riskOf(instrument, stopTicks, fill.quantity, rate),
  } as const;
}

function exitReasonOf(fill: Fill, order: Order | undefined): ExitReason {
  if (fill.cause !== 'order') return fill.cause;
  return order !== undefined && order.intent.kind !== 'open' ? order.intent.reason : 'external';
}

/** Only after a definite "not executed", while the signal is still the present one; the new attempt passes the gate again. */
function scheduleRetry(state: ServoState, { intent }: Order, code: RejectCode, emit: Emit): void {
  if (intent.kind !== 'open' || !REJECT_CODES[code].retry) return;
  if (intent.attempt > state.policy.order.retryAttempts) return;
  const { signal, attemptPending } = marketOf(state, intent.symbol);
  const present = signal?.decisionId === intent.decisionId && signal.barClosedAt === state.step.at;
  if (!present || attemptPending !== 0) return;
  const { symbol, decisionId, attempt } = intent;
  emit({ kind: 'retry_scheduled', at: signal.barClosedAt, symbol, decisionId, attempt: attempt + 1 });
}

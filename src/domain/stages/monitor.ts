/** Stage 5. Losses against their limits, stops behind the price, and the promise to flatten; then the step is complete. */
import { drawdown, dueLadderStep, type LadderStep, lossLimit, lossOf } from '../account.ts';
import type { Emit } from '../events.ts';
import { shareOf } from '../instrument.ts';
import { quoteAtClose } from '../market.ts';
import { isTerminal, type Order, type ReduceReason } from '../order.ts';
import { LOSS_WINDOWS, type LossWindowName, symbolPolicy } from '../policy.ts';
import type { Position } from '../position.ts';
import { marketOf, type ServoState } from '../state.ts';
import { trailedStop } from '../stops.ts';
import { type Quantity, quantity, type UnixMs } from '../units.ts';
import { confirmFlat } from './settle.ts';

export function monitor(state: ServoState, emit: Emit): void {
  const { at, completed } = state.step;
  if (at === undefined || completed) return;
  watchDrawdown(state, at, emit);
  const warned = LOSS_WINDOWS.filter((window) => climbLadder(state, window, at, emit) === 'warned');
  // A half must not stand in the way of the whole.
  if (state.causes.flattening !== undefined) pursueFlatten(state, at, emit);
  else if (warned.length > 0 && state.policy.position.partialClose) halveAll(state, at, emit);
  if (state.policy.position.trailingStop) trailStops(state, at, emit);
  emit({ kind: 'step_completed', at });
}

const FLATTEN_REASON: Record<LossWindowName, ReduceReason> = {
  day: 'daily_loss',
  week: 'weekly_loss',
  month: 'monthly_loss',
};

function watchDrawdown(state: ServoState, at: UnixMs, emit: Emit): void {
  const reached = drawdown(state.account);
  const limit = state.policy.limits.maxDrawdown;
  // Written so that a value that is no number halts. Once a halt, whoever began it: another one may have closed nothing.
  if (reached < limit || state.causes.halted?.drawdown === true) return;
  const reason = `drawdown ${percent(reached)} reached its limit of ${percent(limit)}`;
  emit({ kind: 'halted', at, by: 'servo', reason, drawdown: true });
  emit({ kind: 'flatten_started', at, by: 'servo', reason: 'drawdown' });
}

const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;

/** The ladder: at 75 % sizes and positions are halved, at 100 % entries end for the window and `on_limit` acts. */
function climbLadder(state: ServoState, window: LossWindowName, at: UnixMs, emit: Emit): LadderStep | undefined {
  const { account, policy } = state;
  const step = dueLadderStep(account, window, policy.limits);
  if (step === undefined) return undefined;
  const loss = lossOf(account, window);
  emit({ kind: 'ladder_stepped', at, window, step, loss, limit: lossLimit(account, window, policy.limits) });
  if (step === 'reached' && policy.limits.onLimit === 'flatten' && state.causes.flattening === undefined) {
    emit({ kind: 'flatten_started', at, by: 'servo', reason: FLATTEN_REASON[window] });
  }
  return step;
}

function halveAll(state: ServoState, at: UnixMs, emit: Emit): void {
  for (const position of [...state.positions.values()]) {
    const steps = partialCloseOf(position, 0.5, state.policy.position.minCloseSize);
    if (steps > 0 && unclaimed(state, position) === position.quantity)
      requestClose(state, position, steps, 'loss_warning', at, emit);
  }
}

/** Rounded to the lot step; 0 where the part closed, or the part left, would be under `min_close_size` of the opening size. */
export function partialCloseOf(position: Position, fraction: number, minCloseSize: number): Quantity {
  const part = shareOf(position.quantity, fraction);
  const least = position.openingQuantity * minCloseSize;
  return part >= least && position.quantity - part >= least && part < position.quantity ? part : quantity(0);
}

/** Closes what is open and cancels what works, again at every step, until the broker confirms that nothing is left. */
export function pursueFlatten(state: ServoState, at: UnixMs, emit: Emit): void {
  const { flattening } = state.causes;
  if (flattening === undefined || confirmFlat(state, at, emit)) return;
  const entries = [...state.orders.values()].filter(
    ({ intent, status }) => intent.kind === 'open' && !isTerminal(status),
  );
  for (const { intent, status } of entries) {
    if (status === 'authorised') {
      emit({ kind: 'order_changed', at, orderId: intent.orderId, change: 'cancel', detail: flattening.reason });
    } else if (status !== 'unknown' && !cancelPending(state, intent.orderId)) {
      requestCancel(state, intent, flattening.kind, at, emit);
    }
  }
  for (const position of [...state.positions.values()]) {
    const rest = unclaimed(state, position);
    if (rest > 0) requestClose(state, position, rest, flattening.kind, at, emit);
  }
}

/** Volume of a position that no pending close has claimed: closes under way never add up to more than is open. */
function unclaimed(state: ServoState, { positionId, quantity: open }: Position): Quantity {
  let left: number = open;
  for (const { intent, status, filled } of state.orders.values()) {
    if (intent.kind === 'close' && intent.positionId === positionId && !isTerminal(status))
      left -= intent.quantity - filled;
  }
  return quantity(Math.max(0, left));
}

const changePending = (state: ServoState, { positionId }: Position): boolean =>
  [...state.orders.values()].some(
    ({ intent, status }) =>
      (intent.kind === 'close' || intent.kind === 'modify') && intent.positionId === positionId && !isTerminal(status),
  );

const cancelPending = (state: ServoState, orderId: string): boolean =>
  [...state.orders.values()].some(
    ({ intent, status }) => intent.kind === 'cancel' && intent.cancelOrderId === orderId && !isTerminal(status),
  );

/** Once a step: a close that the venue refused is asked for again at the next one. */
function requestClose(
  state: ServoState,
  position: Position,
  steps: Quantity,
  reason: ReduceReason,
  at: UnixMs,
  emit: Emit,
): void {
  const { positionId, symbol, decisionId } = position;
  const orderId = `${positionId}-${at}-${reason}`;
  if (state.orders.has(orderId)) return;
  emit({
    kind: 'reduce_requested',
    at,
    intent: { kind: 'close', orderId, decisionId, symbol, reason, decidedAt: at, positionId, quantity: steps },
  });
}

function requestCancel(
  state: ServoState,
  { orderId: cancelOrderId, symbol, decisionId }: Order['intent'],
  reason: ReduceReason,
  at: UnixMs,
  emit: Emit,
): void {
  const orderId = `${cancelOrderId}-${at}-cancel`;
  if (state.orders.has(orderId)) return;
  emit({
    kind: 'reduce_requested',
    at,
    intent: { kind: 'cancel', orderId, decisionId, symbol, reason, decidedAt: at, cancelOrderId },
  });
}

function trailStops(state: ServoState, at: UnixMs, emit: Emit): void {
  for (const position of state.positions.values()) {
    const { lastBar } = marketOf(state, position.symbol);
    // Two stops on their way could arrive in the wrong order, and the second would move back.
    if (lastBar?.closeAt !== at || changePending(state, position)) continue;
    const { instrument } = symbolPolicy(state.policy, position.symbol);
    const { bid, ask } = quoteAtClose(lastBar);
    const stopLoss = trailedStop(instrument, position, bid, ask, state.policy.position.trailingStep);
    if (stopLoss === undefined) continue;
    const { positionId, symbol, decisionId, takeProfit } = position;
    const orderId = `${positionId}-${at}-trailing`;
    const reason = 'trailing_stop';
    emit({
      kind: 'reduce_requested',
      at,
      intent: { kind: 'modify', orderId, decisionId, symbol, reason, decidedAt: at, positionId, stopLoss, takeProfit },
    });
  }
}

/** What the monitor makes of losses: the drawdown and extreme risk halt, and each loss window climbs its ladder. */
import { drawdown, dueLadderStep, type LadderStep, lossLimit, lossOf } from '../account.ts';
import type { Emit } from '../events.ts';
import { partialCloseOf } from '../management/partial-close.ts';
import { requestClose, unclaimed } from '../management/requests.ts';
import type { ReduceReason } from '../order.ts';
import { LOSS_WINDOWS, type LossWindowName } from '../policy.ts';
import type { ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';
import { watchExtremeRisk } from './extreme-risk.ts';
import { watchMandate } from './mandate.ts';

/** Gravest first: what halts, then what closes, then what halves. */
export function watchLosses(state: ServoState, at: UnixMs, emit: Emit): void {
  watchDrawdown(state, at, emit);
  watchExtremeRisk(state, at, emit);
  watchMandate(state, at, emit);
  const warned = LOSS_WINDOWS.filter((window) => climbLadder(state, window, at, emit) === 'warned');
  // A half must not stand in the way of the whole.
  const whole = state.causes.flattening !== undefined;
  if (warned.length > 0 && !whole && state.policy.position.partialClose) halveAll(state, at, emit);
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

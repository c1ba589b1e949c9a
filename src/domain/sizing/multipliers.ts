/** What makes every size smaller: status, risk level, doubts about the model, regime, confidence, drawdown. None can make one larger. */
import { drawdown, dueLadderStep } from '../account.ts';
import { trustSizeFactor } from '../guards/model-watch.ts';
import { riskSizeFactor } from '../limits/risk-level.ts';
import { LOSS_WINDOWS } from '../policy.ts';
import { PERMITS, statusOf } from '../servo.ts';
import type { Signal } from '../signal.ts';
import type { Multiplier } from '../sizing.ts';
import { marketOf, type ServoState } from '../state.ts';

export const multipliersOf = (state: ServoState, { symbol, regime, confidence }: Signal): readonly Multiplier[] => [
  { name: 'status', value: statusFactor(state) },
  { name: 'risk_level', value: riskSizeFactor(state) },
  { name: 'trust', value: trustSizeFactor(marketOf(state, symbol).watch) },
  { name: 'regime', value: state.policy.regimes[regime].sizeFactor },
  { name: 'confidence', value: confidenceFactor(confidence, state.policy.sizing.fullConfidence) },
  { name: 'drawdown', value: drawdownFactor(state) },
];

/** A step of the loss ladder that is due halves this entry already: monitor, which takes the step, runs after the gate. */
function statusFactor({ causes, account, policy }: ServoState): number {
  const permitted = PERMITS[statusOf(causes)].sizeFactor;
  const stepDue = LOSS_WINDOWS.some((window) => dueLadderStep(account, window, policy.limits) !== undefined);
  return stepDue ? Math.min(permitted, PERMITS.reduced.sizeFactor) : permitted;
}

/** Nothing at a coin's toss, all at `full`, in a straight line between. */
function confidenceFactor(confidence: number, full: number | null): number {
  return full === null ? 1 : Math.max(0, Math.min(1, (confidence - 0.5) / (full - 0.5)));
}

/** All up to a share of the limit, nothing at the limit, in a straight line between. */
function drawdownFactor({ account, policy }: ServoState): number {
  const { shrinkFromDrawdown } = policy.sizing;
  if (shrinkFromDrawdown === null) return 1;
  const used = drawdown(account) / policy.limits.maxDrawdown;
  return Math.max(0, Math.min(1, (1 - used) / (1 - shrinkFromDrawdown)));
}

/** What makes every size smaller: the servo's status, the account's risk level, doubts about the model, the market's regime. None can make one larger. */
import { dueLadderStep } from '../account.ts';
import { trustSizeFactor } from '../guards/model-watch.ts';
import { riskSizeFactor } from '../limits/risk-level.ts';
import { LOSS_WINDOWS } from '../policy.ts';
import { PERMITS, statusOf } from '../servo.ts';
import type { Signal } from '../signal.ts';
import type { Multiplier } from '../sizing.ts';
import { marketOf, type ServoState } from '../state.ts';

export const multipliersOf = (state: ServoState, { symbol, regime }: Signal): readonly Multiplier[] => [
  { name: 'status', value: statusFactor(state) },
  { name: 'risk_level', value: riskSizeFactor(state) },
  { name: 'trust', value: trustSizeFactor(marketOf(state, symbol).watch) },
  { name: 'regime', value: state.policy.regimes[regime].sizeFactor },
];

/** A step of the loss ladder that is due halves this entry already: monitor, which takes the step, runs after the gate. */
function statusFactor({ causes, account, policy }: ServoState): number {
  const permitted = PERMITS[statusOf(causes)].sizeFactor;
  const stepDue = LOSS_WINDOWS.some((window) => dueLadderStep(account, window, policy.limits) !== undefined);
  return stepDue ? Math.min(permitted, PERMITS.reduced.sizeFactor) : permitted;
}

/** What may still be lost before a loss limit is reached: of the day, the week, the month, and of the drawdown. */
import { type Account, lossLimit } from '../account.ts';
import { LOSS_WINDOWS, type LossWindowName, type RiskLimits } from '../policy.ts';
import { fractionOfMoney, type Money, money } from '../units.ts';

export interface LossBudget {
  readonly of: LossWindowName | 'drawdown';
  /** From present equity down to the limit: a window in profit may lose that too. */
  readonly left: Money;
}

/** The first limit that falling equity would reach. */
export function tightestBudget(account: Account, limits: RiskLimits): LossBudget {
  const { equity, equityPeak, windows } = account;
  let tightest: LossBudget = {
    of: 'drawdown',
    left: money(equity - equityPeak + fractionOfMoney(equityPeak, limits.maxDrawdown)),
  };
  for (const of of LOSS_WINDOWS) {
    const left = money(equity - windows[of].startEquity + lossLimit(account, of, limits));
    if (left < tightest.left) tightest = { of, left };
  }
  return tightest;
}

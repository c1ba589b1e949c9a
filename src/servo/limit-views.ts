/** Each limit as people see it: what is used, of what, and how far it is still away in money. */
import { drawdown, lossLimit, lossOf, lossUsed } from '../domain/account.ts';
import { mandateFloors } from '../domain/limits/mandate.ts';
import { LOSS_WINDOWS, type LossWindowName, type MandateRule } from '../domain/policy.ts';
import type { ServoState } from '../domain/state.ts';
import { type Money, moneyToUnits } from '../domain/units.ts';

export interface LimitView {
  readonly name: LossWindowName | 'drawdown' | 'positions' | 'daily_trades' | `mandate_${MandateRule}`;
  readonly used: number;
  readonly limit: number;
  /** `ratio` of equity, or a `count`. */
  readonly unit: 'money' | 'ratio' | 'count';
  /** 1 = reached. */
  readonly usedRatio: number;
  /** Equity that may still be lost before it is reached; null where it is no limit on money. */
  readonly moneyLeft: number | null;
}

export function limitViews(state: ServoState): LimitView[] {
  const { account, policy, positions } = state;
  const { limits } = policy;
  const money = LOSS_WINDOWS.map((name): LimitView => {
    const limit = lossLimit(account, name, limits);
    const used = lossOf(account, name);
    // A window in profit may lose that profit first.
    const floor = account.windows[name].startEquity - limit;
    return {
      name,
      used: moneyToUnits(used),
      limit: moneyToUnits(limit),
      unit: 'money',
      usedRatio: lossUsed(account, name, limits),
      moneyLeft: leftAbove(floor, account.equity),
    };
  });
  const count = (name: LimitView['name'], used: number, limit: number): LimitView => ({
    name,
    used,
    limit,
    unit: 'count',
    usedRatio: used / limit,
    moneyLeft: null,
  });
  const drawn = drawdown(account);
  return [
    ...money,
    {
      name: 'drawdown',
      used: drawn,
      limit: limits.maxDrawdown,
      unit: 'ratio',
      usedRatio: drawn / limits.maxDrawdown,
      moneyLeft: leftAbove(account.equityPeak * (1 - limits.maxDrawdown), account.equity),
    },
    ...mandateViews(state),
    count('positions', positions.size, limits.maxPositions),
    count('daily_trades', account.entriesToday, limits.maxDailyTrades),
  ];
}

/** Measured to where the rule breaks; what is left, to where the servo stops before it. */
const mandateViews = (state: ServoState): LimitView[] =>
  mandateFloors(state).map(({ rule, allowed, breaksAt, stopsAt }) => {
    const used = Math.max(0, breaksAt + allowed - state.account.equity);
    return {
      name: `mandate_${rule}`,
      used: moneyToUnits(used as Money),
      limit: moneyToUnits(allowed),
      unit: 'money',
      usedRatio: allowed > 0 ? used / allowed : 1,
      moneyLeft: leftAbove(stopsAt, state.account.equity),
    };
  });

const leftAbove = (floor: number, equity: Money): number => moneyToUnits(Math.max(0, equity - floor) as Money);

/** How dangerous the account's situation is, named once a trading day: it rises at once, falls slowly, and from extreme only a person brings it down. */
import { drawdown, lossUsed, type RiskMeasure } from '../account.ts';
import { bookValueAtRisk, EWMA_DAYS_MIN } from '../book-risk.ts';
import type { Emit } from '../events.ts';
import { ewmaDeviation, returnsOf } from '../metrics.ts';
import { RISK_LEVELS, type RiskLevel } from '../policy.ts';
import type { ServoState } from '../state.ts';
import { deviation } from '../statistics.ts';
import type { UnixMs } from '../units.ts';

export function assessRisk(state: ServoState, at: UnixMs, emit: Emit): void {
  const { riskLevel: policy } = state.policy;
  const { dailyEquity = [], assessment: before } = state.account;
  // A level never comes from fewer days than it needs.
  if (policy === null || dailyEquity.length < policy.minDays) return;
  const [because, score] = gravestMeasure(state);
  const called = levelAt(score, policy.from);
  const held = before?.level ?? 'low';
  const falls = rankOf(called) < rankOf(held);
  const calmDays = falls ? (before?.calmDays ?? 0) + 1 : 0;
  const level = falls ? lowered(held, calmDays >= policy.calmDays) : called;
  if (level === held && calmDays === (before?.calmDays ?? 0)) return;
  emit({ kind: 'risk_assessed', at, from: held, level, score, because, calmDays: level === held ? calmDays : 0 });
}

const rankOf = (level: RiskLevel): number => RISK_LEVELS.indexOf(level);

/** One step at a time; extreme stays until it is re-armed. */
function lowered(held: RiskLevel, calmEnough: boolean): RiskLevel {
  if (held === 'extreme' || !calmEnough) return held;
  return RISK_LEVELS[rankOf(held) - 1] ?? held;
}

/** Written so that a score that is no number is extreme. */
export function levelAt(score: number, from: Readonly<Record<'medium' | 'high' | 'extreme', number>>): RiskLevel {
  if (score < from.medium) return 'low';
  if (score < from.high) return 'medium';
  return score < from.extreme ? 'high' : 'extreme';
}

/** Twice the usual volatility is half way to the limit, three times is at it. */
const VOLATILITY_AT_LIMIT = 3;

export function gravestMeasure(state: ServoState): readonly [RiskMeasure, number] {
  const { account, policy } = state;
  const { limits } = policy;
  const measures: [RiskMeasure, number][] = [
    ['drawdown', drawdown(account) / limits.maxDrawdown],
    ['weekly_loss', lossUsed(account, 'week', limits)],
    ['monthly_loss', lossUsed(account, 'month', limits)],
  ];
  const returns = returnsOf([...(account.dailyEquity ?? []), account.equity]);
  const [usual, late] = [deviation(returns), ewmaDeviation(returns)];
  if (returns.length >= EWMA_DAYS_MIN && usual !== null && usual > 0 && late !== null) {
    measures.push(['volatility', (late / usual - 1) / (VOLATILITY_AT_LIMIT - 1)]);
  }
  const { valueAtRiskMax } = limits.extreme;
  const valueAtRisk = valueAtRiskMax === null ? undefined : bookValueAtRisk(state, 0.99);
  if (valueAtRiskMax !== null && valueAtRisk !== undefined) {
    measures.push(['value_at_risk', valueAtRisk / (valueAtRiskMax * account.equity)]);
  }
  // A value that is no number is the gravest of all.
  return measures.reduce((gravest, each) => (each[1] <= gravest[1] || Number.isNaN(gravest[1]) ? gravest : each));
}

export const riskLevelOf = (state: ServoState): RiskLevel => state.account.assessment?.level ?? 'low';

export function riskSizeFactor(state: ServoState): number {
  const { riskLevel } = state.policy;
  return riskLevel === null ? 1 : riskLevel.sizeFactor[riskLevelOf(state)];
}

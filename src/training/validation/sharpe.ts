/** How far a Sharpe ratio can be believed: what is left of it after many trials. */
import { probabilisticSharpe, sharpeRatio } from '../../domain/metrics.ts';
import { deviation } from '../../domain/statistics.ts';
import { normalQuantile } from './normal-quantile.ts';

const EULER_MASCHERONI = 0.5772156649015329;

/** The best Sharpe ratio to expect of so many independent trials without any skill, given the variance of their ratios. */
export function expectedMaxSharpe(trials: number, variance: number): number {
  if (!(trials >= 1)) throw new RangeError(`the expected maximum needs 1 trial or more, was ${trials}`);
  if (trials === 1) return 0;
  const usual = normalQuantile(1 - 1 / trials);
  const rare = normalQuantile(1 - 1 / (trials * Math.E));
  return Math.sqrt(variance) * ((1 - EULER_MASCHERONI) * usual + EULER_MASCHERONI * rare);
}

export interface DeflatedSharpe {
  readonly sharpe: number;
  readonly trials: number;
  /** What the best of the trials would reach by luck. */
  readonly expectedMaximum: number;
  /** Chance that the true ratio is above 0, before and after counting the trials. */
  readonly probabilistic: number;
  readonly deflated: number;
}

/** Of the returns of the chosen trial and the per-period Sharpe ratios of all trials, the chosen one included. */
export function deflatedSharpe(returns: ArrayLike<number>, trialSharpes: readonly number[]): DeflatedSharpe | null {
  const sharpe = sharpeRatio(returns);
  const expectedMaximum = expectedMaxSharpe(trialSharpes.length, (deviation(trialSharpes) ?? 0) ** 2);
  const probabilistic = probabilisticSharpe(returns);
  const deflated = probabilisticSharpe(returns, expectedMaximum);
  if (sharpe === null || probabilistic === null || deflated === null) return null;
  return { sharpe, trials: trialSharpes.length, expectedMaximum, probabilistic, deflated };
}

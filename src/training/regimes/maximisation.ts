/** The maximisation step: the likeliest shapes and transitions for given shares of the bars, with the prior as bars already seen. */
import { byRegime, NAMED_REGIMES } from '../../domain/regime.ts';
import type { RegimeShape } from '../../domain/regime-model.ts';
import type { Expectation, RegimeMoments, RegimeParameters } from './expectation.ts';
import { PROTOTYPES, PSEUDO_COUNT, priorTransition } from './regime-prior.ts';

export interface Weighting {
  /** What one bar counts against the prior's shapes. */
  readonly barWeight: number;
  /** By which the prior of the shapes is multiplied. */
  readonly priorStrength: number;
}

export function maximise(
  { moments, changes }: Expectation,
  temper: number,
  { barWeight, priorStrength }: Weighting,
): RegimeParameters {
  const count = (PSEUDO_COUNT * priorStrength) / barWeight;
  const weights = NAMED_REGIMES.map((name) => PSEUDO_COUNT + moments[name].weight);
  const bars = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    shapes: byRegime((name) => posteriorShape(moments[name], PROTOTYPES[name], count)),
    transition: NAMED_REGIMES.map((_, from) => posteriorTransition(changes, from)),
    prior: weights.map((weight) => weight / bars),
    temper,
  };
}

/** Normal-inverse-Wishart: the prior is `count` bars of the prototype's mean and covariance. */
function posteriorShape(sums: RegimeMoments, prototype: RegimeShape, count: number): RegimeShape {
  const [v0, t0] = prototype.mean;
  const [vv0, vt0, tt0] = prototype.covariance;
  const weight = count + sums.weight;
  const v = (count * v0 + sums.v) / weight;
  const t = (count * t0 + sums.t) / weight;
  return {
    mean: [v, t],
    covariance: [
      (count * (vv0 + v0 * v0) + sums.vv) / weight - v * v,
      (count * (vt0 + v0 * t0) + sums.vt) / weight - v * t,
      (count * (tt0 + t0 * t0) + sums.tt) / weight - t * t,
    ],
  };
}

/** Dirichlet: no transition is ever impossible. */
function posteriorTransition(changes: Float64Array, from: number): number[] {
  const counts = NAMED_REGIMES.map(
    (_, to) => PSEUDO_COUNT * priorTransition(from, to) + (changes[from * NAMED_REGIMES.length + to] ?? Number.NaN),
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / total);
}

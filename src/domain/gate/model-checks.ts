/** The gate's questions about the model that serves, not about what it says. */
import type { DenialReason, Verdict } from '../decision.ts';
import { cardOf } from '../models.ts';
import type { Signal } from '../signal.ts';
import { marketOf, type ServoState } from '../state.ts';
import type { UnixMs } from '../units.ts';
import { verdict } from './verdict.ts';

export const MODEL_CHECKS: ReadonlySet<DenialReason> = new Set(['model_expired', 'model_distrusted', 'model_outlier']);

export function expiryVerdict(state: ServoState, symbol: string, now: UnixMs): Verdict {
  const expiresAt = cardOf(state, symbol)?.expiresAt;
  if (expiresAt === undefined) return verdict('model_expired', true, 'no expiry', 'no expiry');
  return verdict('model_expired', now < expiresAt, now, expiresAt);
}

export function guardVerdicts(state: ServoState, { symbol, prediction }: Signal): Verdict[] {
  const trust = marketOf(state, symbol).watch?.trust ?? 'trust';
  const limit = cardOf(state, symbol)?.guards?.dissimilarityLimit;
  const dissimilarity = prediction.kind === 'prediction' ? prediction.dissimilarity : undefined;
  const outlier =
    limit === undefined || dissimilarity === undefined
      ? verdict('model_outlier', true, 'not measured', 'not measured')
      : verdict('model_outlier', dissimilarity <= limit, dissimilarity, limit);
  return [verdict('model_distrusted', trust !== 'shadow', trust, 'trust, warn or shrink'), outlier];
}

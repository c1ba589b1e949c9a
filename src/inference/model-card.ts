/** What the core must know of a model, from its passport. */
import type { GuardReference } from '../domain/guards/model-watch.ts';
import type { ModelCard } from '../domain/model-card.ts';
import { unixMs } from '../domain/units.ts';
import type { Passport } from './passport.ts';
import type { LoadedModel } from './read-model.ts';

export function modelCard({ id, passport }: LoadedModel): ModelCard {
  const { expiresAt } = passport;
  const guards = guardReference(passport);
  return {
    id,
    reachAtr: passport.label.kind === 'triple_barrier' ? passport.label.targetAtr : passport.label.moveAtr,
    ...(expiresAt !== null && { expiresAt: unixMs(Date.parse(expiresAt)) }),
    ...(isCalibrated(passport) && { calibrated: true }),
    ...(guards && { guards }),
  };
}

/** Its chances beat the naive forecast's on rows that nothing was chosen by, and are held against what happens. */
function isCalibrated({ guards, metrics }: Passport): boolean {
  const { logLoss } = metrics.figures;
  return guards?.calibration !== undefined && logLoss !== undefined && logLoss.model < logLoss.baseline;
}

/** The sample of training rows stays with the predictor, which measures; the core is told the limit. */
function guardReference({ guards, label }: Passport): GuardReference | undefined {
  if (guards === undefined) return undefined;
  const { dissimilarity, drift, calibration } = guards;
  return {
    ...(dissimilarity && { dissimilarityLimit: dissimilarity.limit }),
    ...(drift && { drift }),
    // Only barriers can be followed bar by bar.
    ...(calibration &&
      label.kind === 'triple_barrier' && { calibration: { ...calibration, outcome: outcomeRule(label) } }),
  };
}

const outcomeRule = ({ horizonBars, stopAtr, targetAtr }: Extract<Passport['label'], { kind: 'triple_barrier' }>) => ({
  horizonBars,
  stopAtr,
  targetAtr,
});

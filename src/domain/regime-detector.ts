/** Who names the regimes: the filter of a fitted model where there is one, the rules otherwise. */
import type { RegimeDetector } from './regime.ts';
import { RegimeFilter } from './regime-filter.ts';
import type { RegimeModel } from './regime-model.ts';
import { RegimeRules } from './regime-rules.ts';

export const regimeDetectorOf = (model: RegimeModel | undefined): RegimeDetector =>
  model === undefined ? new RegimeRules() : new RegimeFilter(model);

/** Whose memory a snapshot holds: no detector goes on from another's. */
export const regimeSourceOf = (model: RegimeModel | undefined): string => model?.hash ?? 'rules';

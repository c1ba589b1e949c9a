/** A regime model to vary, and inputs as a market gives them. */
import { seededRandom } from '../../src/domain/random.ts';
import type { RegimeInput } from '../../src/domain/regime.ts';
import type { RegimeModel } from '../../src/domain/regime-model.ts';

const STAY = 0.96;
const LEAVE = 0.01;

/** Regimes that lie well apart. The hash is a name: the filter does not check it. */
export const REGIME_MODEL: RegimeModel = {
  version: 1,
  hash: 'hand-made',
  shapes: {
    trend_up: { mean: [0, 1.4], covariance: [0.04, 0.01, 0.25] },
    trend_down: { mean: [0, -1.4], covariance: [0.04, -0.01, 0.25] },
    quiet: { mean: [-0.5, 0], covariance: [0.05, 0, 0.3] },
    range: { mean: [0.1, 0], covariance: [0.02, 0, 0.2] },
    volatile: { mean: [0.5, 0], covariance: [0.03, 0.02, 0.6] },
  },
  transition: [0, 1, 2, 3, 4].map((from) => [0, 1, 2, 3, 4].map((to) => (from === to ? STAY : LEAVE))),
  prior: [0.2, 0.1, 0.3, 0.3, 0.1],
  temper: 0.25,
  dwellBars: 6,
  margin: 0.2,
};

/** Both inputs wander, so that every regime is visited. */
export function randomInputs(count: number, seed: string | number): RegimeInput[] {
  const random = seededRandom(seed);
  let logVolatilityRatio = 0;
  let trendStatistic = 0;
  return Array.from({ length: count }, () => {
    logVolatilityRatio = 0.95 * logVolatilityRatio + 0.12 * random.normal();
    trendStatistic = 0.95 * trendStatistic + 0.35 * random.normal();
    return { logVolatilityRatio, trendStatistic };
  });
}

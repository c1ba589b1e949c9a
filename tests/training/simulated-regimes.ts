/** A market whose regimes are known, because they were drawn: the inputs, and the regime of each bar. */
import { seededRandom } from '../../src/domain/random.ts';
import { NAMED_REGIMES } from '../../src/domain/regime.ts';
import type { RegimeModel } from '../../src/domain/regime-model.ts';
import type { RegimeSeries } from '../../src/training/regimes/regime-series.ts';

export interface SimulatedRegimes {
  readonly series: RegimeSeries;
  /** Place in `NAMED_REGIMES`. */
  readonly states: Uint8Array;
}

export function simulateRegimes(
  { shapes, transition }: Pick<RegimeModel, 'shapes' | 'transition'>,
  bars: number,
  seed: string,
): SimulatedRegimes {
  const random = seededRandom(seed);
  const series = { logVolatilityRatio: new Float64Array(bars), trendStatistic: new Float64Array(bars) };
  const states = new Uint8Array(bars);
  let state = 3;
  for (let bar = 0; bar < bars; bar++) {
    state = drawn(transition[state] ?? [], random.next());
    const { mean, covariance } = shapes[NAMED_REGIMES[state]!];
    const [vv, vt, tt] = covariance;
    // The lower triangle whose square is the covariance.
    const first = random.normal();
    series.logVolatilityRatio[bar] = mean[0] + Math.sqrt(vv) * first;
    series.trendStatistic[bar] =
      mean[1] + (vt / Math.sqrt(vv)) * first + Math.sqrt(tt - (vt * vt) / vv) * random.normal();
    states[bar] = state;
  }
  return { series, states };
}

/** The first place at which the chances up to it reach `level`. */
function drawn(chances: readonly number[], level: number): number {
  let reached = 0;
  const place = chances.findIndex((chance) => {
    reached += chance;
    return reached > level;
  });
  return place < 0 ? chances.length - 1 : place;
}

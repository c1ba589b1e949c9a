/** The regime by fixed rules, where no model of it was fitted. */
import type { NamedRegime, Regime, RegimeDetector, RegimeInput, RegimeSnapshot } from './regime.ts';
import { DwellingName } from './regime-dwell.ts';

/** A regime is entered beyond `enter` and left only within `leave`, so that a market on the edge does not flicker. */
interface Threshold {
  readonly enter: number;
  readonly leave: number;
}

/** Recent volatility 35 % above its usual level; back within 16 %. */
const VOLATILE: Threshold = { enter: 0.3, leave: 0.15 };
/** Recent volatility 26 % below its usual level; back within 14 %. */
const QUIET: Threshold = { enter: -0.3, leave: -0.15 };
/** A walk without drift goes 1.3 deviations or more, either way, in one window of five. */
const TREND: Threshold = { enter: 1.3, leave: 0.8 };
/** Bars in a row for which a new regime must hold. */
const DWELL_BARS = 6;
/** Distances from the nearest threshold at which confidence is full. */
const FULL_VOLATILITY_MARGIN = 0.3;
const FULL_TREND_MARGIN = 1;

/** How far the market stands beyond each threshold, in margins of full confidence; below 0 on the near side. */
interface Excess {
  readonly volatile: number;
  readonly trendUp: number;
  readonly trendDown: number;
  readonly quiet: number;
}

function excessOf({ logVolatilityRatio, trendStatistic }: RegimeInput, present: Regime): Excess {
  const line = (owner: NamedRegime, { enter, leave }: Threshold) => (present === owner ? leave : enter);
  return {
    volatile: (logVolatilityRatio - line('volatile', VOLATILE)) / FULL_VOLATILITY_MARGIN,
    trendUp: (trendStatistic - line('trend_up', TREND)) / FULL_TREND_MARGIN,
    trendDown: (-trendStatistic - line('trend_down', TREND)) / FULL_TREND_MARGIN,
    quiet: (line('quiet', QUIET) - logVolatilityRatio) / FULL_VOLATILITY_MARGIN,
  };
}

/** Gravest first: a crash is volatile before it is a trend, a calm climb is a trend before it is quiet. */
function regimeOf(excess: Excess): NamedRegime {
  if (excess.volatile >= 0) return 'volatile';
  if (excess.trendUp >= 0) return 'trend_up';
  if (excess.trendDown >= 0) return 'trend_down';
  return excess.quiet >= 0 ? 'quiet' : 'range';
}

/** The distance to the nearest threshold at which the regime would be another one; negative where it already is. */
const DEPTH: Record<Regime, (excess: Excess) => number> = {
  volatile: (excess) => excess.volatile,
  trend_up: (excess) => Math.min(excess.trendUp, -excess.volatile),
  trend_down: (excess) => Math.min(excess.trendDown, -excess.volatile),
  quiet: (excess) => Math.min(excess.quiet, -excess.trendUp, -excess.trendDown),
  range: (excess) => Math.min(-excess.quiet, -excess.volatile, -excess.trendUp, -excess.trendDown),
  unknown: () => 0,
};

/** Confidence is 0 at or beyond the thresholds of the present regime, 1 deep inside it. */
export class RegimeRules implements RegimeDetector {
  readonly #name = new DwellingName();
  #confidence = 0;

  push(input: RegimeInput): void {
    this.#name.push(regimeOf(excessOf(input, this.regime)), DWELL_BARS);
    const depth = DEPTH[this.regime](excessOf(input, this.regime));
    this.#confidence = Math.min(Math.max(depth, 0), 1);
  }

  get regime(): Regime {
    return this.#name.regime;
  }

  get confidence(): number {
    return this.#confidence;
  }

  snapshot(): RegimeSnapshot {
    return { ...this.#name.snapshot(), confidence: this.#confidence };
  }

  restore(snapshot: RegimeSnapshot): void {
    this.#name.restore(snapshot);
    this.#confidence = snapshot.confidence;
  }
}

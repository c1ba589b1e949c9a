/** What moves the simulated market: hidden regimes that persist, then give way to one another by fixed odds. */
import type { Random } from '../domain/random.ts';

type HiddenRegime = 'calm' | 'trend_up' | 'trend_down' | 'range' | 'shock';

interface RegimeShape {
  /** Bars that it lasts, drawn evenly between the two. */
  readonly barsMin: number;
  readonly barsMax: number;
  /** Multiple of the instrument's usual volatility. */
  readonly volatility: number;
  /** Sign of its drift; the size is drawn from `DRIFT`. */
  readonly direction: -1 | 0 | 1;
  /** Share of the distance to its first price that a bar takes back. */
  readonly pull: number;
  /** Odds of a jump in a bar. */
  readonly jumpOdds: number;
  /** Weights of what follows. */
  readonly next: Readonly<Partial<Record<HiddenRegime, number>>>;
}

/** Drift of a trend a bar, in standard deviations of that bar. */
const DRIFT = { min: 0.15, max: 0.3 };

const REGIMES: Readonly<Record<HiddenRegime, RegimeShape>> = {
  calm: {
    barsMin: 60,
    barsMax: 240,
    volatility: 0.7,
    direction: 0,
    pull: 0,
    jumpOdds: 0.0005,
    next: { trend_up: 3, trend_down: 3, range: 3, shock: 1 },
  },
  trend_up: {
    barsMin: 40,
    barsMax: 150,
    volatility: 1,
    direction: 1,
    pull: 0,
    jumpOdds: 0.001,
    next: { calm: 3, range: 4, trend_down: 2, shock: 1 },
  },
  trend_down: {
    barsMin: 40,
    barsMax: 150,
    volatility: 1,
    direction: -1,
    pull: 0,
    jumpOdds: 0.001,
    next: { calm: 3, range: 4, trend_up: 2, shock: 1 },
  },
  range: {
    barsMin: 60,
    barsMax: 200,
    volatility: 0.85,
    direction: 0,
    pull: 0.04,
    jumpOdds: 0.0005,
    next: { calm: 3, trend_up: 3, trend_down: 3, shock: 1 },
  },
  shock: {
    barsMin: 8,
    barsMax: 36,
    volatility: 2.6,
    direction: 0,
    pull: 0,
    jumpOdds: 0.03,
    next: { calm: 1, range: 3, trend_up: 2, trend_down: 2 },
  },
};

/** One stay in a regime. */
export interface Phase {
  readonly regime: HiddenRegime;
  readonly bars: number;
  readonly volatility: number;
  readonly drift: number;
  readonly pull: number;
  readonly jumpOdds: number;
}

export const firstPhase = (random: Random): Phase => phaseOf('calm', random);

export function nextPhase(present: Phase, random: Random): Phase {
  const weights = Object.entries(REGIMES[present.regime].next) as [HiddenRegime, number][];
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  let draw = random.next() * total;
  const chosen = weights.find(([, weight]) => {
    draw -= weight;
    return draw < 0;
  });
  return phaseOf(chosen === undefined ? 'calm' : chosen[0], random);
}

function phaseOf(regime: HiddenRegime, random: Random): Phase {
  const { barsMin, barsMax, volatility, direction, pull, jumpOdds } = REGIMES[regime];
  const bars = barsMin + Math.floor(random.next() * (barsMax - barsMin + 1));
  const drift = direction * (DRIFT.min + random.next() * (DRIFT.max - DRIFT.min));
  return { regime, bars, volatility, drift, pull, jumpOdds };
}

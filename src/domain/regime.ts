/** The market's regime: the six names it can have, and what they are told from. */

export const REGIMES = ['trend_up', 'trend_down', 'quiet', 'range', 'volatile', 'unknown'] as const;
export type Regime = (typeof REGIMES)[number];
/** What a market is called once it is known. */
export type NamedRegime = Exclude<Regime, 'unknown'>;
export const NAMED_REGIMES: readonly NamedRegime[] = REGIMES.filter((regime) => regime !== 'unknown');

/** A table of the named regimes; `place` is that in `NAMED_REGIMES`. */
export const byRegime = <T>(make: (regime: NamedRegime, place: number) => T): Record<NamedRegime, T> =>
  Object.fromEntries(NAMED_REGIMES.map((regime, place) => [regime, make(regime, place)])) as Record<NamedRegime, T>;

export const REGIME_LABELS: Record<Regime, string> = {
  trend_up: 'trend up',
  trend_down: 'trend down',
  quiet: 'quiet',
  range: 'range',
  volatile: 'volatile',
  unknown: 'unknown',
};

/** What a regime is told from, over a rolling window of closed bars. */
export interface RegimeInput {
  /** ln(recent volatility / its usual level). */
  readonly logVolatilityRatio: number;
  /** Net move of the window in standard deviations of a walk without drift. */
  readonly trendStatistic: number;
}

/** All that a detector remembers, as JSON. */
export interface RegimeSnapshot {
  readonly regime: Regime;
  readonly confidence: number;
  readonly candidate: Regime;
  readonly candidateBars: number;
  /** Of `NAMED_REGIMES`, where a fitted model tells them apart. */
  readonly probabilities?: readonly number[];
}

/** Names the regime bar by bar. Unknown, with no confidence, until one regime has held for the dwell. */
export interface RegimeDetector {
  /** One closed bar. Not to be called before the windows behind the input are full. */
  push(input: RegimeInput): void;
  readonly regime: Regime;
  /** In [0, 1]; to be compared with other bars of the same detector, and not a chance of being right. */
  readonly confidence: number;
  snapshot(): RegimeSnapshot;
  /** Continues bit for bit. Throws on what no such detector remembers. */
  restore(snapshot: RegimeSnapshot): void;
}

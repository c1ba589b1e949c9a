/** What is believed of the regimes before any bar was seen: it gives each state its name and keeps it there, refit after refit. */
import { NAMED_REGIMES, type NamedRegime } from '../../domain/regime.ts';
import type { RegimeShape } from '../../domain/regime-model.ts';
import type { RegimeParameters } from './expectation.ts';

/** Spreads of the two inputs within one regime, as seven real markets had them. */
const VOLATILITY_VARIANCE = 0.04;
const TREND_VARIANCE = 0.25;

const prototype = (logVolatilityRatio: number, trend: number): RegimeShape => ({
  mean: [logVolatilityRatio, trend],
  covariance: [VOLATILITY_VARIANCE, 0, TREND_VARIANCE],
});

/** A walk without drift goes 1.4 deviations or more in one window of six; 33 % less, 10 % and 65 % more volatility than usual. */
export const PROTOTYPES: Readonly<Record<NamedRegime, RegimeShape>> = {
  trend_up: prototype(0, 1.4),
  trend_down: prototype(0, -1.4),
  quiet: prototype(-0.4, 0),
  range: prototype(0.1, 0),
  volatile: prototype(0.5, 0),
};

/** Chance that a regime lasts another bar. */
const STICKINESS = 0.97;

/** What the prior counts against bars: for the shape of each state, and for the transitions from it. */
export const PSEUDO_COUNT = 50;

export const priorTransition = (from: number, to: number): number =>
  from === to ? STICKINESS : (1 - STICKINESS) / (NAMED_REGIMES.length - 1);

/** The parameters before any bar was seen. */
export const priorParameters = (temper: number): RegimeParameters => ({
  shapes: PROTOTYPES,
  transition: NAMED_REGIMES.map((_, from) => NAMED_REGIMES.map((__, to) => priorTransition(from, to))),
  prior: NAMED_REGIMES.map(() => 1 / NAMED_REGIMES.length),
  temper,
});

/** Whether every state lies nearer to its own prototype than to any other: what its name says is still what it is. */
export const namesHold = (shapes: RegimeParameters['shapes']): boolean =>
  NAMED_REGIMES.every((name) => {
    const distances = NAMED_REGIMES.map((other) => distance(shapes[name], PROTOTYPES[other]));
    return NAMED_REGIMES[distances.indexOf(Math.min(...distances))] === name;
  });

const distance = ({ mean: [v, t] }: RegimeShape, { mean: [v0, t0] }: RegimeShape): number =>
  (v - v0) ** 2 / VOLATILITY_VARIANCE + (t - t0) ** 2 / TREND_VARIANCE;

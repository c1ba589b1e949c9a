/** The expectation step: how much of each bar belongs to each regime, by the forward and backward passes over all bars. */
import { byRegime, NAMED_REGIMES, type NamedRegime } from '../../domain/regime.ts';
import { clippedTrend, isObserved, RegimeDensities, type RegimeModel } from '../../domain/regime-model.ts';
import type { RegimeSeries } from './regime-series.ts';

const STATES = NAMED_REGIMES.length;

/** What EM moves. */
export type RegimeParameters = Pick<RegimeModel, 'shapes' | 'transition' | 'prior' | 'temper'>;

/** Sums over bars of one regime, each bar by the share that belongs to it. */
export interface RegimeMoments {
  readonly weight: number;
  readonly v: number;
  readonly t: number;
  readonly vv: number;
  readonly vt: number;
  readonly tt: number;
}

/** As they are summed up: six numbers a state. */
const MOMENTS = 6;

export interface Expectation {
  readonly moments: Readonly<Record<NamedRegime, RegimeMoments>>;
  /** Expected number of changes from each regime (row) to each (column), row-major. */
  readonly changes: Float64Array;
}

/** Memory of both passes, made once for all steps. */
export class ExpectationStep {
  readonly #series: RegimeSeries;
  readonly #bars: number;
  /** Likelihood of each bar under each state, as a share of the largest. */
  readonly #likelihoods: Float64Array;
  readonly #forward: Float64Array;
  /** Chance of each bar given the bars before it, in the unit of `#likelihoods`. */
  readonly #evidence: Float64Array;

  constructor(series: RegimeSeries) {
    this.#series = series;
    this.#bars = series.logVolatilityRatio.length;
    this.#likelihoods = new Float64Array(this.#bars * STATES);
    this.#forward = new Float64Array(this.#bars * STATES);
    this.#evidence = new Float64Array(this.#bars);
  }

  run(parameters: RegimeParameters): Expectation {
    const transition = Float64Array.from(parameters.transition.flat());
    this.#weigh(new RegimeDensities(parameters.shapes, parameters.temper));
    this.#goForward(transition, Float64Array.from(parameters.prior));
    return this.#goBackward(transition);
  }

  #weigh(densities: RegimeDensities): void {
    const { logVolatilityRatio, trendStatistic } = this.#series;
    const likelihoods = this.#likelihoods;
    for (let bar = 0; bar < this.#bars; bar++) {
      const v = logVolatilityRatio[bar] as number;
      const t = trendStatistic[bar] as number;
      const at = bar * STATES;
      if (!isObserved(v, t)) {
        likelihoods.fill(1, at, at + STATES);
        continue;
      }
      densities.logLikelihoods(v, clippedTrend(t), likelihoods, at);
      let best = likelihoods[at] as number;
      for (let state = 1; state < STATES; state++) best = Math.max(best, likelihoods[at + state] as number);
      for (let state = 0; state < STATES; state++)
        likelihoods[at + state] = Math.exp((likelihoods[at + state] as number) - best);
    }
  }

  #goForward(transition: Float64Array, prior: Float64Array): void {
    const forward = this.#forward;
    let from = prior;
    for (let bar = 0; bar < this.#bars; bar++) {
      const at = bar * STATES;
      let evidence = 0;
      for (let state = 0; state < STATES; state++) {
        let chance = 0;
        for (let i = 0; i < STATES; i++) chance += (from[i] as number) * (transition[i * STATES + state] as number);
        chance *= this.#likelihoods[at + state] as number;
        forward[at + state] = chance;
        evidence += chance;
      }
      for (let state = 0; state < STATES; state++) forward[at + state] = (forward[at + state] as number) / evidence;
      this.#evidence[bar] = evidence;
      from = forward.subarray(at, at + STATES);
    }
  }

  /** The backward chances are used bar by bar and not kept. */
  #goBackward(transition: Float64Array): Expectation {
    const sums = new Float64Array(STATES * MOMENTS);
    const changes = new Float64Array(STATES * STATES);
    const backward = new Float64Array(STATES).fill(1);
    const arriving = new Float64Array(STATES);
    for (let bar = this.#bars - 1; bar >= 0; bar--) {
      this.#addMoments(sums, bar, backward);
      if (bar === 0) break;
      for (let state = 0; state < STATES; state++) {
        const likelihood = this.#likelihoods[bar * STATES + state] as number;
        arriving[state] = (likelihood * (backward[state] as number)) / (this.#evidence[bar] as number);
      }
      for (let i = 0; i < STATES; i++) {
        const before = this.#forward[(bar - 1) * STATES + i] as number;
        let chance = 0;
        for (let j = 0; j < STATES; j++) {
          const step = (transition[i * STATES + j] as number) * (arriving[j] as number);
          changes[i * STATES + j] = (changes[i * STATES + j] as number) + before * step;
          chance += step;
        }
        backward[i] = chance;
      }
    }
    return { moments: byRegime((_, state) => momentsAt(sums, state)), changes };
  }

  #addMoments(sums: Float64Array, bar: number, backward: Float64Array): void {
    const v = this.#series.logVolatilityRatio[bar] as number;
    const t = clippedTrend(this.#series.trendStatistic[bar] as number);
    if (!isObserved(v, t)) return;
    for (let state = 0; state < STATES; state++) {
      const share = (this.#forward[bar * STATES + state] as number) * (backward[state] as number);
      const at = state * MOMENTS;
      sums[at] = (sums[at] as number) + share;
      sums[at + 1] = (sums[at + 1] as number) + share * v;
      sums[at + 2] = (sums[at + 2] as number) + share * t;
      sums[at + 3] = (sums[at + 3] as number) + share * v * v;
      sums[at + 4] = (sums[at + 4] as number) + share * v * t;
      sums[at + 5] = (sums[at + 5] as number) + share * t * t;
    }
  }
}

function momentsAt(sums: Float64Array, state: number): RegimeMoments {
  const [weight = 0, v = 0, t = 0, vv = 0, vt = 0, tt = 0] = sums.subarray(state * MOMENTS, (state + 1) * MOMENTS);
  return { weight, v, t, vv, vt, tt };
}

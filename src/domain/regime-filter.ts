/** The regime by a fitted model: the chance of each given the bars so far, never those to come. */
import {
  NAMED_REGIMES,
  type NamedRegime,
  type Regime,
  type RegimeDetector,
  type RegimeInput,
  type RegimeSnapshot,
} from './regime.ts';
import { DwellingName } from './regime-dwell.ts';
import { clippedTrend, isObserved, RegimeDensities, type RegimeModel } from './regime-model.ts';

const STATES = NAMED_REGIMES.length;

/** The forward filter alone: smoothing and the likeliest path look at later bars. Confidence is the chance of the present regime. */
export class RegimeFilter implements RegimeDetector {
  readonly #model: RegimeModel;
  readonly #densities: RegimeDensities;
  readonly #transition: Float64Array;
  readonly #probabilities: Float64Array;
  readonly #predicted = new Float64Array(STATES);
  readonly #likelihoods = new Float64Array(STATES);
  readonly #name = new DwellingName();
  #confidence = 0;
  /** The present regime, and its place: it seldom changes. */
  #present: Regime = 'unknown';
  #place = -1;

  constructor(model: RegimeModel) {
    this.#model = model;
    this.#densities = new RegimeDensities(model.shapes, model.temper);
    this.#transition = Float64Array.from(model.transition.flat());
    this.#probabilities = Float64Array.from(model.prior);
  }

  push({ logVolatilityRatio, trendStatistic }: RegimeInput): void {
    this.#predict();
    if (isObserved(logVolatilityRatio, trendStatistic)) this.#observe(logVolatilityRatio, trendStatistic);
    else this.#probabilities.set(this.#predicted);
    this.#name.push(this.#candidate(), this.#model.dwellBars);
    this.#confidence = this.#chanceOf(this.regime);
  }

  #predict(): void {
    const from = this.#probabilities;
    const transition = this.#transition;
    for (let state = 0; state < STATES; state++) {
      let chance = 0;
      for (let i = 0; i < STATES; i++) chance += (from[i] as number) * (transition[i * STATES + state] as number);
      this.#predicted[state] = chance;
    }
  }

  #observe(logVolatilityRatio: number, trendStatistic: number): void {
    const likelihoods = this.#likelihoods;
    this.#densities.logLikelihoods(logVolatilityRatio, clippedTrend(trendStatistic), likelihoods, 0);
    let best = likelihoods[0] as number;
    for (let state = 1; state < STATES; state++) best = Math.max(best, likelihoods[state] as number);
    let sum = 0;
    for (let state = 0; state < STATES; state++) {
      const chance = (this.#predicted[state] as number) * Math.exp((likelihoods[state] as number) - best);
      this.#probabilities[state] = chance;
      sum += chance;
    }
    for (let state = 0; state < STATES; state++)
      this.#probabilities[state] = (this.#probabilities[state] as number) / sum;
  }

  /** The likeliest, unless the present one is nearly as likely. */
  #candidate(): NamedRegime {
    let best = 0;
    for (let state = 1; state < STATES; state++) {
      if ((this.#probabilities[state] as number) > (this.#probabilities[best] as number)) best = state;
    }
    const likeliest = NAMED_REGIMES[best] as NamedRegime;
    const { regime } = this;
    if (regime === 'unknown') return likeliest;
    return (this.#probabilities[best] as number) > this.#chanceOf(regime) + this.#model.margin ? likeliest : regime;
  }

  #chanceOf(regime: Regime): number {
    if (regime === 'unknown') return 0;
    if (regime !== this.#present) {
      this.#present = regime;
      this.#place = NAMED_REGIMES.indexOf(regime);
    }
    return this.#probabilities[this.#place] as number;
  }

  get regime(): Regime {
    return this.#name.regime;
  }

  get confidence(): number {
    return this.#confidence;
  }

  snapshot(): RegimeSnapshot {
    return { ...this.#name.snapshot(), confidence: this.#confidence, probabilities: [...this.#probabilities] };
  }

  restore(snapshot: RegimeSnapshot): void {
    const { probabilities = [], confidence } = snapshot;
    if (probabilities.length !== STATES) {
      throw new Error(`the regime snapshot holds ${probabilities.length} chances, not ${STATES}: warm up anew`);
    }
    this.#name.restore(snapshot);
    this.#confidence = confidence;
    this.#probabilities.set(probabilities);
  }
}

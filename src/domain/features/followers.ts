/** Engines of other symbols that are brought up to a bar when they are looked at, for whoever runs over one symbol's bars alone. */
import type { FeatureEngine } from '../features.ts';
import type { Bar } from '../market.ts';
import type { LookAt } from './vector.ts';

export interface Follower {
  readonly engine: FeatureEngine;
  /** In order. */
  readonly bars: Iterable<Bar>;
}

/** Every bar that closed by the moment of the look is pushed, and none that closed later. */
export function followers(bySymbol: ReadonlyMap<string, Follower>): LookAt {
  const lanes = new Map([...bySymbol].map(([symbol, follower]) => [symbol, new Lane(follower)]));
  return (symbol, at) => lanes.get(symbol)?.upTo(at);
}

class Lane {
  readonly #engine: FeatureEngine;
  readonly #bars: Iterator<Bar>;
  #next: Bar | undefined;

  constructor({ engine, bars }: Follower) {
    this.#engine = engine;
    this.#bars = bars[Symbol.iterator]();
    this.#advance();
  }

  upTo(at: number): FeatureEngine {
    while (this.#next !== undefined && this.#next.closeAt <= at) {
      this.#engine.push(this.#next);
      this.#advance();
    }
    return this.#engine;
  }

  #advance(): void {
    const { done, value } = this.#bars.next();
    this.#next = done === true ? undefined : value;
  }
}

/** The streaming engine itself, for a test whose guards look at every feature of every bar. */
import type { FeatureEngine } from '../domain/features.ts';
import type { Bar } from '../domain/market.ts';
import type { Candles } from '../market/candles.ts';
import type { RowEngine } from './measured-market.ts';

/** Warms up by the rows before the first one that it is moved to, and goes from row to row by bars from there on. */
export class WatchedEngine implements RowEngine {
  readonly #engine: FeatureEngine;
  readonly #candles: Candles;
  #row = -1;

  /** `engine` has seen nothing yet. */
  constructor(engine: FeatureEngine, candles: Candles) {
    this.#engine = engine;
    this.#candles = candles;
  }

  skipTo(row: number): void {
    while (this.#row < row - 1) this.push(this.#candles.barAt(this.#row + 1));
  }

  push(bar: Bar): void {
    this.#engine.push(bar);
    this.#row += 1;
  }

  get row(): number {
    return this.#row;
  }

  get ready(): boolean {
    return this.#engine.ready;
  }

  get atrTicks(): number {
    return this.#engine.atrTicks;
  }

  get recent(): FeatureEngine['recent'] {
    return this.#engine.recent;
  }

  get record(): FeatureEngine['record'] {
    return this.#engine.record;
  }

  get regime(): FeatureEngine['regime'] {
    return this.#engine.regime;
  }

  get regimeConfidence(): number {
    return this.#engine.regimeConfidence;
  }

  values(): Float64Array {
    return this.#engine.values();
  }

  snapshot(): ReturnType<FeatureEngine['snapshot']> {
    return this.#engine.snapshot();
  }
}

/** One symbol of a backtest, measured ahead: its candles, and at each of them what the servo would have known at its close. */
import { CLOSES_KEPT, type RecentCloses } from '../domain/features/recent-closes.ts';
import type { FeatureSnapshot } from '../domain/features.ts';
import { type Bar, timeframeMs } from '../domain/market.ts';
import { MarketRecord, type RecordRule } from '../domain/market-record.ts';
import { REGIMES, type Regime } from '../domain/regime.ts';
import type { MarketEngine } from '../domain/state.ts';
import type { UnixMs } from '../domain/units.ts';
import type { Candles } from '../market/candles.ts';

/** By row of the candles. */
export interface Measures {
  /** 1 where the features are ready. */
  readonly ready: Uint8Array;
  readonly atrTicks: Float64Array;
  /** Place in `REGIMES`. */
  readonly regimes: Uint8Array;
  readonly regimeConfidences: Float64Array;
  /** Row-major down, flat, up; NaN where the model gave no sound answer. */
  readonly probabilities: Float32Array;
  /** Of the engine that has seen every row. */
  readonly snapshot: FeatureSnapshot;
}

/** Stands in the state for the rows of a market. */
export interface RowEngine extends MarketEngine {
  /** Of the latest bar. */
  readonly row: number;
  /** The next bar pushed is that of this row. */
  skipTo(row: number): void;
}

export const UNKNOWN_REGIME = REGIMES.indexOf('unknown');

/** Stands in the state where live the streaming engine stands: it moves along the rows instead of computing them. */
export class MeasuredEngine implements RowEngine {
  readonly #candles: Candles;
  readonly #measures: Measures;
  readonly #flat: Uint8Array;
  readonly #record: MarketRecord;
  #row = -1;
  /** The last row that the record knows. */
  #recorded = -1;

  /** `flat`: 1 where the signal is foretold to be flat, so that asking for it would come to nothing. */
  constructor(candles: Candles, measures: Measures, flat: Uint8Array, rule: RecordRule) {
    this.#record = new MarketRecord(rule);
    this.#candles = candles;
    this.#measures = measures;
    this.#flat = flat;
  }

  skipTo(row: number): void {
    this.#row = row - 1;
  }

  push(bar: Bar): void {
    this.#row += 1;
    if (this.#candles.openAt[this.#row] !== bar.openAt) {
      throw new Error(`${bar.symbol}: row ${this.#row} of the measures is not of the bar opened at ${bar.openAt}`);
    }
  }

  get row(): number {
    return this.#row;
  }

  /** Only where an answer can matter; at the last row always, because the last signal is part of the state. */
  get ready(): boolean {
    const matters = this.#flat[this.#row] === 0 || this.#row === this.#candles.length - 1;
    return matters && this.#measures.ready[this.#row] === 1;
  }

  get atrTicks(): number {
    return this.#measures.atrTicks[this.#row] ?? Number.NaN;
  }

  get recent(): RecentCloses {
    const { close, openAt, timeframe } = this.#candles;
    const row = this.#row;
    return {
      count: Math.min(row + 1, CLOSES_KEPT),
      closeAgo: (back) => close[row - back] ?? Number.NaN,
      closedAgo: (back) => (openAt[row - back] ?? Number.NaN) + timeframeMs(timeframe),
    };
  }

  /** Brought up to the present row when it is asked for: most rows are passed over. */
  get record(): MarketRecord {
    const { openAt, spread, volume } = this.#candles;
    while (this.#recorded < this.#row) {
      const row = ++this.#recorded;
      const atr = this.#measures.atrTicks[row] as number;
      this.#record.push(openAt[row] as UnixMs, spread[row] as number, volume[row] as number, atr);
    }
    return this.#record;
  }

  get regime(): Regime {
    return REGIMES[this.#measures.regimes[this.#row] ?? UNKNOWN_REGIME] ?? 'unknown';
  }

  get regimeConfidence(): number {
    return this.#measures.regimeConfidences[this.#row] ?? 0;
  }

  /** The model has been asked already, so the features are not kept. */
  values(): Float64Array {
    throw new Error('a backtest keeps predictions, not features');
  }

  snapshot(): FeatureSnapshot {
    if (this.#row !== this.#candles.length - 1)
      throw new Error('a measured market has a snapshot of its last bar alone');
    return { ...this.#measures.snapshot, record: this.record.snapshot() };
  }
}

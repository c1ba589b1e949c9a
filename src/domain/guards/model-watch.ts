/** Whether a serving model may still be trusted on one symbol: its guards, fed bar by bar, and the ladder they move. */
import type { Bar } from '../market.ts';
import type { Signal } from '../signal.ts';
import {
  type CalibrationReading,
  type CalibrationReference,
  type CalibrationSnapshot,
  CalibrationWatch,
} from './calibration-watch.ts';
import { type DissimilarityReading, DissimilarityWatch } from './dissimilarity.ts';
import { type DriftReading, type DriftReference, type DriftSnapshot, DriftWatch } from './drift.ts';
import { type GuardName, type LadderPolicy, type LadderState, nextTrust, TRUSTED, type TrustStep } from './ladder.ts';
import { type OutcomeRule, type PendingOutcome, pendingOutcome, settledBy } from './outcome-watch.ts';

/** Plain data of a passport; a guard whose reference is missing has no say. */
export interface GuardReference {
  /** Of the index that the predictor measures. */
  readonly dissimilarityLimit?: number;
  readonly drift?: DriftReference;
  readonly calibration?: CalibrationReference & { readonly outcome: OutcomeRule };
}

/** JSON. */
export interface WatchSnapshot {
  readonly dissimilarity: readonly number[];
  readonly drift?: DriftSnapshot;
  readonly calibration?: CalibrationSnapshot;
  readonly pending: readonly PendingOutcome[];
  readonly ladder: LadderState;
  readonly because: readonly GuardName[];
  readonly sinceReading: number;
}

export interface WatchReadings {
  readonly dissimilarity?: DissimilarityReading;
  readonly drift?: DriftReading;
  readonly calibration?: readonly CalibrationReading[];
}

/** Predictions between two readings: thresholds are of windows, and windows change slowly. */
const READ_EVERY = 12;
const DISSIMILARITY_ROWS = 200;
const CALIBRATION_ROWS = 500;
const LADDER: LadderPolicy = {
  minSamples: { dissimilarity: 100, drift: 1, calibration: 100 },
  raiseAfter: 3,
  lowerAfter: 24,
  shadowAfter: 48,
};

/** Sizes while the model is doubted. */
const TRUST_SIZE_FACTOR: Readonly<Record<TrustStep, number>> = { trust: 1, warn: 1, shrink: 0.5, shadow: 0 };
export const trustSizeFactor = (watch: ModelWatch | undefined): number => TRUST_SIZE_FACTOR[watch?.trust ?? 'trust'];

/** What was foretold, and on what. */
export interface WatchedPrediction {
  readonly signal: Signal;
  readonly values: Float64Array;
  readonly close: number;
  readonly atrTicks: number;
}

export class ModelWatch {
  readonly #reference: GuardReference;
  readonly #dissimilarity: DissimilarityWatch;
  readonly #drift: DriftWatch | undefined;
  readonly #calibration: CalibrationWatch | undefined;
  #pending: readonly PendingOutcome[];
  #ladder: LadderState;
  #because: readonly GuardName[];
  #sinceReading: number;

  constructor(reference: GuardReference, snapshot?: WatchSnapshot) {
    const { drift, calibration } = reference;
    this.#reference = reference;
    this.#dissimilarity = DissimilarityWatch.restore(DISSIMILARITY_ROWS, snapshot?.dissimilarity ?? []);
    this.#drift = drift && DriftWatch.restore(drift, snapshot?.drift ?? { bins: '' });
    this.#calibration = calibration && new CalibrationWatch(calibration, CALIBRATION_ROWS, snapshot?.calibration);
    this.#pending = snapshot?.pending ?? [];
    this.#ladder = snapshot?.ladder ?? TRUSTED;
    this.#because = snapshot?.because ?? [];
    this.#sinceReading = snapshot?.sinceReading ?? 0;
  }

  get trust(): TrustStep {
    return this.#ladder.step;
  }

  /** The guards that are not calm, at the last reading. */
  get because(): readonly GuardName[] {
    return this.#because;
  }

  /** Settles what earlier predictions were about. */
  barClosed(bar: Bar): void {
    const waiting: PendingOutcome[] = [];
    for (const pending of this.#pending) {
      const next = settledBy(pending, bar);
      if ('cameTrue' in next) this.#calibration?.push(next);
      else waiting.push(next);
    }
    this.#pending = waiting;
  }

  predicted({ signal, values, close, atrTicks }: WatchedPrediction): void {
    const { prediction, regime } = signal;
    if (prediction.kind === 'neutral') return;
    const { dissimilarityLimit, calibration } = this.#reference;
    const { probabilities, dissimilarity } = prediction;
    this.#drift?.push(values);
    if (dissimilarityLimit !== undefined && dissimilarity !== undefined) {
      this.#dissimilarity.push(!(dissimilarity <= dissimilarityLimit));
    }
    if (calibration !== undefined) {
      const foretold = { probabilities, regime, close, atrTicks };
      this.#pending = [...this.#pending, pendingOutcome(calibration.outcome, foretold)];
    }
    this.#sinceReading += 1;
    if (this.#sinceReading === READ_EVERY) this.#read();
  }

  #read(): void {
    const { dissimilarityLimit } = this.#reference;
    const readings = {
      dissimilarity: dissimilarityLimit === undefined ? null : this.#dissimilarity.reading(),
      drift: this.#drift?.reading() ?? null,
      calibration: this.#calibration?.grade() ?? null,
    };
    const { state, because } = nextTrust(this.#ladder, readings, LADDER);
    this.#ladder = state;
    this.#because = because;
    this.#sinceReading = 0;
  }

  /** As the guards stand now, for people. */
  readings(): WatchReadings {
    const { dissimilarityLimit } = this.#reference;
    return {
      ...(dissimilarityLimit !== undefined && { dissimilarity: this.#dissimilarity.reading() }),
      ...(this.#drift && { drift: this.#drift.reading() }),
      ...(this.#calibration && { calibration: this.#calibration.readings() }),
    };
  }

  snapshot(): WatchSnapshot {
    return {
      dissimilarity: this.#dissimilarity.snapshot(),
      ...(this.#drift && { drift: this.#drift.snapshot() }),
      ...(this.#calibration && { calibration: this.#calibration.snapshot() }),
      pending: this.#pending,
      ladder: this.#ladder,
      because: this.#because,
      sinceReading: this.#sinceReading,
    };
  }
}

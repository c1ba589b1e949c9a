/** Fits the calibration reference: the log-loss to expect, and how large the Page-Hinkley sum grows while nothing is wrong. */
import type { CalibrationReference } from '../../domain/guards/calibration-watch.ts';
import { mean, quantileOfSorted } from '../../domain/statistics.ts';
import { bootstrapValues } from '../validation/block-bootstrap.ts';

export interface CalibrationReferenceOptions {
  /** Worse by this much is still the same model; larger is slower and surer. */
  readonly toleranceNats: number;
  /** Several label horizons: neighbours share their outcome. */
  readonly blockRows: number;
  readonly resamples: number;
  readonly seed: string | number;
}

/** Chances that a sound model warns, or is acted on, at some time in as many outcomes as were given. */
const FALSE_WARNINGS = 0.1;
const FALSE_ACTIONS = 0.01;

/** `logLosses` of the hold-out or of all walk-forward tests, in order of time. */
export function fitCalibrationReference(
  logLosses: Float64Array,
  options: CalibrationReferenceOptions,
): CalibrationReference {
  const { toleranceNats, blockRows, resamples, seed } = options;
  const expectedLogLoss = mean(logLosses) ?? Number.NaN;
  const highest = bootstrapValues(
    logLosses.length,
    { blockRows, resamples, seed: `${seed}/page-hinkley` },
    (places) => {
      let sum = 0;
      let top = 0;
      for (const place of places) {
        sum = Math.max(0, sum + (logLosses[place] ?? Number.NaN) - expectedLogLoss - toleranceNats);
        top = Math.max(top, sum);
      }
      return top;
    },
  );
  return {
    expectedLogLoss,
    toleranceNats,
    warnAbove: quantileOfSorted(highest, 1 - FALSE_WARNINGS),
    actAbove: quantileOfSorted(highest, 1 - FALSE_ACTIONS),
  };
}

/** Calibration is kept only where it makes the forecasts of a later block better than they were. */
import { DOWN, FLAT, UP } from '../labels/labels.ts';
import { calibrationError } from '../validation/calibration-curve.ts';
import type { Forecasts } from '../validation/forecasts.ts';
import { logLosses, weightedMean } from '../validation/losses.ts';
import { applyIsotonic, fitIsotonic, type Isotonic } from './isotonic.ts';
import { applyTemperature, fitTemperature, type Temperature } from './temperature.ts';

/** Plain data for a passport. */
export type Calibration = { readonly kind: 'none' } | Temperature | Isotonic;
export type CalibrationKind = Exclude<Calibration['kind'], 'none'>;

export function applyCalibration(calibration: Calibration, probabilities: Float32Array): Float32Array {
  if (calibration.kind === 'temperature') return applyTemperature(calibration, probabilities);
  return calibration.kind === 'isotonic' ? applyIsotonic(calibration, probabilities) : probabilities;
}

export interface CalibrationFigures {
  readonly logLoss: number;
  /** Mean of the three classes. */
  readonly calibrationError: number;
}

/** What one kind, fitted on the earlier block, did to the later one. */
export interface CalibrationTrial {
  readonly kind: CalibrationKind;
  readonly before: CalibrationFigures;
  readonly after: CalibrationFigures;
  /** Both figures fell. */
  readonly helps: boolean;
}

export interface CalibrationChoice {
  readonly calibration: Calibration;
  readonly trials: readonly CalibrationTrial[];
}

const FIT: Record<CalibrationKind, (forecasts: Forecasts) => Temperature | Isotonic> = {
  temperature: fitTemperature,
  isotonic: fitIsotonic,
};

/** The kind that helps most by log-loss, or none. `later` must be apart from `earlier`: see `purgedTail`. */
export function chooseCalibration(
  earlier: Forecasts,
  later: Forecasts,
  kinds: readonly CalibrationKind[] = ['temperature', 'isotonic'],
): CalibrationChoice {
  const before = figures(later);
  const fitted = kinds.map((kind) => {
    const calibration = FIT[kind](earlier);
    const after = figures({ ...later, probabilities: applyCalibration(calibration, later.probabilities) });
    const helps = after.logLoss < before.logLoss && after.calibrationError < before.calibrationError;
    return { calibration, trial: { kind, before, after, helps } };
  });
  const best = fitted
    .filter(({ trial }) => trial.helps)
    .sort((a, b) => a.trial.after.logLoss - b.trial.after.logLoss)[0];
  return { calibration: best?.calibration ?? { kind: 'none' }, trials: fitted.map(({ trial }) => trial) };
}

function figures(forecasts: Forecasts): CalibrationFigures {
  const errors = [DOWN, FLAT, UP].map((label) => calibrationError(forecasts, label));
  return {
    logLoss: weightedMean(logLosses(forecasts), forecasts.weights),
    calibrationError: errors.reduce((total, error) => total + error, 0) / errors.length,
  };
}

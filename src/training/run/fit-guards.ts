/** What the live guards compare with: inputs of the development rows, outcomes of the forecasts out of sample. */
import type { CalibrationReference } from '../../domain/guards/calibration-watch.ts';
import type { DissimilarityReference } from '../../domain/guards/dissimilarity.ts';
import type { DriftReference } from '../../domain/guards/drift.ts';
import { fitCalibrationReference } from '../guards/fit-calibration-reference.ts';
import { fitDissimilarity } from '../guards/fit-dissimilarity.ts';
import { fitDrift } from '../guards/fit-drift.ts';
import { joined } from '../validation/forecasts.ts';
import { logLosses } from '../validation/losses.ts';
import type { Material } from './material.ts';
import type { TrainingRequest } from './request.ts';
import type { Validated } from './validate.ts';

export interface FittedGuards {
  readonly dissimilarity: DissimilarityReference;
  /** Absent where the development rows hold too few windows. */
  readonly drift?: DriftReference;
  readonly calibration: CalibrationReference;
}

/** A live window of about two days of five-minute bars. */
const DRIFT_WINDOW_ROWS = 500;
const DRIFT_WINDOWS = 200;
/** A log-loss worse by this much is still the same model. */
const TOLERANCE_NATS = 0.02;
const RESAMPLES = 200;

export function fitGuards(
  { seed }: TrainingRequest,
  { matrix, development, blockRows }: Material,
  { folds }: Validated,
): FittedGuards {
  const losses = logLosses(joined(folds.map(({ forecasts }) => forecasts)));
  const windows = { windowRows: DRIFT_WINDOW_ROWS, windows: DRIFT_WINDOWS, seed };
  return {
    dissimilarity: fitDissimilarity(matrix, development),
    ...(development.length >= 4 * DRIFT_WINDOW_ROWS && { drift: fitDrift(matrix, development, windows) }),
    calibration: fitCalibrationReference(losses, {
      toleranceNats: TOLERANCE_NATS,
      blockRows,
      resamples: RESAMPLES,
      seed,
    }),
  };
}

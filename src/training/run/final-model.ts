/** The model that is kept: fitted to all development rows, calibrated where that helped, judged once on the hold-out, written as ONNX. */
import { writeOnnx } from '../../inference/onnx/write-onnx.ts';
import { openSession, runSession } from '../../inference/session.ts';
import {
  applyCalibration,
  type Calibration,
  type CalibrationTrial,
  chooseCalibration,
} from '../calibration/calibration.ts';
import { CLASS_COUNT, classShares } from '../labels/labels.ts';
import { purgedTail } from '../validation/folds.ts';
import { type Forecasts, forecastsOf, joined } from '../validation/forecasts.ts';
import { type Score, score } from '../validation/score.ts';
import type { Material } from './material.ts';
import type { TrainingRequest } from './request.ts';
import { type FittedModel, fitOf } from './trainer.ts';
import { examplesOf, type Progress, STOP_SHARE, type Validated } from './validate.ts';

export interface FinalModel {
  readonly model: FittedModel;
  readonly calibration: { readonly temperature: number; readonly trials: readonly CalibrationTrial[] };
  readonly onnx: Uint8Array;
  /** Of the hold-out, by the calibrated model. */
  readonly forecasts: Forecasts;
  readonly score: Score;
  /** The rows it was fitted to, those that stopped it among them. */
  readonly fittedRows: Int32Array;
  /** Largest difference between ONNX Runtime and the trainer over the hold-out. */
  readonly exportDifference: number;
}

const EXPORT_TOLERANCE = 1e-6;

export async function finalModel(
  request: TrainingRequest,
  material: Material,
  validated: Validated,
  onProgress: Progress,
): Promise<FinalModel> {
  const { development, holdOut, labels, embargoRows, matrix, weights } = material;
  const { before, tail } = purgedTail(development, labels.endsAt, STOP_SHARE, embargoRows);
  const trainModel = fitOf(validated.trainer, request);
  const onStep = (step: number) => onProgress(0, 1, `the model to keep, step ${step}`);
  const model = trainModel(examplesOf(material, before), examplesOf(material, tail), onStep);
  const { calibration, trials } = calibrationOf(validated, embargoRows);
  const temperature = calibration.kind === 'temperature' ? calibration.temperature : 1;
  const probabilities = applyCalibration(calibration, model.classifier.probabilities(matrix, holdOut));
  const forecasts = forecastsOf(probabilities, examplesOf(material, holdOut));
  const onnx = writeOnnx(model.graph(temperature));
  return {
    model,
    calibration: { temperature, trials },
    onnx,
    forecasts,
    score: score(forecasts, classShares(labels.classes, development, weights)),
    fittedRows: development,
    exportDifference: await exportDifference(onnx, material, probabilities),
  };
}

/**
 * Chosen on the forecasts out of sample: fitted to the first half of time, kept where the second half agrees. A temperature alone,
 * because it can be baked into the model.
 */
function calibrationOf(
  { folds }: Validated,
  embargoRows: number,
): { calibration: Calibration; trials: readonly CalibrationTrial[] } {
  const all = joined(folds.map(({ forecasts }) => forecasts));
  const middle = all.classes.length >>> 1;
  return chooseCalibration(part(all, 0, middle - embargoRows), part(all, middle, all.classes.length), ['temperature']);
}

const part = ({ probabilities, classes, weights }: Forecasts, from: number, to: number): Forecasts => ({
  probabilities: probabilities.subarray(from * CLASS_COUNT, to * CLASS_COUNT),
  classes: classes.subarray(from, to),
  weights: weights.subarray(from, to),
});

/** Throws when the exported model is not the one that was judged. */
async function exportDifference(
  onnx: Uint8Array,
  { matrix, holdOut }: Material,
  expected: Float32Array,
): Promise<number> {
  const { columns } = matrix;
  const values = new Float32Array(holdOut.length * columns);
  for (const [place, row] of holdOut.entries()) {
    values.set(matrix.values.subarray(row * columns, (row + 1) * columns), place * columns);
  }
  const session = await openSession(onnx);
  try {
    const ends = { inputName: 'features', outputName: 'probabilities' };
    const answer = await runSession(session, ends, { values, rows: holdOut.length });
    let largest = 0;
    for (const [i, value] of expected.entries()) {
      largest = Math.max(largest, Math.abs(value - (answer.values[i] ?? Number.POSITIVE_INFINITY)));
    }
    if (largest <= EXPORT_TOLERANCE) return largest;
    throw new Error(
      `the exported model differs from the trained one by ${largest}, more than ${EXPORT_TOLERANCE}: nothing was written`,
    );
  } finally {
    await session.release();
  }
}

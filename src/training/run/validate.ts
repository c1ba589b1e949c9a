/** Forecasts out of sample: each row by a model that knew nothing of it, its neighbours or anything later that reaches it. */
import type { Examples } from '../dataset.ts';
import { CLASS_COUNT, classShares } from '../labels/labels.ts';
import { type Cpcv, cpcv, pathProbabilities } from '../validation/cpcv.ts';
import type { Fold } from '../validation/folds.ts';
import { forecastsOf } from '../validation/forecasts.ts';
import { type FoldForecasts, type FoldScores, scoreFolds } from '../validation/score.ts';
import { walkForward } from '../validation/walk-forward.ts';
import { FIRST_TRAIN_SHARE, type Material } from './material.ts';
import type { TrainerName, TrainingRequest } from './request.ts';
import { type Fit, type FittedModel, fitOf } from './trainer.ts';

export interface Validated {
  readonly trainer: TrainerName;
  /** Models that were fitted for it. */
  readonly fits: number;
  /** In order of time, each row once; with CPCV the groups of the first path. */
  readonly folds: readonly FoldForecasts[];
  readonly scores: FoldScores;
  /** Row-major by bar, NaN where nothing was foretold out of sample. With CPCV one array a path. */
  readonly paths: readonly Float32Array[];
  /** Of the last fold, and the rows that it was tested on: what importance is measured with. */
  readonly last: { readonly model: FittedModel; readonly test: Examples };
}

export type Progress = (done: number, of: number, what: string) => void;

/** Of the training rows, the latest, for early stopping. */
export const STOP_SHARE = 0.15;
const CPCV_TEST_GROUPS = 2;

export function validate(
  request: TrainingRequest,
  material: Material,
  trainer: TrainerName,
  onProgress: Progress,
): Validated {
  const { development, labels, embargoRows } = material;
  const { validation, folds: count } = request;
  const spacing = { embargoRows, stopShare: STOP_SHARE };
  if (validation === 'cpcv') {
    const split = cpcv(development, labels.endsAt, { ...spacing, groups: count, testGroups: CPCV_TEST_GROUPS });
    const fitted = fitFolds(split.folds, material, fitOf(trainer, request), onProgress);
    const byFold = fitted.map(({ forecasts }) => forecasts.forecasts.probabilities);
    const rows = split.groups.flatMap((group) => [...group]);
    const paths = split.paths.map((_, path) => spread(material, rows, pathProbabilities(split, path, byFold)));
    return validatedOf(trainer, fitted, firstPath(split, fitted, material), paths);
  }
  const options = { ...spacing, folds: count, window: validation, firstTrainShare: FIRST_TRAIN_SHARE } as const;
  const folds = walkForward(development, labels.endsAt, options);
  const fitted = fitFolds(folds, material, fitOf(trainer, request), onProgress);
  const path = new Float32Array(material.candles.length * CLASS_COUNT).fill(Number.NaN);
  for (const { fold, forecasts } of fitted) place(path, fold.test, forecasts.forecasts.probabilities);
  const scored = fitted.map(({ forecasts }) => forecasts);
  return validatedOf(trainer, fitted, scored, [path]);
}

interface FittedFold {
  readonly fold: Fold;
  readonly model: FittedModel;
  readonly test: Examples;
  readonly forecasts: FoldForecasts;
}

function fitFolds(
  folds: readonly Fold[],
  material: Material,
  fitModel: Fit,
  onProgress: Progress,
): readonly FittedFold[] {
  return folds.map((fold, index) => {
    const what = (step: number) => `fold ${index + 1} of ${folds.length}, step ${step}`;
    const train = examplesOf(material, fold.train);
    const test = examplesOf(material, fold.test);
    const model = fitModel(train, examplesOf(material, fold.stop), (step) =>
      onProgress(index, folds.length, what(step)),
    );
    const probabilities = model.classifier.probabilities(material.matrix, fold.test);
    const trainShares = classShares(material.labels.classes, fold.train, material.weights);
    return { fold, model, test, forecasts: { forecasts: forecastsOf(probabilities, test), trainShares } };
  });
}

function validatedOf(
  trainer: TrainerName,
  fitted: readonly FittedFold[],
  folds: readonly FoldForecasts[],
  paths: readonly Float32Array[],
): Validated {
  const last = fitted.at(-1);
  if (last === undefined) throw new Error('a validation without folds');
  const { model, test } = last;
  return { trainer, fits: fitted.length, folds, scores: scoreFolds(folds), paths, last: { model, test } };
}

/** Group by group: every row once and in order of time, because intervals would take a row that is told twice for two. */
function firstPath(split: Cpcv, fitted: readonly FittedFold[], material: Material): readonly FoldForecasts[] {
  const byFold = fitted.map(({ forecasts }) => forecasts.forecasts.probabilities);
  const probabilities = pathProbabilities(split, 0, byFold);
  let from = 0;
  return split.groups.map((rows, group) => {
    const to = from + rows.length * CLASS_COUNT;
    const forecasts = forecastsOf(probabilities.subarray(from, to), examplesOf(material, rows));
    from = to;
    const source = fitted[split.paths[0]?.[group] ?? -1];
    if (source === undefined) throw new Error(`group ${group} is on no path`);
    return { forecasts, trainShares: source.forecasts.trainShares };
  });
}

export const examplesOf = ({ matrix, labels, weights }: Material, rows: Int32Array): Examples => ({
  features: matrix,
  rows,
  classes: labels.classes,
  weights,
});

function spread({ candles }: Material, rows: readonly number[], probabilities: Float32Array): Float32Array {
  const path = new Float32Array(candles.length * CLASS_COUNT).fill(Number.NaN);
  place(path, Int32Array.from(rows), probabilities);
  return path;
}

/** By place of the row among all bars. */
export function place(path: Float32Array, rows: Int32Array, probabilities: Float32Array): void {
  for (const [i, row] of rows.entries()) {
    for (let k = 0; k < CLASS_COUNT; k++)
      path[row * CLASS_COUNT + k] = probabilities[i * CLASS_COUNT + k] ?? Number.NaN;
  }
}

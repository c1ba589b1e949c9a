/** The figures of a forecast, each beside what the naive forecast reaches: per fold and over all folds. */
import { CLASS_COUNT, type ClassShares, DOWN, FLAT, UP } from '../labels/labels.ts';
import { directionAuc, moveAuc } from './auc.ts';
import { type BootstrapOptions, blockBootstrap, type Interval } from './block-bootstrap.ts';
import { calibrationError } from './calibration-curve.ts';
import { constantForecasts, type Forecasts, joined } from './forecasts.ts';
import { brierLosses, logLosses, weightedMean } from './losses.ts';

export interface Score {
  readonly rows: number;
  readonly logLoss: number;
  /** Of the training shares, given for every row. */
  readonly priorLogLoss: number;
  /** 1 − log-loss ÷ prior log-loss: above 0 is better than knowing nothing. */
  readonly skill: number;
  readonly brier: number;
  readonly priorBrier: number;
  /** Mean of the three classes' expected calibration errors. */
  readonly calibrationError: number;
  /** Share of rows whose likeliest class came true. */
  readonly accuracy: number;
  /** Of always naming the class that was the most frequent in training. */
  readonly priorAccuracy: number;
  /** Up against down among the moves; 0.5 is chance; null without both. */
  readonly directionAuc: number | null;
  /** Moved against flat; null without both. */
  readonly moveAuc: number | null;
}

export interface FoldForecasts {
  readonly forecasts: Forecasts;
  /** Of the rows that the fold was trained on. */
  readonly trainShares: ClassShares;
}

export interface FoldScores {
  readonly folds: readonly Score[];
  /** All rows of all folds, each against the naive forecast of its own fold. */
  readonly overall: Score;
}

export function scoreFolds(folds: readonly FoldForecasts[]): FoldScores {
  const naive = folds.map(({ forecasts, trainShares }) => constantForecasts(trainShares, forecasts));
  return {
    folds: folds.map(({ forecasts }, fold) => scoreAgainst(forecasts, naive[fold] ?? forecasts)),
    overall: scoreAgainst(joined(folds.map(({ forecasts }) => forecasts)), joined(naive)),
  };
}

export const score = (forecasts: Forecasts, trainShares: ClassShares): Score =>
  scoreAgainst(forecasts, constantForecasts(trainShares, forecasts));

function scoreAgainst(forecasts: Forecasts, naive: Forecasts): Score {
  const { classes, weights } = forecasts;
  if (classes.length === 0) throw new Error('a score needs at least one forecast: the block is empty');
  const logLoss = weightedMean(logLosses(forecasts), weights);
  const priorLogLoss = weightedMean(logLosses(naive), weights);
  const errors = [DOWN, FLAT, UP].map((label) => calibrationError(forecasts, label));
  return {
    rows: classes.length,
    logLoss,
    priorLogLoss,
    skill: 1 - logLoss / priorLogLoss,
    brier: weightedMean(brierLosses(forecasts), weights),
    priorBrier: weightedMean(brierLosses(naive), weights),
    calibrationError: errors.reduce((total, error) => total + error, 0) / CLASS_COUNT,
    accuracy: weightedMean(hits(forecasts), weights),
    priorAccuracy: weightedMean(hits(naive), weights),
    directionAuc: directionAuc(forecasts)(weights),
    moveAuc: moveAuc(forecasts)(weights),
  };
}

/** 1 where the likeliest class came true; the first of equals. */
function hits({ probabilities, classes }: Forecasts): Float64Array {
  return Float64Array.from(classes, (label, place) => {
    const row = probabilities.subarray(place * CLASS_COUNT, (place + 1) * CLASS_COUNT);
    return row.indexOf(Math.max(...row)) === label ? 1 : 0;
  });
}

/** How far the figures could be off by chance, whole blocks of time drawn anew. */
export interface ScoreIntervals {
  readonly logLoss: Interval;
  readonly skill: Interval;
  readonly brier: Interval;
  readonly directionAuc: Interval;
  readonly moveAuc: Interval;
}

/** Of rows in order of time. `blockRows` should be several label horizons: neighbours share their outcome. */
export function scoreIntervals(folds: readonly FoldForecasts[], options: BootstrapOptions): ScoreIntervals {
  const forecasts = joined(folds.map((fold) => fold.forecasts));
  const naive = joined(folds.map((fold) => constantForecasts(fold.trainShares, fold.forecasts)));
  const { weights } = forecasts;
  const drawn = new Float64Array(weights.length);
  const interval = (statistic: (weights: Float64Array) => number | null): Interval =>
    blockBootstrap(weights.length, options, (places) => {
      drawn.fill(0);
      for (const place of places) drawn[place] = (drawn[place] ?? 0) + (weights[place] ?? 0);
      return statistic(drawn) ?? Number.NaN;
    });
  const losses = logLosses(forecasts);
  const naiveLosses = logLosses(naive);
  const briers = brierLosses(forecasts);
  return {
    logLoss: interval((w) => weightedMean(losses, w)),
    skill: interval((w) => 1 - weightedMean(losses, w) / weightedMean(naiveLosses, w)),
    brier: interval((w) => weightedMean(briers, w)),
    directionAuc: interval(directionAuc(forecasts)),
    moveAuc: interval(moveAuc(forecasts)),
  };
}

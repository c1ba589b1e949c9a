/** A training run from candles to a judged model: gather, validate, choose, fit, judge. Nothing is written here. */
import { tradingPolicyOf } from '../../config/policy.ts';
import { FEATURE_PACK } from '../../domain/features.ts';
import type { TradingPolicy } from '../../domain/policy.ts';
import type { Candles } from '../../market/candles.ts';
import { joined } from '../validation/forecasts.ts';
import { type FeatureImportance, permutationImportance } from '../validation/importance.ts';
import { type LeakVerdict, leakVerdict } from '../validation/leak.ts';
import { type Overfitting, overfitting } from '../validation/overfitting.ts';
import { type ScoreIntervals, scoreIntervals } from '../validation/score.ts';
import { type DeflatedSharpe, deflatedSharpe } from '../validation/sharpe.ts';
import { type FinalModel, finalModel } from './final-model.ts';
import { type FittedGuards, fitGuards } from './fit-guards.ts';
import { type FittedRegimes, fitRunRegimes } from './fit-run-regimes.ts';
import { type Judgement, judge } from './judge.ts';
import { gatherMaterial, type Material } from './material.ts';
import type { TrainingRequest } from './request.ts';
import { type TradedForecasts, tradeForecasts } from './trade-forecasts.ts';
import { TRAINER_WORDS } from './trainer.ts';
import { type Progress, place, type Validated, validate } from './validate.ts';

export interface TrainingResult {
  readonly request: TrainingRequest;
  readonly material: Material;
  /** One a trainer, the chosen one first. */
  readonly trials: readonly Trial[];
  readonly intervals: ScoreIntervals;
  readonly importances: readonly FeatureImportance[];
  readonly leak: LeakVerdict;
  readonly deflated: DeflatedSharpe | null;
  readonly overfitting: Overfitting | null;
  readonly final: FinalModel;
  readonly holdOutTraded: TradedForecasts;
  /** Runs before this one may have looked at the hold-out already: so many trials they made. */
  readonly earlierTrials: number;
  readonly regimes: FittedRegimes;
  readonly guards: FittedGuards;
  readonly judgement: Judgement;
}

export interface Trial {
  readonly validated: Validated;
  /** One a path. */
  readonly traded: readonly TradedForecasts[];
}

/** What earlier runs have already tried on the same candles: each look makes a good result likelier by luck alone. */
export interface EarlierTrials {
  /** Sharpe ratio of a day, one a trial; null where nothing was traded. */
  readonly dailySharpes: readonly (number | null)[];
}

const RESAMPLES = 400;
const IMPORTANCE_REPEATS = 3;
/** Of the rows that importance is measured on: with fewer blocks there is little to shuffle. */
const IMPORTANCE_BLOCKS_MIN = 10;
/** Of what changes places at once: neighbours share their outcome. */
const BLOCK_HORIZONS = 4;
const OVERFITTING_BLOCKS = 10;

/** Throws a RangeError where there is too little to learn from. The same request gives the same result, bit for bit. */
export async function train(
  request: TrainingRequest,
  candles: Candles,
  earlier: EarlierTrials,
  onProgress: Progress,
): Promise<TrainingResult> {
  const material = gatherMaterial(request, tradingPolicyOf(request.config), candles);
  return trainOn(request, material, earlier, onProgress);
}

export async function trainOn(
  request: TrainingRequest,
  material: Material,
  earlier: EarlierTrials,
  onProgress: Progress,
): Promise<TrainingResult> {
  const policy = tradingPolicyOf(request.config);
  const trials = runTrials(request, policy, material, onProgress);
  const [chosen] = trials;
  if (chosen === undefined) throw new Error('a run without a trainer');
  const { validated } = chosen;
  const bootstrap = { blockRows: material.blockRows, resamples: RESAMPLES, seed: request.seed };
  const importances = importancesOf(request, validated);
  const leak = leakVerdict({
    forecasts: joined(validated.folds.map(({ forecasts }) => forecasts)),
    skill: validated.scores.overall.skill,
    importances,
    examples: validated.last.test,
    ...bootstrap,
  });
  const fits = trials.reduce((sum, trial) => sum + trial.validated.fits, 0);
  const final = await finalModel(request, material, validated, (_done, _of, what) => onProgress(fits, fits + 1, what));
  const found = {
    intervals: scoreIntervals(validated.folds, bootstrap),
    importances,
    leak,
    deflated: deflatedOf(trials, earlier),
    overfitting: overfittingOf(trials),
    holdOutTraded: tradedHoldOut(request, policy, material, final),
  };
  const judgement = judge({
    ...found,
    traded: chosen.traded,
    compared: trials.length,
    holdOut: { score: final.score, traded: found.holdOutTraded },
    featureNames: FEATURE_PACK.names,
    currency: policy.currency,
    simulated: request.simulated,
  });
  return {
    request,
    material,
    trials,
    ...found,
    final,
    earlierTrials: earlier.dailySharpes.length,
    regimes: fitRunRegimes(policy, material),
    guards: fitGuards(request, material, validated),
    judgement,
  };
}

function importancesOf({ horizonBars, seed }: TrainingRequest, { last }: Validated): readonly FeatureImportance[] {
  const most = Math.floor(last.test.rows.length / IMPORTANCE_BLOCKS_MIN);
  return permutationImportance(last.model.classifier, last.test, {
    blockRows: Math.max(1, Math.min(BLOCK_HORIZONS * horizonBars, most)),
    repeats: IMPORTANCE_REPEATS,
    seed,
  });
}

/** The lowest log-loss out of sample first. */
function runTrials(
  request: TrainingRequest,
  policy: TradingPolicy,
  material: Material,
  onProgress: Progress,
): readonly Trial[] {
  const { trainers } = request;
  const trials = trainers.map((trainer, index): Trial => {
    const validated = validate(request, material, trainer, (done, of, what) =>
      onProgress(index * of + done, trainers.length * of + 1, `${TRAINER_WORDS[trainer]}, ${what}`),
    );
    const traded = validated.paths.map((path) => tradeForecasts(request.config, policy, material, path));
    return { validated, traded };
  });
  return trials.toSorted((a, b) => a.validated.scores.overall.logLoss - b.validated.scores.overall.logLoss);
}

/** Of the worst path. A trial that never traded earned nothing, and is a trial all the same. */
function deflatedOf([chosen, ...others]: readonly Trial[], { dailySharpes }: EarlierTrials): DeflatedSharpe | null {
  const traded = chosen === undefined ? undefined : worstOf(chosen);
  if (traded === undefined) return null;
  const sharpes = [traded.dailySharpe, ...others.map((trial) => worstOf(trial)?.dailySharpe ?? null), ...dailySharpes];
  return deflatedSharpe(
    traded.dailyReturns,
    sharpes.map((sharpe) => sharpe ?? 0),
  );
}

/** Of a trial's paths. */
export const worstOf = ({ traded }: Trial): TradedForecasts | undefined =>
  traded.toSorted((a, b) => (a.dailySharpe ?? 0) - (b.dailySharpe ?? 0))[0];

/** A matter of several trials over days enough for blocks of two or more. */
function overfittingOf(trials: readonly Trial[]): Overfitting | null {
  const returns = trials.flatMap(({ traded }) => traded[0]?.dailyReturns ?? []);
  const days = Math.min(...returns.map(({ length }) => length));
  if (returns.length < 2 || days < 2 * OVERFITTING_BLOCKS) return null;
  return overfitting(
    returns.map((each) => each.subarray(0, days)),
    OVERFITTING_BLOCKS,
  );
}

function tradedHoldOut(
  { config }: TrainingRequest,
  policy: TradingPolicy,
  material: Material,
  { forecasts }: FinalModel,
): TradedForecasts {
  const probabilities = new Float32Array(material.candles.length * 3).fill(Number.NaN);
  place(probabilities, material.holdOut, forecasts.probabilities);
  return tradeForecasts(config, policy, material, probabilities);
}

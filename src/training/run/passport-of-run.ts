/** The passport of a trained model: what it was made from, what it is worth out of sample, and what its guards compare with. */
import { FEATURE_PACK } from '../../domain/features.ts';
import { byRegime } from '../../domain/regime.ts';
import type { RegimeModel } from '../../domain/regime-model.ts';
import { CLASSES } from '../../inference/classes.ts';
import { featureHash, type Passport, sha256 } from '../../inference/passport.ts';
import type { Candles } from '../../market/candles.ts';
import { CLASS_COUNT } from '../labels/labels.ts';
import type { Score } from '../validation/score.ts';
import type { Material } from './material.ts';
import { closeAtOf, isoCloseOf } from './moments.ts';
import type { TrainingRequest } from './request.ts';
import type { TrainingResult } from './train.ts';
import { TRAINER_WORDS } from './trainer.ts';

const GOLDEN_ROWS = 12;
const DAY_MS = 86_400_000;

export interface Origin {
  /** Of the candles, in words for people. */
  readonly data: string;
  readonly is: string;
  readonly isNot: string;
}

export function passportOfRun(result: TrainingResult, { data, is, isNot }: Origin): Passport {
  const { request, material, final, judgement, guards, regimes } = result;
  const { names } = FEATURE_PACK;
  const { candles, development } = material;
  const trainer = result.trials[0]?.validated.trainer ?? 'gbdt';
  return {
    schema: 1,
    name: request.name,
    description: `${TRAINER_WORDS[trainer]}, ${final.model.description}, on the feature pack ${FEATURE_PACK.name}`,
    kind: { is, isNot },
    features: { pack: FEATURE_PACK.name, names: [...names], hash: featureHash(names) },
    input: { name: 'features', shape: ['rows', names.length] },
    output: { name: 'probabilities' },
    classes: [...CLASSES],
    label: labelOf(request, material),
    training: {
      data,
      symbols: [candles.symbol],
      timeframe: candles.timeframe,
      from: isoCloseOf(candles, development[0] ?? 0),
      to: isoCloseOf(candles, lastKnown(material)),
      seed: request.seed,
      bars: development.length,
      simulated: request.simulated,
    },
    metrics: { rows: final.score.rows, figures: figuresOf(result) },
    verdict: {
      deployable: judgement.deployable,
      reasons: judgement.conditions.filter(({ holds }) => !holds).map(({ text }) => text),
    },
    regimes: plain(regimes.fit.model),
    guards: guardsOf(request, guards),
    modelSha256: sha256(final.onnx),
    createdAt: request.now.toISOString(),
    expiresAt: expiryOf(request, candles),
    goldenRows: goldenRowsOf(result),
  };
}

function labelOf({ label, horizonBars }: TrainingRequest, { reachAtr }: Material): Passport['label'] {
  return label === 'triple_barrier'
    ? { kind: label, horizonBars, stopAtr: reachAtr, targetAtr: reachAtr }
    : { kind: label, horizonBars, moveAtr: reachAtr };
}

const plain = (model: RegimeModel): Passport['regimes'] => ({
  ...model,
  shapes: byRegime((name) => {
    const { mean, covariance } = model.shapes[name];
    return { mean: [...mean], covariance: [...covariance] };
  }),
  transition: model.transition.map((row) => [...row]),
  prior: [...model.prior],
});

/** Outcomes are settled by barriers: for other labels there is nothing to hold the forecasts against live. */
function guardsOf({ label }: TrainingRequest, guards: TrainingResult['guards']): Passport['guards'] {
  const { calibration, ...others } = guards;
  return label === 'triple_barrier' ? { ...others, calibration } : others;
}

/** The last bar whose outcome the development rows know of. */
const lastKnown = ({ development, labels }: Material): number => labels.endsAt[development.at(-1) ?? 0] ?? 0;

/** From the end of the candles on, because a model ages by the market that it has not seen. */
function expiryOf({ expiresAfterDays }: TrainingRequest, candles: Candles): string | null {
  if (expiresAfterDays === undefined) return null;
  return new Date(closeAtOf(candles, candles.length - 1) + expiresAfterDays * DAY_MS).toISOString();
}

/** Of the hold-out alone, which nothing was chosen by; the naive forecast beside each. */
function figuresOf({ request, final: { score }, holdOutTraded }: TrainingResult): Passport['metrics']['figures'] {
  return {
    logLoss: {
      model: rounded(score.logLoss),
      baseline: rounded(score.priorLogLoss),
      note: 'hold-out; baseline: the shares of the classes in training',
    },
    brier: { model: rounded(score.brier), baseline: rounded(score.priorBrier) },
    accuracy: {
      model: rounded(score.accuracy),
      baseline: rounded(score.priorAccuracy),
      note: 'baseline: always the class most frequent in training',
    },
    ...aucFigures(score),
    netProfit: {
      model: rounded(holdOutTraded.netProfit),
      baseline: 0,
      note: `${request.config.paper.currency}, after costs, in ${holdOutTraded.trades} trades of the hold-out; baseline: doing nothing`,
    },
  };
}

function aucFigures({ directionAuc, moveAuc }: Score): Passport['metrics']['figures'] {
  return {
    ...(directionAuc !== null && {
      directionAuc: { model: rounded(directionAuc), baseline: 0.5, note: 'up against down among the moves' },
    }),
    ...(moveAuc !== null && { moveAuc: { model: rounded(moveAuc), baseline: 0.5, note: 'a move against none' } }),
  };
}

const rounded = (value: number): number => Number(value.toFixed(4));

/** Rows of the hold-out without a missing value, evenly over time. */
function goldenRowsOf({ material: { matrix, holdOut }, final: { forecasts } }: TrainingResult): Passport['goldenRows'] {
  const isWhole = (row: number): boolean =>
    matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns).every(Number.isFinite);
  const places = [...holdOut.keys()].filter((place) => isWhole(holdOut[place] ?? 0));
  return Array.from({ length: GOLDEN_ROWS }, (_, i) => {
    const place = places[Math.floor(((i + 0.5) * places.length) / GOLDEN_ROWS)] ?? 0;
    const row = holdOut[place] ?? 0;
    return {
      values: [...matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns)],
      probabilities: [...forecasts.probabilities.subarray(place * CLASS_COUNT, (place + 1) * CLASS_COUNT)],
    };
  });
}

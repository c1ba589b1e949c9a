/** How a leak from the future is recognised: figures that honest features of closed bars do not reach. */
import { seededRandom } from '../../domain/random.ts';
import { quantileOfSorted } from '../../domain/statistics.ts';
import type { Examples } from '../dataset.ts';
import { aucOfScores, directionOf, directionScores } from './auc.ts';
import type { Forecasts } from './forecasts.ts';
import type { FeatureImportance } from './importance.ts';

/** Walk-forward on a year of real five-minute candles reaches a direction AUC of 0.54 and a skill of 0.13; one look three bars ahead 0.84 and 0.28. */
const DIRECTION_AUC_LIMIT = 0.6;
const SKILL_LIMIT = 0.2;
/** The time of day may honestly have most of the importance, but it does not know where to. */
const SINGLE_FEATURE_SHARE_LIMIT = 0.25;
const SINGLE_FEATURE_AUC_LIMIT = 0.6;
/** Of the AUCs that outcomes of other times give. */
const NULL_QUANTILE = 0.999;

export interface LeakEvidence {
  /** Out of sample, in order of time. */
  readonly forecasts: Forecasts;
  /** Of the same forecasts, against the training shares. */
  readonly skill: number;
  /** By column, and the rows that they were computed on. */
  readonly importances: readonly FeatureImportance[];
  readonly examples: Examples;
  /** Outcomes are moved by at least so many rows for the comparison with chance: several label horizons. */
  readonly blockRows: number;
  readonly resamples: number;
  readonly seed: string | number;
}

/** `byChance` is what an AUC reaches once in a thousand on outcomes of other times, as slow as they and the scores are. */
export type LeakFinding =
  | { readonly kind: 'direction_auc'; readonly auc: number; readonly limit: number; readonly byChance: number }
  | { readonly kind: 'skill'; readonly skill: number; readonly limit: number }
  | {
      readonly kind: 'single_feature';
      readonly column: number;
      readonly share: number;
      readonly shareLimit: number;
      readonly auc: number;
      readonly limit: number;
      readonly byChance: number;
    };

export interface LeakVerdict {
  readonly suspected: boolean;
  readonly findings: readonly LeakFinding[];
  readonly direction: DirectionAuc | null;
}

/** An AUC of up against down, and what chance reaches. */
export interface DirectionAuc {
  readonly auc: number;
  readonly byChance: number;
}

export function leakVerdict(evidence: LeakEvidence): LeakVerdict {
  const { forecasts, skill, importances, examples } = evidence;
  const direction = compared(directionScores(forecasts), forecasts, evidence);
  const findings: LeakFinding[] = [];
  if (direction !== null && isBeyond(direction, DIRECTION_AUC_LIMIT)) {
    findings.push({ kind: 'direction_auc', ...direction, limit: DIRECTION_AUC_LIMIT });
  }
  if (skill > SKILL_LIMIT) findings.push({ kind: 'skill', skill, limit: SKILL_LIMIT });
  for (const { column, share } of importances.filter((one) => one.share > SINGLE_FEATURE_SHARE_LIMIT)) {
    const alone = featureDirectionAuc(examples, column, evidence);
    if (alone === null || !isBeyond(alone, SINGLE_FEATURE_AUC_LIMIT)) continue;
    const limits = { shareLimit: SINGLE_FEATURE_SHARE_LIMIT, limit: SINGLE_FEATURE_AUC_LIMIT };
    findings.push({ kind: 'single_feature', column, share, ...alone, ...limits });
  }
  return { suspected: findings.length > 0, findings, direction };
}

const isBeyond = ({ auc, byChance }: DirectionAuc, limit: number): boolean => auc > limit && auc > byChance;

type ChanceOptions = Pick<LeakEvidence, 'blockRows' | 'resamples' | 'seed'>;

/** Of one feature alone on the examples' rows, whichever way it points: 0.5 to 1. Null where the rows do not move both ways. */
export function featureDirectionAuc(
  { features, rows, classes, weights }: Examples,
  column: number,
  options: ChanceOptions,
): DirectionAuc | null {
  const scores = Float64Array.from(rows, (row) => features.values[row * features.columns + column] ?? Number.NaN);
  const outcomes = {
    classes: Uint8Array.from(rows, (row) => classes[row] ?? 0),
    weights: Float64Array.from(rows, (row) => weights[row] ?? 0),
  };
  const auc = aucOfScores(scores)(directionOf(outcomes.classes), outcomes.weights);
  return compared(auc !== null && auc < 0.5 ? scores.map((score) => -score) : scores, outcomes, options);
}

/** Chance is what the same scores reach on the same outcomes moved in time: both keep their memory, only their tie is cut. */
function compared(
  scores: Float64Array,
  { classes, weights }: Pick<Forecasts, 'classes' | 'weights'>,
  { blockRows, resamples, seed }: ChanceOptions,
): DirectionAuc | null {
  const aucOn = aucOfScores(scores);
  const outcomes = directionOf(classes);
  const auc = aucOn(outcomes, weights);
  if (auc === null) return null;
  const random = seededRandom(`${seed}/leak`);
  const room = Math.max(1, scores.length - 2 * blockRows);
  const byChance = Float64Array.from({ length: resamples }, () => {
    const by = blockRows + Math.floor(random.next() * room);
    return aucOn(rotated(outcomes, by), rotated(weights, by)) ?? 0.5;
  });
  return { auc, byChance: quantileOfSorted(byChance.sort(), NULL_QUANTILE) };
}

/** What leaves at the end comes back at the beginning. */
function rotated<T extends Int8Array | Float64Array>(values: T, by: number): T {
  const copy = values.slice() as T;
  const shift = by % values.length;
  copy.set(values.subarray(values.length - shift), 0);
  copy.set(values.subarray(0, values.length - shift), shift);
  return copy;
}

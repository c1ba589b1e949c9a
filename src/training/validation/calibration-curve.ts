/** Do things that are given 30 % happen 30 times in 100? Curves by bin, and their mean distance from the truth. */
import { CLASS_COUNT, DOWN, FLAT, UP } from '../labels/labels.ts';
import type { Forecasts } from './forecasts.ts';

const BINS = 10;

/** Forecasts of one class in one tenth of [0, 1]. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly weight: number;
  /** Null in an empty bin. */
  readonly meanProbability: number | null;
  readonly observedShare: number | null;
}

/** Of one class against the rest. */
export function calibrationCurve(
  { probabilities, classes, weights }: Forecasts,
  label: number,
): readonly CalibrationBin[] {
  const sums = Array.from({ length: BINS }, () => ({ rows: 0, weight: 0, probability: 0, observed: 0 }));
  for (let place = 0; place < classes.length; place++) {
    const probability = probabilities[place * CLASS_COUNT + label] ?? Number.NaN;
    const sum = sums[Math.min(Math.floor(probability * BINS), BINS - 1)];
    if (sum === undefined) throw new Error(`place ${place} has the probability ${probability}: expected 0 to 1`);
    const weight = weights[place] ?? 0;
    sum.rows++;
    sum.weight += weight;
    sum.probability += weight * probability;
    if (classes[place] === label) sum.observed += weight;
  }
  return sums.map(({ rows, weight, probability, observed }, bin) => ({
    from: bin / BINS,
    to: (bin + 1) / BINS,
    rows,
    weight,
    meanProbability: weight > 0 ? probability / weight : null,
    observedShare: weight > 0 ? observed / weight : null,
  }));
}

/** Expected calibration error of one class: mean |forecast − observed| over the bins, by weight. */
export function calibrationError(forecasts: Forecasts, label: number): number {
  let total = 0;
  let error = 0;
  for (const { weight, meanProbability, observedShare } of calibrationCurve(forecasts, label)) {
    total += weight;
    error += weight * Math.abs((meanProbability ?? 0) - (observedShare ?? 0));
  }
  return error / total;
}

/** The rows of one tenth of confidence, least confident first. */
export interface ConfidenceBin {
  readonly rows: number;
  /** p(side) ÷ (p(up) + p(down)), 0.5 to 1. */
  readonly meanConfidence: number;
  /** Weighted shares that sum to 1: the side came true, the other side did, neither. */
  readonly hit: number;
  readonly wrong: number;
  readonly flat: number;
}

/** Equal numbers of rows a bin. What a servo that acts above a confidence would have met. */
export function hitRateByConfidence(forecasts: Forecasts, bins = BINS): readonly ConfidenceBin[] {
  const { probabilities, classes } = forecasts;
  const views = Array.from(classes, (_, place) => {
    const down = probabilities[place * CLASS_COUNT + DOWN] ?? Number.NaN;
    const up = probabilities[place * CLASS_COUNT + UP] ?? Number.NaN;
    const moves = down + up;
    return { place, side: up >= down ? UP : DOWN, confidence: moves > 0 ? Math.max(up, down) / moves : 0.5 };
  }).sort((a, b) => a.confidence - b.confidence || a.place - b.place);
  const edge = (bin: number) => Math.floor((views.length * bin) / bins);
  return Array.from({ length: bins }, (_, bin) => views.slice(edge(bin), edge(bin + 1)))
    .filter((members) => members.length > 0)
    .map((members) => confidenceBin(members, forecasts));
}

interface View {
  readonly place: number;
  readonly side: number;
  readonly confidence: number;
}

function confidenceBin(members: readonly View[], { classes, weights }: Forecasts): ConfidenceBin {
  let total = 0;
  let confidence = 0;
  let hit = 0;
  let flat = 0;
  for (const view of members) {
    const weight = weights[view.place] ?? 0;
    total += weight;
    confidence += weight * view.confidence;
    if (classes[view.place] === view.side) hit += weight;
    if (classes[view.place] === FLAT) flat += weight;
  }
  return {
    rows: members.length,
    meanConfidence: confidence / total,
    hit: hit / total,
    wrong: (total - hit - flat) / total,
    flat: flat / total,
  };
}

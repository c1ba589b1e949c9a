/** What each forecast cost, row by row: log-loss and Brier. */
import { CLASS_COUNT } from '../labels/labels.ts';
import type { Forecasts } from './forecasts.ts';

/** The step of a float32 below 1: a probability of 0 costs as much as the smallest difference that a model can state. */
const SMALLEST = 2 ** -24;

/** −ln of the probability that the class had, by place. */
export function logLosses({ probabilities, classes }: Forecasts): Float64Array {
  return Float64Array.from(classes, (label, place) => {
    const probability = probabilities[place * CLASS_COUNT + label] ?? Number.NaN;
    return -Math.log(probability < SMALLEST ? SMALLEST : probability);
  });
}

/** Σ over the classes of (probability − outcome)², by place: 0 to 2. */
export function brierLosses({ probabilities, classes }: Forecasts): Float64Array {
  return Float64Array.from(classes, (label, place) => {
    let total = 0;
    for (let k = 0; k < CLASS_COUNT; k++) {
      total += ((probabilities[place * CLASS_COUNT + k] ?? Number.NaN) - (k === label ? 1 : 0)) ** 2;
    }
    return total;
  });
}

/** NaN without weight. */
export function weightedMean(values: ArrayLike<number>, weights: ArrayLike<number>): number {
  let total = 0;
  let weight = 0;
  for (let i = 0; i < values.length; i++) {
    total += (values[i] ?? Number.NaN) * (weights[i] ?? 0);
    weight += weights[i] ?? 0;
  }
  return total / weight;
}

/** Temperature: one number that makes all forecasts more or less sure of themselves and changes no ranking. */
import { CLASS_COUNT } from '../labels/labels.ts';
import type { Forecasts } from '../validation/forecasts.ts';

/** Scores are divided by it before the softmax: above 1 makes forecasts less sure. */
export interface Temperature {
  readonly kind: 'temperature';
  readonly temperature: number;
}

/** Searched between a tenth and ten times. */
const WIDEST = 10;
const STEPS = 60;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** By weighted log-loss on rows that the model was not trained on. The loss has one minimum in 1/T, so a golden section finds it. */
export function fitTemperature(forecasts: Forecasts): Temperature {
  const logs = forecasts.probabilities.map((probability) => Math.log(Math.max(probability, 2 ** -24)));
  let low = Math.log(1 / WIDEST);
  let high = Math.log(WIDEST);
  let left = high - GOLDEN * (high - low);
  let right = low + GOLDEN * (high - low);
  let lossLeft = lossAt(Math.exp(left), logs, forecasts);
  let lossRight = lossAt(Math.exp(right), logs, forecasts);
  for (let step = 0; step < STEPS; step++) {
    if (lossLeft <= lossRight) {
      [high, right, lossRight] = [right, left, lossLeft];
      left = high - GOLDEN * (high - low);
      lossLeft = lossAt(Math.exp(left), logs, forecasts);
    } else {
      [low, left, lossLeft] = [left, right, lossRight];
      right = low + GOLDEN * (high - low);
      lossRight = lossAt(Math.exp(right), logs, forecasts);
    }
  }
  return { kind: 'temperature', temperature: Math.exp((low + high) / 2) };
}

function lossAt(temperature: number, logs: Float32Array, { classes, weights }: Forecasts): number {
  let loss = 0;
  for (let place = 0; place < classes.length; place++) {
    const start = place * CLASS_COUNT;
    let total = 0;
    for (let k = 0; k < CLASS_COUNT; k++) total += Math.exp((logs[start + k] ?? Number.NaN) / temperature);
    const own = (logs[start + (classes[place] ?? 0)] ?? Number.NaN) / temperature;
    loss += (weights[place] ?? 0) * (Math.log(total) - own);
  }
  return loss;
}

/** p^(1/T), made to sum to 1: the same as dividing the scores, because probabilities are scores but for a constant. */
export function applyTemperature({ temperature }: Temperature, probabilities: Float32Array): Float32Array {
  const result = new Float32Array(probabilities.length);
  for (let start = 0; start < probabilities.length; start += CLASS_COUNT) {
    let total = 0;
    for (let at = start; at < start + CLASS_COUNT; at++)
      total += (probabilities[at] ?? Number.NaN) ** (1 / temperature);
    for (let at = start; at < start + CLASS_COUNT; at++) {
      result[at] = (probabilities[at] ?? Number.NaN) ** (1 / temperature) / total;
    }
  }
  return result;
}

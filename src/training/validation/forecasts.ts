/** Forecasts beside what came true, row by row in order of time: what every figure is computed from. */
import type { Examples } from '../dataset.ts';
import { CLASS_COUNT, type ClassShares } from '../labels/labels.ts';

/** All by place: row i of the probabilities belongs to class i and weight i. */
export interface Forecasts {
  /** Row-major: down, flat, up. */
  readonly probabilities: Float32Array;
  readonly classes: Uint8Array;
  readonly weights: Float64Array;
}

/** Of the examples' rows, in their order. */
export function forecastsOf(probabilities: Float32Array, { rows, classes, weights }: Examples): Forecasts {
  return checked({
    probabilities,
    classes: Uint8Array.from(rows, (row) => classes[row] ?? -1),
    weights: Float64Array.from(rows, (row) => weights[row] ?? Number.NaN),
  });
}

/** The same forecasts where every row counts alike. */
export const unweighted = (forecasts: Forecasts): Forecasts => ({
  ...forecasts,
  weights: new Float64Array(forecasts.classes.length).fill(1),
});

/** The forecasts of several folds, one after the other. */
export function joined(parts: readonly Forecasts[]): Forecasts {
  return {
    probabilities: Float32Array.from(parts.flatMap((part) => [...part.probabilities])),
    classes: Uint8Array.from(parts.flatMap((part) => [...part.classes])),
    weights: Float64Array.from(parts.flatMap((part) => [...part.weights])),
  };
}

/** The naive forecast: the same shares for every row. */
export function constantForecasts(shares: ClassShares, { classes, weights }: Forecasts): Forecasts {
  const probabilities = new Float32Array(classes.length * CLASS_COUNT);
  for (let at = 0; at < probabilities.length; at++) probabilities[at] = shares[at % CLASS_COUNT] ?? 0;
  return { probabilities, classes, weights };
}

function checked(forecasts: Forecasts): Forecasts {
  const { probabilities, classes, weights } = forecasts;
  if (probabilities.length !== classes.length * CLASS_COUNT) {
    throw new Error(
      `${probabilities.length} probabilities for ${classes.length} rows: give ${CLASS_COUNT} for each row`,
    );
  }
  const unknown = classes.findIndex((label) => label >= CLASS_COUNT);
  if (unknown >= 0) throw new Error(`place ${unknown} has no known class: take the rows from knownRows`);
  const odd = weights.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (odd >= 0) throw new Error(`place ${odd} has the weight ${weights[odd]}: weights are finite and not negative`);
  return forecasts;
}

/** Area under the ROC curve: how often a row of the one class scores above a row of the other; a tie is half. */
import { CLASS_COUNT, DOWN, FLAT, UP } from '../labels/labels.ts';
import type { Forecasts } from './forecasts.ts';

/** Null where one of the two has no weight. */
export type WeighedAuc = (weights: ArrayLike<number>) => number | null;

/** Sorted once, so that a bootstrap of weights or outcomes pays no sort. `positive` by place: 1 and 0 are the two classes, anything else takes no part. */
export function aucOfScores(
  scores: ArrayLike<number>,
): (positive: ArrayLike<number>, weights: ArrayLike<number>) => number | null {
  const places = Int32Array.from({ length: scores.length }, (_, place) => place);
  const order = places
    .filter((place) => !Number.isNaN(scores[place]))
    .sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  return (positive, weights) => {
    let above = 0;
    let negatives = 0;
    let positives = 0;
    for (let start = 0; start < order.length; ) {
      const score = scores[order[start] ?? -1];
      let tiedNegatives = 0;
      let tiedPositives = 0;
      let end = start;
      for (; end < order.length; end++) {
        const place = order[end] ?? -1;
        if (scores[place] !== score) break;
        if (positive[place] === 1) tiedPositives += weights[place] ?? 0;
        else if (positive[place] === 0) tiedNegatives += weights[place] ?? 0;
      }
      above += tiedPositives * (negatives + tiedNegatives / 2);
      negatives += tiedNegatives;
      positives += tiedPositives;
      start = end;
    }
    return negatives > 0 && positives > 0 ? above / (negatives * positives) : null;
  };
}

function aucOf(scores: ArrayLike<number>, positive: ArrayLike<number>): WeighedAuc {
  const auc = aucOfScores(scores);
  return (weights) => auc(positive, weights);
}

/** p(up) ÷ (p(up) + p(down)) by place: a signal's confidence in up. */
export function directionScores({ probabilities, classes }: Forecasts): Float64Array {
  return Float64Array.from(classes, (_, place) => {
    const down = probabilities[place * CLASS_COUNT + DOWN] ?? Number.NaN;
    const up = probabilities[place * CLASS_COUNT + UP] ?? Number.NaN;
    return down + up > 0 ? up / (down + up) : 0.5;
  });
}

/** 1 up, 0 down, −1 flat, by place. */
export const directionOf = (classes: Uint8Array): Int8Array =>
  Int8Array.from(classes, (label) => (label === UP ? 1 : label === DOWN ? 0 : -1));

/** Up against down among the rows that moved. */
export const directionAuc = (forecasts: Forecasts): WeighedAuc =>
  aucOf(directionScores(forecasts), directionOf(forecasts.classes));

/** Moved against flat, by 1 − p(flat). */
export function moveAuc({ probabilities, classes }: Forecasts): WeighedAuc {
  const scores = Float64Array.from(classes, (_, place) => -(probabilities[place * CLASS_COUNT + FLAT] ?? Number.NaN));
  return aucOf(
    scores,
    Int8Array.from(classes, (label) => (label === FLAT ? 0 : 1)),
  );
}

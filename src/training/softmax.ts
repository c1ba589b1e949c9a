/** Probabilities from scores. */

type Numbers = Float32Array | Float64Array;

/** Of the row that begins at `start`: a score for each class in, a probability for each out. The two may be one array. */
export function softmaxRow(scores: Numbers, start: number, classes: number, into: Numbers): void {
  const end = start + classes;
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i++) {
    const score = scores[i] ?? Number.NaN;
    if (score > highest) highest = score;
  }
  let total = 0;
  for (let i = start; i < end; i++) {
    const odds = Math.exp((scores[i] ?? Number.NaN) - highest);
    into[i] = odds;
    total += odds;
  }
  for (let i = start; i < end; i++) into[i] = (into[i] ?? Number.NaN) / total;
}

/** The same for all rows. */
export function softmax(scores: Float32Array, classes: number, into: Float32Array): void {
  for (let start = 0; start < scores.length; start += classes) softmaxRow(scores, start, classes, into);
}

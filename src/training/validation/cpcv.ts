/** Combinatorial purged cross-validation: every choice of k test groups out of N, put together to whole paths of forecasts. */
import { CLASS_COUNT } from '../labels/labels.ts';
import { type Fold, type FoldOptions, foldOf, spanOf } from './folds.ts';

export interface CpcvOptions extends FoldOptions {
  readonly groups: number;
  readonly testGroups: number;
}

export interface CpcvFold extends Fold {
  /** Ascending; `test` is their rows one after the other. */
  readonly groups: readonly number[];
}

export interface Cpcv {
  /** All rows, in N contiguous groups. */
  readonly groups: readonly Int32Array[];
  /** C(N, k) of them. */
  readonly folds: readonly CpcvFold[];
  /** k × C(N, k) ÷ N of them; of each group, the fold whose forecasts the path takes. */
  readonly paths: readonly (readonly number[])[];
}

export function cpcv(rows: Int32Array, endsAt: Int32Array, options: CpcvOptions): Cpcv {
  const { groups: count, testGroups } = options;
  if (!(Number.isInteger(count) && Number.isInteger(testGroups) && testGroups >= 1 && testGroups < count)) {
    throw new RangeError(`CPCV tests 1 to N − 1 of N groups, was ${testGroups} of ${count}`);
  }
  const edge = (group: number) => Math.floor((rows.length * group) / count);
  const groups = Array.from({ length: count }, (_, group) => rows.subarray(edge(group), edge(group + 1)));
  const folds = combinations(count, testGroups).map((chosen) => {
    const blocks = chosen.map((group) => groups[group] ?? new Int32Array());
    const held = blocks.map((block) => spanOf(block, endsAt));
    const candidates = concatenated(groups.filter((_, group) => !chosen.includes(group)));
    return { ...foldOf(candidates, concatenated(blocks), held, endsAt, options), groups: chosen };
  });
  return { groups, folds, paths: pathsOf(folds, count) };
}

/** The p-th path takes each group from the p-th fold that tests it. */
function pathsOf(folds: readonly CpcvFold[], groups: number): readonly (readonly number[])[] {
  const testing = Array.from({ length: groups }, (_, group) =>
    folds.flatMap((fold, index) => (fold.groups.includes(group) ? [index] : [])),
  );
  return (testing[0] ?? []).map((_, path) => testing.map((indices) => indices[path] ?? -1));
}

/** Choices of k out of 0 … n − 1, in lexical order. */
export function combinations(n: number, k: number, from = 0): readonly (readonly number[])[] {
  if (k === 0) return [[]];
  const found: (readonly number[])[] = [];
  for (let first = from; first <= n - k; first++) {
    for (const rest of combinations(n, k - 1, first + 1)) found.push([first, ...rest]);
  }
  return found;
}

function concatenated(parts: readonly Int32Array[]): Int32Array {
  const whole = new Int32Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** One whole path: probabilities of every row, in order, from the folds that the path takes. `byFold` is each fold's, in the order of its test rows. */
export function pathProbabilities(split: Cpcv, path: number, byFold: readonly Float32Array[]): Float32Array {
  const parts = (split.paths[path] ?? []).map((index, group) => {
    const fold = split.folds[index];
    const probabilities = byFold[index];
    if (fold === undefined || probabilities?.length !== fold.test.length * CLASS_COUNT) {
      throw new Error(`path ${path} needs the forecasts of all ${fold?.test.length ?? 0} test rows of fold ${index}`);
    }
    const before = fold.groups.filter((other) => other < group);
    const start = before.reduce((total, other) => total + (split.groups[other]?.length ?? 0), 0) * CLASS_COUNT;
    return probabilities.subarray(start, start + (split.groups[group]?.length ?? 0) * CLASS_COUNT);
  });
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

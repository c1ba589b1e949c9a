/** Rows whose truth the tests know: numbers by seed, classes by a rule, some values missing. */
import { seededRandom } from '../../src/domain/random.ts';
import type { Examples, FeatureMatrix } from '../../src/training/dataset.ts';

export interface Planted {
  readonly features: FeatureMatrix;
  readonly classes: Uint8Array;
  readonly weights: Float64Array;
}

/** What a rule is given: the row's values before any goes missing, and chance. */
type Rule = (values: Float32Array, chance: () => number) => number;

export function plantedRows(
  { rows, columns, seed, missingShare = 0 }: { rows: number; columns: number; seed: string; missingShare?: number },
  rule: Rule,
): Planted {
  const random = seededRandom(seed);
  const values = Float32Array.from({ length: rows * columns }, () => random.normal());
  const classes = Uint8Array.from({ length: rows }, (_, row) =>
    rule(values.subarray(row * columns, (row + 1) * columns), random.next),
  );
  const holed = values.map((value) => (random.next() < missingShare ? Number.NaN : value));
  return { features: { rows, columns, values: holed }, classes, weights: new Float64Array(rows).fill(1) };
}

/** Rows `from` to before `to`. */
export const span = (planted: Planted, from: number, to: number): Examples => ({
  ...planted,
  rows: Int32Array.from({ length: to - from }, (_, i) => from + i),
});

/** Three classes that hang together with the first two columns, in a way that no single cut tells. */
export const signalRule: Rule = ([a = 0, b = 0], chance) => {
  if (chance() < 0.2) return Math.floor(chance() * 3);
  return a * b > 0.3 ? 2 : a + b < -0.5 ? 0 : 1;
};

/** Down half of the time, flat three in ten, up one in five, whatever the values. */
export const noiseRule: Rule = (_, chance) => {
  const draw = chance();
  return draw < 0.5 ? 0 : draw < 0.8 ? 1 : 2;
};

export const NOISE_SHARES = [0.5, 0.3, 0.2] as const;
/** Σ −p ln p of the shares: no forecast of noise does better in the long run. */
export const NOISE_ENTROPY = 1.0296530140645737;

/** The plainest possible log-loss, of rows that count alike. */
export function meanLogLoss(probabilities: Float32Array, { rows, classes }: Examples, width = 3): number {
  const losses = Array.from(rows, (row, place) => -Math.log(probabilities[place * width + (classes[row] ?? 0)] ?? 0));
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

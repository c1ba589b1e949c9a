/** Fits the drift reference: how each feature is spread in training, and how far windows of the training span itself stray. */
import {
  binOf,
  type DriftReference,
  type FeatureDriftReference,
  kolmogorovSmirnov,
  PARTS,
  populationStability,
  sharesOf,
} from '../../domain/guards/drift.ts';
import { type Random, seededRandom } from '../../domain/random.ts';
import { quantileOfSorted } from '../../domain/statistics.ts';
import type { FeatureMatrix } from '../dataset.ts';

export interface DriftOptions {
  /** Of the live window, in rows. */
  readonly windowRows: number;
  /** Windows drawn from the training span. */
  readonly windows: number;
  readonly seed: string | number;
}

const WARN_QUANTILE = 0.95;
const ACT_QUANTILE = 0.99;
const BINS = PARTS + 1;

/** What one window drawn from the training span shows of one feature. */
interface Stray {
  readonly psi: number;
  readonly ks: number;
}

/** Windows are whole stretches of time, because that is what a servo meets: values of neighbouring bars are alike. */
export function fitDrift(matrix: FeatureMatrix, trainRows: Int32Array, options: DriftOptions): DriftReference {
  const { windowRows, windows, seed } = options;
  if (!(windowRows >= 1 && windowRows < trainRows.length && windows >= 2)) {
    throw new RangeError(
      `drift thresholds need 2 windows or more, each shorter than the ${trainRows.length} training rows, was ${windows} of ${windowRows} rows`,
    );
  }
  const starts = drawStarts(trainRows.length - windowRows, windows, seededRandom(`${seed}/drift`));
  const fitted = Array.from({ length: matrix.columns }, (_, column) => {
    const values = Float32Array.from(trainRows, (row) => matrix.values[row * matrix.columns + column] ?? Number.NaN);
    return fitFeature(values, starts, windowRows);
  });
  const features = fitted.map(({ reference }) => reference);
  const beyond = (isBeyond: (stray: Stray, feature: FeatureDriftReference) => boolean) =>
    Float64Array.from(
      starts,
      (_, window) =>
        fitted.filter(({ strays, reference }) => {
          const stray = strays[window];
          return stray !== undefined && isBeyond(stray, reference);
        }).length,
    ).sort();
  const warned = beyond((stray, { psiWarn, ksWarn }) => stray.psi > psiWarn || stray.ks > ksWarn);
  const acted = beyond((stray, { psiAct, ksAct }) => stray.psi > psiAct || stray.ks > ksAct);
  return {
    windowRows,
    features,
    warnCount: Math.ceil(quantileOfSorted(warned, WARN_QUANTILE)),
    actCount: Math.ceil(quantileOfSorted(acted, ACT_QUANTILE)),
  };
}

const drawStarts = (last: number, windows: number, random: Random): readonly number[] =>
  Array.from({ length: windows }, () => Math.floor(random.next() * (last + 1)));

interface FittedFeature {
  readonly reference: FeatureDriftReference;
  /** By window. */
  readonly strays: readonly Stray[];
}

function fitFeature(values: Float32Array, starts: readonly number[], windowRows: number): FittedFeature {
  const cuts = cutsOf(values);
  const bins = Uint8Array.from(values, (value) => binOf(cuts, value));
  // Rounded before anything is compared with them, because the thresholds must hold for what the passport says.
  const shares = Array.from(sharesOf(countsOf(bins), bins.length), (share) => Math.round(share * 1e6) / 1e6);
  const strays = starts.map((start) => {
    const found = sharesOf(countsOf(bins.subarray(start, start + windowRows)), windowRows);
    return { psi: populationStability(shares, found), ks: kolmogorovSmirnov(shares, found) };
  });
  const limit = (of: (stray: Stray) => number, p: number) => quantileOfSorted(Float64Array.from(strays, of).sort(), p);
  const reference = {
    cuts,
    shares,
    psiWarn: limit(({ psi }) => psi, WARN_QUANTILE),
    psiAct: limit(({ psi }) => psi, ACT_QUANTILE),
    ksWarn: limit(({ ks }) => ks, WARN_QUANTILE),
    ksAct: limit(({ ks }) => ks, ACT_QUANTILE),
  };
  return { reference, strays };
}

/** The values that 5, 10 … 95 % of the training values do not exceed; zeros where there is no value at all. */
function cutsOf(values: Float32Array): readonly number[] {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  return Array.from({ length: PARTS - 1 }, (_, cut) => sorted[Math.ceil(((cut + 1) * sorted.length) / PARTS) - 1] ?? 0);
}

function countsOf(bins: Uint8Array): Int32Array {
  const counts = new Int32Array(BINS);
  for (const bin of bins) counts[bin] = (counts[bin] ?? 0) + 1;
  return counts;
}

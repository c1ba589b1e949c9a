/** Drift: are the latest values of each feature spread as they were in training? */
import { type Grade, gradeOf } from './grade.ts';

/** How many parts of equal size the training values are cut into. PSI takes them by two: deciles. */
export const PARTS = 20;
/** The bin of missing values. */
const MISSING = PARTS;
const BINS = PARTS + 1;

/** One feature's training values and how far a window of them strays by chance. */
export interface FeatureDriftReference {
  /** 19 cuts, rising; equal ones where a value is frequent. A value on a cut lies below it. */
  readonly cuts: readonly number[];
  /** Of the training values in the 20 parts, and missing. */
  readonly shares: readonly number[];
  /** Quantiles of windows drawn from the training span itself: not of any textbook, because slow features stray far. */
  readonly psiWarn: number;
  readonly psiAct: number;
  readonly ksWarn: number;
  readonly ksAct: number;
}

/** Plain data of a model's passport. */
export interface DriftReference {
  /** Rows of a window; the thresholds hold for this length alone. */
  readonly windowRows: number;
  /** In the order of the features. */
  readonly features: readonly FeatureDriftReference[];
  /** Of so many features, some stray at any time: as many beyond their own threshold are still chance. */
  readonly warnCount: number;
  readonly actCount: number;
}

export interface FeatureDrift {
  /** Population stability index over the deciles and missing values. */
  readonly psi: number;
  /** Largest distance of the two distribution functions at the cuts (Kolmogorov and Smirnov's, grouped). */
  readonly ks: number;
  readonly grade: Grade;
}

export interface DriftReading {
  /** Rows in the window. */
  readonly samples: number;
  readonly features: readonly FeatureDrift[];
  /** Features beyond their threshold for warning, and for acting. */
  readonly warned: number;
  readonly acted: number;
  /** `calm` until the window is full. */
  readonly grade: Grade;
}

/** Values are compared as the model sees them, in single precision. */
export function binOf(cuts: ArrayLike<number>, value: number): number {
  if (Number.isNaN(value)) return MISSING;
  const single = Math.fround(value);
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cuts[middle] ?? Number.NaN) < single) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What an empty bin is taken for. */
const LEAST_SHARE = 1e-4;

/** Σ (share − expected) × ln(share ÷ expected), over deciles and missing values. */
export function populationStability(expected: ArrayLike<number>, found: ArrayLike<number>): number {
  let total = 0;
  for (let bin = 0; bin < BINS; bin += 2) {
    const wanted = Math.max(shareFrom(expected, bin), LEAST_SHARE);
    const share = Math.max(shareFrom(found, bin), LEAST_SHARE);
    total += (share - wanted) * Math.log(share / wanted);
  }
  return total;
}

const shareFrom = (shares: ArrayLike<number>, bin: number): number => (shares[bin] ?? 0) + (shares[bin + 1] ?? 0);

/** Among the values that are there. 1 where one side has none at all and the other has. */
export function kolmogorovSmirnov(expected: ArrayLike<number>, found: ArrayLike<number>): number {
  const wantedTotal = 1 - (expected[MISSING] ?? 0);
  const foundTotal = 1 - (found[MISSING] ?? 0);
  if (!(wantedTotal > 0 && foundTotal > 0)) return wantedTotal > 0 || foundTotal > 0 ? 1 : 0;
  let wanted = 0;
  let share = 0;
  let largest = 0;
  for (let bin = 0; bin < PARTS; bin++) {
    wanted += (expected[bin] ?? 0) / wantedTotal;
    share += (found[bin] ?? 0) / foundTotal;
    largest = Math.max(largest, Math.abs(share - wanted));
  }
  return largest;
}

export function sharesOf(counts: ArrayLike<number>, rows: number): Float64Array {
  return Float64Array.from({ length: BINS }, (_, bin) => (counts[bin] ?? 0) / rows);
}

/** The bins of a window's rows as text, a letter each, row by row: small in a snapshot. */
export interface DriftSnapshot {
  readonly bins: string;
}

const FIRST_LETTER = 'a'.charCodeAt(0);

/** The last rows of features, counted by bin as they come. */
export class DriftWatch {
  readonly #reference: DriftReference;
  /** Bins of the window's rows, row-major; the oldest row is overwritten. */
  readonly #bins: Uint8Array;
  /** By feature and bin. */
  readonly #counts: Int32Array;
  #rows = 0;
  #next = 0;

  constructor(reference: DriftReference) {
    this.#reference = reference;
    this.#bins = new Uint8Array(reference.windowRows * reference.features.length);
    this.#counts = new Int32Array(reference.features.length * BINS);
  }

  push(values: ArrayLike<number>): void {
    this.#pushBins((feature) => binOf(this.#reference.features[feature]?.cuts ?? [], values[feature] ?? Number.NaN));
  }

  #pushBins(binAt: (feature: number) => number): void {
    const { windowRows, features } = this.#reference;
    const start = this.#next * features.length;
    const isFull = this.#rows === windowRows;
    for (let feature = 0; feature < features.length; feature++) {
      if (isFull) this.#count(feature, this.#bins[start + feature] ?? 0, -1);
      const bin = binAt(feature);
      this.#bins[start + feature] = bin;
      this.#count(feature, bin, 1);
    }
    this.#next = (this.#next + 1) % windowRows;
    if (!isFull) this.#rows++;
  }

  #count(feature: number, bin: number, by: number): void {
    const at = feature * BINS + bin;
    this.#counts[at] = (this.#counts[at] ?? 0) + by;
  }

  reading(): DriftReading {
    const samples = this.#rows;
    const { windowRows, features, warnCount, actCount } = this.#reference;
    if (samples < windowRows) return { samples, features: [], warned: 0, acted: 0, grade: 'calm' };
    const drifts = features.map((feature, k) => {
      const counts = this.#counts.subarray(k * BINS, (k + 1) * BINS);
      return driftOf(feature, sharesOf(counts, samples));
    });
    const acted = drifts.filter(({ grade }) => grade === 'act').length;
    const warned = drifts.filter(({ grade }) => grade !== 'calm').length;
    const grade = acted > actCount ? 'act' : warned > warnCount ? 'warn' : 'calm';
    return { samples, features: drifts, warned, acted, grade };
  }

  snapshot(): DriftSnapshot {
    const width = this.#reference.features.length;
    const oldest = this.#rows < this.#reference.windowRows ? 0 : this.#next;
    const letters: string[] = [];
    for (let age = 0; age < this.#rows; age++) {
      const start = ((oldest + age) % this.#reference.windowRows) * width;
      for (const bin of this.#bins.subarray(start, start + width))
        letters.push(String.fromCharCode(FIRST_LETTER + bin));
    }
    return { bins: letters.join('') };
  }

  /** Goes on where the snapshot was taken. Of another reference it is worthless: begin anew instead. */
  static restore(reference: DriftReference, { bins }: DriftSnapshot): DriftWatch {
    const watch = new DriftWatch(reference);
    const width = reference.features.length;
    if (bins.length % width !== 0 || bins.length > width * reference.windowRows) {
      throw new Error(
        `a drift snapshot of ${bins.length} bins is not of ${width} features: begin with an empty window`,
      );
    }
    for (let start = 0; start < bins.length; start += width) {
      watch.#pushBins((feature) => bins.charCodeAt(start + feature) - FIRST_LETTER);
    }
    return watch;
  }
}

/** The graver of what the two measures say. */
function driftOf(reference: FeatureDriftReference, shares: Float64Array): FeatureDrift {
  const psi = populationStability(reference.shares, shares);
  const ks = kolmogorovSmirnov(reference.shares, shares);
  const grades = [gradeOf(psi, reference.psiWarn, reference.psiAct), gradeOf(ks, reference.ksWarn, reference.ksAct)];
  const grade = grades.includes('act') ? 'act' : grades.includes('warn') ? 'warn' : 'calm';
  return { psi, ks, grade };
}

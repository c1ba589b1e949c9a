/** Grows one tree, always at the leaf that gains most, until it has as many leaves as it may. */
import { type BinnedRows, missingSlot, NO_SLOT } from './bins.ts';
import type { GrownForest } from './grown-forest.ts';
import { emptyHistogram, fillHistogram, type Histogram, subtract } from './histogram.ts';
import type { GbdtOptions } from './options.ts';
import { bestSplit, type Split, type Sums } from './split.ts';

/** What one tree is fitted to. */
export interface Lesson {
  /** The class whose score the tree corrects. */
  readonly target: number;
  /** By row, in the bag or not: first and second derivative of the loss by that score. */
  readonly derivatives: Float64Array;
  /** The rows that the tree sees. */
  readonly bag: Int32Array;
  /** The features that it may ask. */
  readonly columns: Int32Array;
}

/** A leaf of the growing tree. Its rows are `rows[from]` to before `rows[to]`. */
interface OpenLeaf {
  readonly node: number;
  readonly from: number;
  readonly to: number;
  readonly sums: Sums;
  /** Absent where no question is worth asking. */
  readonly growth?: Growth;
}

interface Growth {
  readonly split: Split;
  readonly histogram: Histogram;
}

export class TreeGrower {
  readonly #binned: BinnedRows;
  readonly #forest: GrownForest;
  readonly #options: GbdtOptions;
  /** The bag, parted leaf by leaf. */
  readonly #rows: Int32Array;
  readonly #goingRight: Int32Array;
  readonly #freeHistograms: Histogram[] = [];

  constructor(binned: BinnedRows, forest: GrownForest, options: GbdtOptions) {
    this.#binned = binned;
    this.#forest = forest;
    this.#options = options;
    this.#rows = new Int32Array(binned.rows);
    this.#goingRight = new Int32Array(binned.rows);
  }

  grow(lesson: Lesson): void {
    const { leavesMax } = this.#options;
    const leaves = [this.#root(lesson)];
    while (leaves.length < leavesMax) {
      const place = placeOfMostGain(leaves);
      const leaf = leaves[place];
      if (leaf?.growth === undefined) break;
      const [left, right] = this.#part(leaf, leaf.growth, lesson, leaves.length + 1 < leavesMax);
      leaves[place] = left;
      leaves.push(right);
    }
    for (const { node, sums, growth } of leaves) {
      this.#forest.setValue(node, this.#answer(sums));
      if (growth !== undefined) this.#freeHistograms.push(growth.histogram);
    }
  }

  /** One step of Newton's method, shortened. */
  #answer({ first, second }: Sums): number {
    const { l2, learningRate } = this.#options;
    return (-learningRate * first) / (second + l2);
  }

  #root(lesson: Lesson): OpenLeaf {
    const { bag, derivatives, target } = lesson;
    this.#rows.set(bag);
    let first = 0;
    let second = 0;
    for (const row of bag) {
      first += derivatives[2 * row] ?? 0;
      second += derivatives[2 * row + 1] ?? 0;
    }
    const leaf = { node: this.#forest.startTree(target), from: 0, to: bag.length, sums: { first, second } };
    return this.#canPart(leaf.sums) ? this.#withGrowth(leaf, this.#histogram(leaf, lesson), lesson) : leaf;
  }

  /** Counts the smaller part and gets the larger one by subtraction. Parts that will not be parted again need neither. */
  #part(leaf: OpenLeaf, { split, histogram }: Growth, lesson: Lesson, goesOn: boolean): [OpenLeaf, OpenLeaf] {
    const nodes = this.#forest.split(leaf.node, split);
    const middle = this.#partRows(leaf, split);
    const { leftSums } = split;
    const rightSums = { first: leaf.sums.first - leftSums.first, second: leaf.sums.second - leftSums.second };
    const left: OpenLeaf = { node: nodes.left, from: leaf.from, to: middle, sums: leftSums };
    const right: OpenLeaf = { node: nodes.right, from: middle, to: leaf.to, sums: rightSums };
    if (!goesOn || !(this.#canPart(leftSums) || this.#canPart(rightSums))) {
      this.#freeHistograms.push(histogram);
      return [left, right];
    }
    const leftIsSmaller = middle - leaf.from < leaf.to - middle;
    const counted = this.#histogram(leftIsSmaller ? left : right, lesson);
    subtract(histogram, counted);
    const [ofLeft, ofRight] = leftIsSmaller ? [counted, histogram] : [histogram, counted];
    return [this.#withGrowth(left, ofLeft, lesson), this.#withGrowth(right, ofRight, lesson)];
  }

  #canPart({ second }: Sums): boolean {
    return second >= 2 * this.#options.minChildWeight;
  }

  #withGrowth(leaf: OpenLeaf, histogram: Histogram, { columns }: Lesson): OpenLeaf {
    const split = this.#canPart(leaf.sums)
      ? bestSplit(histogram, this.#binned.bins, columns, leaf.sums, this.#options)
      : undefined;
    if (split !== undefined) return { ...leaf, growth: { split, histogram } };
    this.#freeHistograms.push(histogram);
    return leaf;
  }

  #histogram({ from, to }: OpenLeaf, { derivatives }: Lesson): Histogram {
    const histogram = this.#freeHistograms.pop() ?? emptyHistogram(this.#binned);
    fillHistogram(histogram, this.#binned, derivatives, this.#rows, from, to);
    return histogram;
  }

  /** Left rows before right ones, both in the order they had. Returns where the right ones begin. */
  #partRows({ from, to }: OpenLeaf, { column, bin, missingLeft }: Split): number {
    const { slots, columns, bins } = this.#binned;
    const lastLeft = column * bins + bin;
    const leftAlso = missingLeft ? missingSlot(column, bins) : NO_SLOT;
    const rows = this.#rows;
    const goingRight = this.#goingRight;
    let left = from;
    let right = 0;
    for (let i = from; i < to; i++) {
      const row = rows[i] ?? 0;
      const slot = slots[row * columns + column] ?? 0;
      if (slot <= lastLeft || slot === leftAlso) rows[left++] = row;
      else goingRight[right++] = row;
    }
    rows.set(goingRight.subarray(0, right), left);
    return left;
  }
}

function placeOfMostGain(leaves: readonly OpenLeaf[]): number {
  const gains = leaves.map(({ growth }) => growth?.split.gain ?? 0);
  return gains.indexOf(Math.max(...gains));
}

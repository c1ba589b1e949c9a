/** The trees grown so far: room for all of them is taken once, and each node knows its bin as well as its value. */
import { type Forest, LEAF } from '../../inference/onnx/forest.ts';
import { type BinnedRows, type Edges, missingSlot, NO_SLOT } from './bins.ts';
import type { Split } from './split.ts';

export class GrownForest {
  readonly #edges: Edges;
  readonly #bins: number;
  readonly #roots: Int32Array;
  readonly #targets: Int32Array;
  readonly #feature: Int32Array;
  /** By node: rows up to this slot go left, */
  readonly #lastLeft: Int32Array;
  /** and those in this one. */
  readonly #leftAlso: Int32Array;
  readonly #threshold: Float32Array;
  readonly #missingLeft: Uint8Array;
  readonly #left: Int32Array;
  readonly #value: Float32Array;
  #trees = 0;
  #nodes = 0;

  constructor(edges: Edges, bins: number, treesMax: number, leavesMax: number) {
    const nodesMax = treesMax * (2 * leavesMax - 1);
    this.#edges = edges;
    this.#bins = bins;
    this.#roots = new Int32Array(treesMax);
    this.#targets = new Int32Array(treesMax);
    this.#feature = new Int32Array(nodesMax);
    this.#lastLeft = new Int32Array(nodesMax);
    this.#leftAlso = new Int32Array(nodesMax);
    this.#threshold = new Float32Array(nodesMax);
    this.#missingLeft = new Uint8Array(nodesMax);
    this.#left = new Int32Array(nodesMax);
    this.#value = new Float32Array(nodesMax);
  }

  get trees(): number {
    return this.#trees;
  }

  /** Returns the new tree's root, a leaf. */
  startTree(target: number): number {
    this.#roots[this.#trees] = this.#nodes;
    this.#targets[this.#trees] = target;
    this.#trees++;
    return this.#addLeaf();
  }

  /** Makes a leaf of the newest tree ask a question, and returns the two new leaves. */
  split(leaf: number, { column, bin, missingLeft }: Split): { readonly left: number; readonly right: number } {
    const left = this.#addLeaf();
    const right = this.#addLeaf();
    this.#feature[leaf] = column;
    this.#lastLeft[leaf] = column * this.#bins + bin;
    this.#leftAlso[leaf] = missingLeft ? missingSlot(column, this.#bins) : NO_SLOT;
    // After the last edge comes nothing but missing values.
    this.#threshold[leaf] = this.#edges[column]?.[bin] ?? Number.POSITIVE_INFINITY;
    this.#missingLeft[leaf] = missingLeft ? 1 : 0;
    this.#left[leaf] = left;
    return { left, right };
  }

  /** Float32, as the exported model holds it. */
  setValue(leaf: number, value: number): number {
    this.#value[leaf] = value;
    return this.#value[leaf] ?? 0;
  }

  /** Adds the tree's answer for each row to the row's score of its class. */
  addTo(scores: Float32Array, classes: number, tree: number, binned: BinnedRows): void {
    const { slots, columns } = binned;
    const root = this.#roots[tree] ?? 0;
    const target = this.#targets[tree] ?? 0;
    const feature = this.#feature;
    const lastLeft = this.#lastLeft;
    const leftAlso = this.#leftAlso;
    const left = this.#left;
    for (let row = 0; row < binned.rows; row++) {
      const start = row * columns;
      let node = root;
      let column = feature[node] ?? LEAF;
      while (column !== LEAF) {
        const slot = slots[start + column] ?? 0;
        const goesLeft = Number(slot <= (lastLeft[node] ?? 0)) | Number(slot === leftAlso[node]);
        node = (left[node] ?? 0) + 1 - goesLeft;
        column = feature[node] ?? LEAF;
      }
      const score = row * classes + target;
      scores[score] = (scores[score] ?? 0) + (this.#value[node] ?? 0);
    }
  }

  /** The first trees alone. */
  first(trees: number): Forest {
    const nodes = trees < this.#trees ? (this.#roots[trees] ?? 0) : this.#nodes;
    return {
      rule: 'at_most',
      roots: this.#roots.slice(0, trees),
      targets: this.#targets.slice(0, trees),
      feature: this.#feature.slice(0, nodes),
      threshold: this.#threshold.slice(0, nodes),
      missingLeft: this.#missingLeft.slice(0, nodes),
      left: this.#left.slice(0, nodes),
      value: this.#value.slice(0, nodes),
    };
  }

  #addLeaf(): number {
    this.#feature[this.#nodes] = LEAF;
    return this.#nodes++;
  }
}

/** Decision trees as flat columns, and the one ONNX node that sums what their leaves say. */
import type { OnnxNode } from './graph.ts';

/** Nodes are numbered over all trees. Every tree's nodes stand together, its root first. */
export interface Forest {
  /** `below`: a value goes left when it is less than the threshold; `at_most`: when it is not more. */
  readonly rule: 'at_most' | 'below';
  /** By tree: its first node. */
  readonly roots: Int32Array;
  /** By tree: the column of the sums that its leaves add to. */
  readonly targets: Int32Array;
  /** By node: the feature asked, or `LEAF`. */
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  /** By node: 1 where a missing value goes left. */
  readonly missingLeft: Uint8Array;
  /** By node: its left child. The right one stands behind it. */
  readonly left: Int32Array;
  /** By node: what a leaf adds. */
  readonly value: Float32Array;
}

export const LEAF = -1;

const MODES = { at_most: 'BRANCH_LEQ', below: 'BRANCH_LT' } as const;

/**
 * [rows, features] → [rows, targetCount]: what the trees' leaves add up to in float32, in the order of the trees.
 * There are no `base_values`, because ONNX Runtime drops them for a target that no leaf adds to: a tree of one leaf says the same.
 */
export function forestNode(forest: Forest, targetCount: number, input: string, output: string): OnnxNode {
  const { rule, roots, targets, feature, threshold, missingLeft, left, value } = forest;
  const treeOf = new Int32Array(feature.length);
  const placeInTree = new Int32Array(feature.length);
  for (const [tree, root] of roots.entries()) {
    for (let node = root; node < (roots[tree + 1] ?? feature.length); node++) {
      treeOf[node] = tree;
      placeInTree[node] = node - root;
    }
  }
  const isLeaf = (node: number) => feature[node] === LEAF;
  const leftPlace = left.map((child, node) => (isLeaf(node) ? 0 : (placeInTree[child] ?? 0)));
  const leaves = Int32Array.from(feature.keys()).filter(isLeaf);
  return {
    op: 'TreeEnsembleRegressor',
    domain: 'ai.onnx.ml',
    inputs: [input],
    outputs: [output],
    attributes: {
      n_targets: targetCount,
      nodes_treeids: treeOf,
      nodes_nodeids: placeInTree,
      nodes_modes: Array.from(feature, (column) => (column === LEAF ? 'LEAF' : MODES[rule])),
      nodes_featureids: feature.map((column) => Math.max(column, 0)),
      nodes_values: threshold,
      nodes_missing_value_tracks_true: Int32Array.from(missingLeft),
      nodes_truenodeids: leftPlace,
      nodes_falsenodeids: leftPlace.map((place, node) => (isLeaf(node) ? 0 : place + 1)),
      target_treeids: leaves.map((node) => treeOf[node] ?? 0),
      target_nodeids: leaves.map((node) => placeInTree[node] ?? 0),
      target_ids: leaves.map((node) => targets[treeOf[node] ?? 0] ?? 0),
      target_weights: Float32Array.from(leaves, (node) => value[node] ?? 0),
    },
  };
}

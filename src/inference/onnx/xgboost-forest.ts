/** The trees of an XGBoost model as a forest: breadth first, what pruning left behind dropped. */
import { ModelError } from '../model-error.ts';
import { type Forest, LEAF } from './forest.ts';
import { SAVE_AGAIN, type XgboostTree } from './xgboost-json.ts';

/**
 * `starts` holds a score for each target, which its sum begins with; `targets` is by tree. Throws a `ModelError` for trees that
 * are none, or that ask what ONNX cannot.
 */
export function xgboostForest(
  file: string,
  features: number,
  starts: readonly number[],
  trees: readonly XgboostTree[],
  targets: readonly number[],
): Forest {
  const nodes: Node[] = starts.map((value) => ({ ...LEAF_NODE, value }));
  const roots = [...nodes.keys()];
  for (const [place, tree] of trees.entries()) {
    const root = nodes.length;
    roots.push(root);
    for (const node of nodesOf(`${file}: tree ${place}`, tree, features, root)) nodes.push(node);
  }
  return {
    rule: 'below',
    roots: Int32Array.from(roots),
    targets: Int32Array.from([...starts.keys(), ...targets]),
    feature: Int32Array.from(nodes, ({ feature }) => feature),
    threshold: Float32Array.from(nodes, ({ threshold }) => threshold),
    missingLeft: Uint8Array.from(nodes, ({ missingLeft }) => missingLeft),
    left: Int32Array.from(nodes, ({ left }) => left),
    value: Float32Array.from(nodes, ({ value }) => value),
  };
}

interface Node {
  readonly feature: number;
  readonly threshold: number;
  readonly missingLeft: 0 | 1;
  readonly left: number;
  readonly value: number;
}

const LEAF_NODE: Node = { feature: LEAF, threshold: 0, missingLeft: 0, left: 0, value: 0 };
const NO_CHILD = -1;

/** `root` is the number that the tree's root gets in the forest. */
function nodesOf(where: string, tree: XgboostTree, features: number, root: number): Node[] {
  checkForm(where, tree);
  const { left_children, right_children, split_indices, split_conditions, default_left } = tree;
  const order = [0];
  const seen = new Set(order);
  const nodes: Node[] = [];
  for (const old of order) {
    const number = split_conditions[old] ?? Number.NaN;
    if (Number.isNaN(number)) throw new ModelError(`${where}, node ${old}`, 'holds no number', SAVE_AGAIN);
    const children = [left_children[old] ?? NO_CHILD, right_children[old] ?? NO_CHILD];
    if (children[0] === NO_CHILD) {
      nodes.push({ ...LEAF_NODE, value: number });
      continue;
    }
    const feature = split_indices[old] ?? features;
    if (!(feature >= 0 && feature < features)) {
      throw new ModelError(`${where}, node ${old}`, `asks feature ${feature} of ${features}`, SAVE_AGAIN);
    }
    nodes.push({
      feature,
      threshold: number,
      missingLeft: default_left[old] ? 1 : 0,
      left: root + order.length,
      value: 0,
    });
    for (const child of children) {
      if (!(child >= 0 && child < left_children.length) || seen.has(child)) {
        throw new ModelError(`${where}, node ${old}`, `node ${child} cannot be its child`, SAVE_AGAIN);
      }
      seen.add(child);
      order.push(child);
    }
  }
  return nodes;
}

function checkForm(where: string, tree: XgboostTree): void {
  const { left_children, right_children, split_indices, split_conditions, default_left, split_type, tree_param } = tree;
  if (split_type.some((type) => type !== 0)) {
    throw new ModelError(where, 'splits by categories are not supported', 'Fit it with enable_categorical=False');
  }
  if (tree_param.size_leaf_vector > 1) {
    const remedy = 'Fit it with multi_strategy="one_output_per_tree"';
    throw new ModelError(where, 'leaves of several answers are not supported', remedy);
  }
  const columns = [left_children, right_children, split_indices, split_conditions, default_left];
  if (left_children.length > 0 && columns.every(({ length }) => length === left_children.length)) return;
  throw new ModelError(where, `columns of ${columns.map(({ length }) => length).join(', ')} nodes`, SAVE_AGAIN);
}

import type { Forest } from '../../forest/forest.ts';
import { categoryRule } from './category-rule.ts';
import type { Attribute } from './graph.ts';

/** Numbers of the specification: modes of nodes, the sum as aggregate, no transformation of it. */
const AT_MOST = 0;
const MEMBER = 6;
const SUM = 1;
const NO_TRANSFORM = 0;

/**
 * One tree as attributes of `TreeEnsemble` in double precision, where inner nodes and leaves are two lists and nodes with the same
 * answer point to one leaf.
 *
 * Source  https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html, version 5
 *
 * @param answers what a row is answered that ends in a leaf, by the leaf's row of `forest.values`
 */
export function treeEnsemble(forest: Forest, tree: number, answers: Float64Array): Record<string, Attribute> {
  const { feature, left, treeStart } = forest;
  const root = treeStart[tree]!;
  const end = treeStart[tree + 1]!;
  const nodes = numberNodes(forest, root, end);
  const list = emptyNodes(nodes.innerCount);
  const weights: number[] = [];
  const leafOf = new Map<number, number>();
  const leaf = (node: number): number => {
    const row = forest.leaf[node]!;
    const known = leafOf.get(row);
    if (known !== undefined) return known;
    leafOf.set(row, weights.length);
    return weights.push(answers[row]!) - 1;
  };
  const setChildren = (at: number, trueChild: number, falseChild: number): void => {
    const trueIsLeaf = feature[trueChild]! < 0;
    const falseIsLeaf = feature[falseChild]! < 0;
    list.trueIsLeaf[at] = trueIsLeaf ? 1 : 0;
    list.trueChild[at] = trueIsLeaf ? leaf(trueChild) : nodes.innerNumber[trueChild - root]!;
    list.falseIsLeaf[at] = falseIsLeaf ? 1 : 0;
    list.falseChild[at] = falseIsLeaf ? leaf(falseChild) : nodes.innerNumber[falseChild - root]!;
  };
  if (feature[root]! < 0) setChildren(0, root, root);
  for (let node = root; node < end; node++) {
    if (feature[node]! < 0) continue;
    const at = nodes.innerNumber[node - root]!;
    const leftChild = left[node]!;
    if (setSplit(list, at, forest, node)) setChildren(at, leftChild, leftChild + 1);
    else setChildren(at, leftChild + 1, leftChild);
  }
  return {
    n_targets: 1,
    aggregate_function: SUM,
    post_transform: NO_TRANSFORM,
    tree_roots: Int32Array.of(0),
    ...nodeAttributes(list),
    leaf_targetids: new Int32Array(weights.length),
    leaf_weights: { type: 'double', dims: [weights.length], values: Float64Array.from(weights) },
  };
}

/** Numbers of inner nodes among themselves, from the root on. A tree of one leaf is written as a split that does not matter. */
function numberNodes({ feature }: Forest, root: number, end: number): { innerNumber: Int32Array; innerCount: number } {
  const innerNumber = new Int32Array(end - root);
  let innerCount = 0;
  for (let node = root; node < end; node++) if (feature[node]! >= 0) innerNumber[node - root] = innerCount++;
  return { innerNumber, innerCount: Math.max(1, innerCount) };
}

type Nodes = ReturnType<typeof emptyNodes>;

function emptyNodes(count: number) {
  return {
    feature: new Int32Array(count),
    mode: new Uint8Array(count),
    split: new Float64Array(count),
    missingIsTrue: new Int32Array(count),
    trueChild: new Int32Array(count),
    trueIsLeaf: new Int32Array(count),
    falseChild: new Int32Array(count),
    falseIsLeaf: new Int32Array(count),
    /** The sets of nodes of mode MEMBER one after another, each ended by NaN. */
    members: [] as number[],
  };
}

/** @returns whether the true side is the left one */
function setSplit(nodes: Nodes, at: number, forest: Forest, node: number): boolean {
  const f = forest.feature[node]!;
  const missingLeft = forest.missingLeft[node]!;
  const feature = forest.features[f]!;
  nodes.feature[at] = f;
  if (feature.kind === 'numeric') {
    nodes.mode[at] = AT_MOST;
    nodes.split[at] = forest.threshold[node]!;
    nodes.missingIsTrue[at] = missingLeft;
    return true;
  }
  const rule = categoryRule(forest, node, feature.categories.length);
  nodes.mode[at] = rule.kind === 'member' ? MEMBER : AT_MOST;
  if (rule.kind === 'member') nodes.members.push(...rule.codes, Number.NaN);
  else nodes.split[at] = rule.threshold;
  nodes.missingIsTrue[at] = rule.trueIsLeft ? missingLeft : 1 - missingLeft;
  return rule.trueIsLeft;
}

function nodeAttributes(nodes: Nodes): Record<string, Attribute> {
  const dims = [nodes.feature.length];
  const members = Float64Array.from(nodes.members);
  return {
    nodes_featureids: nodes.feature,
    nodes_modes: { type: 'uint8', dims, values: nodes.mode },
    nodes_splits: { type: 'double', dims, values: nodes.split },
    nodes_missing_value_tracks_true: nodes.missingIsTrue,
    nodes_truenodeids: nodes.trueChild,
    nodes_trueleafs: nodes.trueIsLeaf,
    nodes_falsenodeids: nodes.falseChild,
    nodes_falseleafs: nodes.falseIsLeaf,
    ...(members.length === 0 ? {} : { membership_values: { type: 'double', dims: [members.length], values: members } }),
  };
}

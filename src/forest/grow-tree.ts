import { type BestCut, UNSEEN } from './best-cut.ts';
import { BinBlock } from './bin-block.ts';
import { treeRandom } from './bootstrap.ts';
import { ClassSplitter } from './class-splitter.ts';
import { type ColumnsByWidth, splitByWidth } from './columns-by-width.ts';
import type { GrowingSet } from './growing-set.ts';
import { NodeRows } from './node-rows.ts';
import { featureCount } from './params.ts';
import { Random } from './random.ts';
import { ScalarSplitter } from './scalar-splitter.ts';
import type { Splitter } from './splitter.ts';
import { type GrownTree, TreeBuilder } from './tree-builder.ts';
import { WholeSplitter } from './whole-splitter.ts';

interface Node {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

/**
 * Grows trees on binned features, one after another in the same buffers. A tree depends on the data, the parameters and its
 * number alone.
 *
 * Cost    O(depth × rows × max-features) a tree
 * Source  Breiman 2001, Machine Learning 45(1)
 */
export class TreeGrower {
  readonly #set: GrowingSet;
  readonly #rows: NodeRows;
  readonly #splitter: Splitter;
  readonly #tree: TreeBuilder;
  /** Of the leaf that is made. */
  readonly #values: Float64Array;
  readonly #block: BinBlock;
  readonly #blockColumns: ColumnsByWidth;
  readonly #allColumns: ColumnsByWidth;
  #blockEnd = 0;
  readonly #candidates: Int32Array;
  readonly #nCandidates: number;
  /** By depth and feature: whether the feature is known to have one value in the node of the path there, and so below. */
  #constant: Uint8Array;
  #random = new Random(0);
  #rootWeight = 0;

  constructor(set: GrowingSet) {
    const { params, binned, response } = set;
    this.#set = set;
    this.#rows = new NodeRows(set);
    this.#splitter = splitterOf(set, this.#rows);
    this.#tree = new TreeBuilder(binned.features, response.outputs);
    this.#values = new Float64Array(response.outputs);
    this.#block = new BinBlock(binned);
    this.#blockColumns = splitByWidth(this.#block.columns);
    this.#allColumns = splitByWidth(binned.columns);
    this.#candidates = new Int32Array(binned.features.length);
    this.#nCandidates = featureCount(params.maxFeatures, binned.features.length);
    this.#constant = new Uint8Array(64 * binned.features.length);
  }

  grow(treeNumber: number): GrownTree {
    const { maxLeafNodes } = this.#set.params;
    this.#random = treeRandom(this.#set.params, treeNumber);
    this.#rows.draw(this.#random);
    for (let f = 0; f < this.#candidates.length; f++) this.#candidates[f] = f;
    this.#constant.fill(0);
    this.#blockEnd = 0;
    const root = { id: this.#tree.add(), start: 0, end: this.#rows.size, depth: 0 };
    if (maxLeafNodes === null) this.#growDepthFirst(root);
    else this.#growBestFirst(root, maxLeafNodes);
    return this.#tree.finish(this.#rootWeight);
  }

  #growDepthFirst(root: Node): void {
    const width = this.#candidates.length;
    const open: Node[] = [root];
    for (let node = open.pop(); node; node = open.pop()) {
      const at = node.depth * width;
      if (node.start >= this.#blockEnd) {
        if (node.end - node.start > this.#block.size) this.#splitter.read(this.#allColumns);
        else {
          this.#rows.turnTo(node.depth);
          this.#block.load(this.#rows.row, node.start, node.end);
          this.#blockEnd = node.end;
          this.#splitter.read(this.#blockColumns);
        }
      }
      if (at + width > this.#constant.length) this.#growConstant();
      if (node.depth > 0) this.#constant.copyWithin(at, at - width, at);
      if (!this.#findCut(node, at)) this.#leaf(node);
      else {
        const { left, right } = this.#divide(node, this.#splitter.best, this.#splitter.gain());
        open.push(right, left);
      }
    }
  }

  /** Always the split with the greatest gain, until there are so many leaves. */
  #growBestFirst(root: Node, maxLeafNodes: number): void {
    const open: { node: Node; cut: BestCut; gain: number }[] = [];
    const consider = (node: Node): void => {
      this.#constant.fill(0, 0, this.#candidates.length);
      const found = this.#findCut(node, 0);
      // What it predicts while it is not split.
      this.#leaf(node);
      if (!found) return;
      const cut = this.#splitter.best.copyOf();
      const gain = this.#splitter.gain();
      let at = open.length;
      while (at > 0 && open[at - 1]!.gain >= gain) at--;
      open.splice(at, 0, { node, cut, gain });
    };
    consider(root);
    for (let leaves = 1; leaves < maxLeafNodes && open.length > 0; leaves++) {
      const { node, cut, gain } = open.pop()!;
      const { left, right } = this.#divide(node, cut, gain);
      consider(left);
      consider(right);
    }
  }

  /** Lets the splitter look for the node's cut. @returns false when the node is a leaf */
  #findCut(node: Node, constantAt: number): boolean {
    const { params, response } = this.#set;
    const splitter = this.#splitter;
    this.#rows.turnTo(node.depth);
    const varies = splitter.open(node.start, node.end);
    if (node.depth === 0) this.#rootWeight = splitter.nodeWeight();
    const n = node.end - node.start;
    if (!varies || n < params.minSamplesSplit || n < 2 * params.minSamplesLeaf) return false;
    if (params.maxDepth !== null && node.depth >= params.maxDepth) return false;
    const candidates = this.#candidates;
    const constant = this.#constant;
    const random = params.splitter === 'random' ? this.#random : undefined;
    const all = this.#nCandidates === candidates.length;
    let varying = 0;
    // As in scikit-learn: constant features count as looked at, but at least one that varies is tried.
    for (let seen = 0; seen < candidates.length && (seen < this.#nCandidates || varying === 0); seen++) {
      if (!all) {
        const pick = seen + this.#random.below(candidates.length - seen);
        const picked = candidates[pick]!;
        candidates[pick] = candidates[seen]!;
        candidates[seen] = picked;
      }
      const feature = candidates[seen]!;
      if (constant[constantAt + feature] === 1) continue;
      if (!splitter.scan(feature, random)) constant[constantAt + feature] = 1;
      else {
        varying++;
        if (splitter.isPerfect()) break;
      }
    }
    if (splitter.best.feature === -1) return false;
    if (params.minImpurityDecrease === 0) return true;
    const scale = response.kind === 'classes' ? 1 : response.impurityScale;
    return (scale * splitter.gain()) / this.#rootWeight + Number.EPSILON >= params.minImpurityDecrease;
  }

  #divide(node: Node, cut: BestCut, gain: number): { left: Node; right: Node } {
    const { start, end } = node;
    const { columns, nBins } = this.#set.binned;
    const { goesLeft } = cut;
    const bins = (node.start < this.#blockEnd ? this.#block.columns : columns)[cut.feature]!;
    const middle = this.#rows.divide(node.depth, start, end, bins, cut);
    // Where no missing cell was seen they go with the larger side, as in scikit-learn.
    const missingLeft = cut.hasMissing ? cut.missingLeft : middle - start > end - middle;
    if (cut.categorical) {
      const size = nBins[cut.feature]!;
      for (let bin = 0; bin < size; bin++) if (goesLeft[bin] === UNSEEN) goesLeft[bin] = missingLeft ? 1 : 0;
    }
    const threshold = cut.categorical ? 0 : this.#threshold(cut);
    const left = this.#tree.split(node.id, { feature: cut.feature, threshold, missingLeft, goesLeft, gain });
    const depth = node.depth + 1;
    return { left: { id: left, start, end: middle, depth }, right: { id: left + 1, start: middle, end, depth } };
  }

  /** Halfway between the values on both sides, as in scikit-learn. */
  #threshold({ feature, drawn, lastLeft, firstRight }: BestCut): number {
    if (firstRight === -1) return Number.POSITIVE_INFINITY;
    if (!Number.isNaN(drawn)) return drawn;
    const { low, high } = this.#set.binned;
    const below = high[feature * 256 + lastLeft]!;
    const above = low[feature * 256 + firstRight]!;
    const middle = below / 2 + above / 2;
    return middle < above ? Math.max(middle, below) : below;
  }

  /** Of the node that the splitter is at. */
  #leaf({ id }: Node): void {
    this.#splitter.leaf(this.#values);
    this.#tree.setLeaf(id, this.#values);
  }

  #growConstant(): void {
    const longer = new Uint8Array(this.#constant.length * 2);
    longer.set(this.#constant);
    this.#constant = longer;
  }
}

function splitterOf(set: GrowingSet, rows: NodeRows): Splitter {
  const { response } = set;
  if (response.kind === 'whole') return new WholeSplitter(set, rows, response);
  if (response.kind === 'scalar') return new ScalarSplitter(set, rows, response);
  return new ClassSplitter(set, rows, response);
}

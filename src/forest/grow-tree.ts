import { MISSING } from './bins.ts';
import { type Cut, CutFinder, categoryOrders, drawThreshold, scoreOf, type Totals } from './find-split.ts';
import type { GrowingSet } from './growing-set.ts';
import { BinCollector, type OccupiedBins } from './occupied-bins.ts';
import { featureCount } from './params.ts';
import { Random } from './random.ts';
import { sampleRows } from './sample-rows.ts';
import { type GrownTree, TreeBuilder } from './tree-builder.ts';

interface Node {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  readonly totals: Totals;
  /** Features that are known to have one value here, and so below. */
  readonly constant: Uint8Array;
}

interface Split {
  readonly feature: number;
  /** Decrease of impurity times weight. */
  readonly gain: number;
  readonly goesLeft: Uint8Array;
  readonly threshold: number;
}

interface FoundCut {
  readonly feature: number;
  readonly cut: Cut;
  readonly order: Int32Array;
  /** The threshold of an extremely randomised tree. */
  readonly drawn: number | undefined;
}

/** Orders of categories lie in buffers that the next feature writes to. */
function kept(order: Int32Array, categorical: boolean): Int32Array {
  return categorical ? order.slice() : order;
}

/**
 * Grows one tree on binned features, choosing each split from histograms. The tree depends on the data, the parameters and its
 * number alone.
 *
 * Cost    O(depth × rows × max-features)
 * Source  Breiman 2001, Machine Learning 45(1); histogram splits: Ke et al. 2017, LightGBM, algorithm 1
 */
export function growTree(set: GrowingSet, treeNumber: number): GrownTree {
  return new Grower(set, treeNumber).grow();
}

class Grower {
  readonly #set: GrowingSet;
  readonly #random: Random;
  readonly #rows: Int32Array;
  readonly #moved: Int32Array;
  readonly #weights: Float64Array;
  readonly #collector: BinCollector;
  readonly #finder: CutFinder;
  readonly #tree: TreeBuilder;
  readonly #candidates: Int32Array;
  readonly #nCandidates: number;
  readonly #ascending = Int32Array.from({ length: 256 }, (_, i) => i);
  readonly #orders: Int32Array[] = [];
  #rootWeight = 0;

  constructor(set: GrowingSet, treeNumber: number) {
    const { params, binned, response } = set;
    this.#set = set;
    this.#random = new Random(Math.imul(treeNumber + 1, 0x9e3779b1) ^ params.randomState);
    const sample = sampleRows(set, this.#random);
    this.#rows = sample.rows;
    this.#weights = sample.weights;
    this.#moved = new Int32Array(this.#rows.length);
    this.#collector = new BinCollector(binned, response, this.#weights);
    this.#finder = new CutFinder(response, params.minSamplesLeaf);
    this.#tree = new TreeBuilder(binned.features, response.outputs);
    this.#candidates = Int32Array.from(binned.features, (_, f) => f);
    this.#nCandidates = featureCount(params.maxFeatures, binned.features.length);
  }

  grow(): GrownTree {
    const { maxLeafNodes } = this.#set.params;
    const totals = this.#totalsOf(0, this.#rows.length);
    this.#rootWeight = totals.weight;
    const constant = new Uint8Array(this.#set.binned.features.length);
    const root = { id: this.#tree.add(), start: 0, end: this.#rows.length, depth: 0, totals, constant };
    if (maxLeafNodes === null) this.#growDepthFirst(root);
    else this.#growBestFirst(root, maxLeafNodes);
    return this.#tree.finish(this.#rootWeight);
  }

  #growDepthFirst(root: Node): void {
    const open: Node[] = [root];
    for (let node = open.pop(); node; node = open.pop()) {
      const split = this.#split(node);
      if (split) open.push(...this.#divide(node, split).reverse());
      else this.#leaf(node);
    }
  }

  /** Always the split with the greatest gain, until there are so many leaves. */
  #growBestFirst(root: Node, maxLeafNodes: number): void {
    const open: { node: Node; split: Split }[] = [];
    let leaves = 1;
    const consider = (node: Node): void => {
      const split = this.#split(node);
      if (!split) {
        this.#leaf(node);
        return;
      }
      let at = open.length;
      while (at > 0 && open[at - 1]!.split.gain >= split.gain) at--;
      open.splice(at, 0, { node, split });
    };
    consider(root);
    while (leaves < maxLeafNodes && open.length > 0) {
      const { node, split } = open.pop()!;
      leaves++;
      for (const child of this.#divide(node, split)) consider(child);
    }
    for (const { node } of open) this.#leaf(node);
  }

  #totalsOf(start: number, end: number): Totals {
    const { response } = this.#set;
    const sum = new Float64Array(response.kind === 'scalar' ? 1 : response.outputs);
    let weight = 0;
    for (let i = start; i < end; i++) {
      const row = this.#rows[i]!;
      const w = this.#weights[row]!;
      weight += w;
      if (response.kind === 'scalar') sum[0]! += w * response.values[row]!;
      else sum[response.codes[row]!]! += w;
    }
    return { count: end - start, weight, sum };
  }

  #isPure(start: number, end: number): boolean {
    const { response } = this.#set;
    const of = response.kind === 'scalar' ? response.values : response.codes;
    const first = of[this.#rows[start]!];
    for (let i = start + 1; i < end; i++) if (of[this.#rows[i]!] !== first) return false;
    return true;
  }

  #split(node: Node): Split | undefined {
    const { params, response } = this.#set;
    const { totals } = node;
    if (totals.count < params.minSamplesSplit || totals.count < 2 * params.minSamplesLeaf) return undefined;
    if (params.maxDepth !== null && node.depth >= params.maxDepth) return undefined;
    if (this.#isPure(node.start, node.end)) return undefined;
    const own = scoreOf(response, totals.weight, totals.sum, 0);
    let best: FoundCut | undefined;
    let varying = 0;
    const candidates = this.#candidates;
    // As in scikit-learn: constant features count as looked at, but at least one that varies is tried.
    for (let seen = 0; seen < candidates.length && (seen < this.#nCandidates || varying === 0); seen++) {
      if (this.#nCandidates < candidates.length) {
        const pick = seen + this.#random.below(candidates.length - seen);
        [candidates[seen], candidates[pick]] = [candidates[pick]!, candidates[seen]!];
      }
      const feature = candidates[seen]!;
      if (node.constant[feature] === 1) continue;
      const bins = this.#collector.collect(feature, this.#rows, node.start, node.end);
      if (bins.size + (bins.missingCount > 0 ? 1 : 0) < 2) {
        node.constant[feature] = 1;
        continue;
      }
      varying++;
      const found = this.#cutOf(feature, bins, totals);
      if (found && (!best || found.cut.score > best.cut.score)) best = found;
    }
    if (!best) return undefined;
    const gain = best.cut.score - own;
    const scale = response.kind === 'scalar' ? response.impurityScale : 1;
    if ((scale * gain) / this.#rootWeight + Number.EPSILON < params.minImpurityDecrease) return undefined;
    // Its bins have given way to those of later features.
    const bins = this.#collector.collect(best.feature, this.#rows, node.start, node.end);
    return { ...this.#describe(best, bins, totals), gain };
  }

  #cutOf(feature: number, bins: OccupiedBins, totals: Totals): FoundCut | undefined {
    const { binned, response, params } = this.#set;
    const categorical = binned.features[feature]!.kind === 'categorical';
    const orders = categorical ? categoryOrders(bins, response, totals, this.#orders) : [this.#ascending];
    if (params.splitter === 'random') return this.#randomCut(feature, bins, orders[0]!, categorical, totals);
    let best: FoundCut | undefined;
    for (const order of orders) {
      const cut = this.#finder.best(bins, order, totals);
      if (cut && (!best || cut.score > best.cut.score))
        best = { feature, cut, order: kept(order, categorical), drawn: undefined };
    }
    return best;
  }

  #randomCut(
    feature: number,
    bins: OccupiedBins,
    order: Int32Array,
    categorical: boolean,
    totals: Totals,
  ): FoundCut | undefined {
    if (bins.size < 2) return undefined;
    if (categorical) {
      const cut = this.#finder.at(bins, order, totals, this.#random.below(bins.size - 1));
      return cut && { feature, cut, order: kept(order, categorical), drawn: undefined };
    }
    const { low, high } = this.#set.binned;
    const base = feature * 256;
    const from = high[base + bins.bin[0]!]!;
    const threshold = drawThreshold(from, low[base + bins.bin[bins.size - 1]!]!, this.#random);
    let position = 0;
    while (position < bins.size - 2 && low[base + bins.bin[position + 1]!]! <= threshold) position++;
    const cut = this.#finder.at(bins, order, totals, position);
    return cut && { feature, cut, order, drawn: Math.max(threshold, high[base + bins.bin[position]!]!) };
  }

  /** The cut as a rule for every bin, occupied here or not. */
  #describe({ feature, cut, order, drawn }: FoundCut, bins: OccupiedBins, totals: Totals): Omit<Split, 'gain'> {
    const { binned } = this.#set;
    const goesLeft = new Uint8Array(256);
    let leftCount = cut.missingLeft ? bins.missingCount : 0;
    for (let i = 0; i <= cut.position; i++) leftCount += bins.count[order[i]!]!;
    const larger = leftCount * 2 > totals.count ? 1 : 0;
    const missing = bins.missingCount > 0 ? (cut.missingLeft ? 1 : 0) : larger;
    goesLeft[MISSING] = missing;
    if (binned.features[feature]!.kind === 'categorical') {
      goesLeft.fill(missing);
      for (let i = 0; i < bins.size; i++) goesLeft[bins.bin[order[i]!]!] = i <= cut.position ? 1 : 0;
      return { feature, goesLeft, threshold: 0 };
    }
    const lastLeft = bins.bin[cut.position]!;
    for (let bin = 0; bin <= lastLeft; bin++) goesLeft[bin] = 1;
    if (drawn !== undefined) return { feature, goesLeft, threshold: drawn };
    if (cut.position === bins.size - 1) return { feature, goesLeft, threshold: Number.POSITIVE_INFINITY };
    const base = feature * 256;
    const below = binned.high[base + lastLeft]!;
    const above = binned.low[base + bins.bin[cut.position + 1]!]!;
    const middle = below / 2 + above / 2;
    return { feature, goesLeft, threshold: middle < above ? Math.max(middle, below) : below };
  }

  /** Moves the node's rows so that those that go left come first, each side in its old order. */
  #divide(node: Node, split: Split): Node[] {
    const { binned } = this.#set;
    const bins = binned.bins.subarray(split.feature * binned.nRows, (split.feature + 1) * binned.nRows);
    const rows = this.#rows;
    let left = node.start;
    let right = 0;
    for (let i = node.start; i < node.end; i++) {
      const row = rows[i]!;
      if (split.goesLeft[bins[row]!] === 1) rows[left++] = row;
      else this.#moved[right++] = row;
    }
    rows.set(this.#moved.subarray(0, right), left);
    const children = this.#tree.split(node.id, split);
    const depth = node.depth + 1;
    return [
      {
        id: children.left,
        start: node.start,
        end: left,
        depth,
        totals: this.#totalsOf(node.start, left),
        constant: node.constant.slice(),
      },
      {
        id: children.right,
        start: left,
        end: node.end,
        depth,
        totals: this.#totalsOf(left, node.end),
        constant: node.constant.slice(),
      },
    ];
  }

  #leaf({ id, totals }: Node): void {
    const { weight, sum } = totals;
    const { response } = this.#set;
    if (response.kind === 'classes') this.#tree.leaf(id, [...sum.map((w) => w / weight)]);
    else {
      const mean = response.offset + sum[0]! / weight;
      this.#tree.leaf(id, response.outputs === 1 ? [mean] : [1 - mean, mean]);
    }
  }
}

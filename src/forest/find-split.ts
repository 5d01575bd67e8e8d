import type { OccupiedBins } from './occupied-bins.ts';
import type { Random } from './random.ts';
import type { Response } from './response.ts';

/** Bins in the order in which they are cut: ascending for numbers, by response for categories. */
export interface Cut {
  /** Entries 0 … position of `order` go left. */
  position: number;
  missingLeft: boolean;
  /** Sum of the children's scores; the node's own score taken off gives the decrease of impurity. */
  score: number;
}

/**
 * What a side is worth: the impurity of a node is its score taken from a constant, times weight.
 *
 * scalar: S² / W · gini: Σ Wₖ² / W · entropy: Σ Wₖ log₂ Wₖ - W log₂ W
 */
export function scoreOf(response: Response, weight: number, sum: Float64Array, at: number): number {
  if (weight <= 0) return 0;
  if (response.kind === 'scalar') return (sum[at]! * sum[at]!) / weight;
  let total = 0;
  if (!response.entropy) {
    for (let k = 0; k < response.outputs; k++) total += sum[at + k]! * sum[at + k]!;
    return total / weight;
  }
  for (let k = 0; k < response.outputs; k++) if (sum[at + k]! > 0) total += sum[at + k]! * Math.log2(sum[at + k]!);
  return total - weight * Math.log2(weight);
}

export interface Totals {
  readonly count: number;
  readonly weight: number;
  /** One entry a stride. */
  readonly sum: Float64Array;
}

/** Finds cuts of one feature's occupied bins; its buffers are reused. */
export class CutFinder {
  readonly #response: Response;
  readonly #stride: number;
  readonly #minLeaf: number;
  readonly #left: Float64Array;
  readonly #right: Float64Array;

  constructor(response: Response, minSamplesLeaf: number) {
    this.#response = response;
    this.#stride = response.kind === 'scalar' ? 1 : response.outputs;
    this.#minLeaf = minSamplesLeaf;
    this.#left = new Float64Array(this.#stride);
    this.#right = new Float64Array(this.#stride);
  }

  /**
   * The best cut along `order`, missing cells tried on both sides; undefined when no cut leaves enough rows on each side.
   * With missing cells, all others against them is a cut as well.
   */
  best(bins: OccupiedBins, order: Int32Array, totals: Totals): Cut | undefined {
    let best: Cut | undefined;
    for (const missingLeft of bins.missingCount > 0 ? [false, true] : [false]) {
      let count = missingLeft ? bins.missingCount : 0;
      let weight = missingLeft ? bins.missingWeight : 0;
      for (let k = 0; k < this.#stride; k++) this.#left[k] = missingLeft ? bins.missingSum[k]! : 0;
      // Missing left of all others is the same cut as missing right of them, seen from the other side.
      const last = bins.missingCount > 0 && !missingLeft ? bins.size - 1 : bins.size - 2;
      for (let position = 0; position <= last; position++) {
        const at = order[position]!;
        count += bins.count[at]!;
        weight += bins.weight[at]!;
        for (let k = 0; k < this.#stride; k++) this.#left[k]! += bins.sum[at * this.#stride + k]!;
        if (count < this.#minLeaf) continue;
        if (totals.count - count < this.#minLeaf) break;
        const score = this.#score(weight, totals);
        if (best === undefined || score > best.score) best = { position, missingLeft, score };
      }
    }
    return best;
  }

  /** The cut at one position, for extremely randomised trees; missing cells go with the larger side. */
  at(bins: OccupiedBins, order: Int32Array, totals: Totals, position: number): Cut | undefined {
    let count = 0;
    let weight = 0;
    this.#left.fill(0);
    for (let i = 0; i <= position; i++) {
      const at = order[i]!;
      count += bins.count[at]!;
      weight += bins.weight[at]!;
      for (let k = 0; k < this.#stride; k++) this.#left[k]! += bins.sum[at * this.#stride + k]!;
    }
    const missingLeft = bins.missingCount > 0 && count * 2 > totals.count - bins.missingCount;
    if (missingLeft) {
      count += bins.missingCount;
      weight += bins.missingWeight;
      for (let k = 0; k < this.#stride; k++) this.#left[k]! += bins.missingSum[k]!;
    }
    if (count < this.#minLeaf || totals.count - count < this.#minLeaf) return undefined;
    return { position, missingLeft, score: this.#score(weight, totals) };
  }

  #score(weight: number, totals: Totals): number {
    for (let k = 0; k < this.#stride; k++) this.#right[k] = totals.sum[k]! - this.#left[k]!;
    return (
      scoreOf(this.#response, weight, this.#left, 0) + scoreOf(this.#response, totals.weight - weight, this.#right, 0)
    );
  }
}

/**
 * Orders of categories of which some cut is the best of all subsets (two classes, or a number), or a good one (more classes: one
 * order for each class that the node holds, by the share of that class).
 *
 * Source  Fisher 1958, JASA 53; Breiman et al. 1984, section 4.2.2
 */
export function categoryOrders(
  bins: OccupiedBins,
  response: Response,
  totals: Totals,
  into: Int32Array[],
): Int32Array[] {
  const stride = response.kind === 'scalar' ? 1 : response.outputs;
  const held: number[] = [];
  for (let k = 0; k < stride; k++) if (stride === 1 || totals.sum[k]! > 0) held.push(k);
  // Of two classes the second order is the first one backwards.
  const classes =
    held.length === 2 ? held.slice(0, 1) : held.sort((a, b) => totals.sum[b]! - totals.sum[a]!).slice(0, MOST_ORDERS);
  return classes.map((k, i) => {
    const order = (into[i] ??= new Int32Array(256)).subarray(0, bins.size);
    for (let at = 0; at < order.length; at++) order[at] = at;
    const share = (at: number): number => bins.sum[at * stride + k]! / bins.weight[at]!;
    return order.sort((a, b) => share(a) - share(b) || a - b);
  });
}

/** More orders than these cost more than they find. */
const MOST_ORDERS = 8;

/**
 * A cut at a threshold drawn evenly between the least and the greatest value of the node.
 *
 * Source  Geurts, Ernst, Wehenkel 2006, Machine Learning 63(1)
 */
export function drawThreshold(low: number, high: number, random: Random): number {
  const threshold = low + random.unit() * (high - low);
  return threshold >= high ? low : threshold;
}

import { DistinctRows } from './distinct-rows.ts';
import type { ForestFeature } from './forest.ts';

/** A tree by itself: numbers of nodes, words and rows of values count from 0. */
export interface GrownTree {
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** The right child is the next node. */
  readonly left: Int32Array;
  readonly missingLeft: Uint8Array;
  readonly categoryStart: Int32Array;
  readonly categoryBits: Uint32Array;
  readonly leaf: Int32Array;
  /** Each different row once; also of nodes that were leaves before they were split. */
  readonly values: Float64Array;
  /** Decrease of impurity by feature, as a share of the weight of the root. */
  readonly importances: Float64Array;
}

/** How the rows of a node are told apart. */
export interface NodeSplit {
  readonly feature: number;
  /** Of a number; 0 for categories. */
  readonly threshold: number;
  readonly missingLeft: boolean;
  /** Of a category: 1 for each that goes left, in the order of the feature's categories. */
  readonly goesLeft: Uint8Array;
  /** Decrease of impurity times weight. */
  readonly gain: number;
}

/** Collects the nodes of one tree after another, in the order in which they are made; children come after their parent. */
export class TreeBuilder {
  readonly #features: readonly ForestFeature[];
  readonly #outputs: number;
  #size = 0;
  #feature = new Int32Array(1024);
  #threshold = new Float64Array(1024);
  #left = new Int32Array(1024);
  #missingLeft = new Uint8Array(1024);
  #categoryStart = new Int32Array(1024);
  #leaf = new Int32Array(1024);
  #values: DistinctRows;
  #words = 0;
  #categoryBits = new Uint32Array(64);
  readonly #importances: Float64Array;

  constructor(features: readonly ForestFeature[], outputs: number) {
    this.#features = features;
    this.#outputs = outputs;
    this.#values = new DistinctRows(outputs);
    this.#importances = new Float64Array(features.length);
  }

  /** A new node, a leaf without values so far. */
  add(): number {
    const id = this.#size++;
    if (id === this.#feature.length) this.#grow();
    this.#feature[id] = -1;
    this.#threshold[id] = 0;
    this.#left[id] = -1;
    this.#missingLeft[id] = 0;
    this.#categoryStart[id] = -1;
    this.#leaf[id] = -1;
    return id;
  }

  /** Makes a node inner. @returns the number of its left child; the right one is the next. Both are leaves so far */
  split(id: number, split: NodeSplit): number {
    const left = this.add();
    this.add();
    const feature = this.#features[split.feature]!;
    this.#feature[id] = split.feature;
    this.#left[id] = left;
    this.#leaf[id] = -1;
    this.#missingLeft[id] = split.missingLeft ? 1 : 0;
    this.#importances[split.feature]! += split.gain;
    if (feature.kind === 'numeric') this.#threshold[id] = split.threshold;
    else {
      const n = feature.categories.length;
      this.#categoryStart[id] = this.#words;
      const words = (n + 31) >> 5;
      while (this.#words + words > this.#categoryBits.length) this.#categoryBits = longer(this.#categoryBits);
      for (let from = 0; from < n; from += 32) {
        let word = 0;
        for (let bit = 0; bit < Math.min(32, n - from); bit++) if (split.goesLeft[from + bit] === 1) word |= 1 << bit;
        this.#categoryBits[this.#words++] = word;
      }
    }
    return left;
  }

  /** What a node predicts while it is not split. */
  setLeaf(id: number, values: Float64Array): void {
    this.#leaf[id] = this.#values.add(values);
  }

  /** The tree; the next node begins another one. */
  finish(rootWeight: number): GrownTree {
    const size = this.#size;
    const tree = {
      feature: this.#feature.slice(0, size),
      threshold: this.#threshold.slice(0, size),
      left: this.#left.slice(0, size),
      missingLeft: this.#missingLeft.slice(0, size),
      categoryStart: this.#categoryStart.slice(0, size),
      categoryBits: this.#categoryBits.slice(0, this.#words),
      leaf: this.#leaf.slice(0, size),
      values: this.#values.all(),
      importances: this.#importances.map((gain) => gain / rootWeight),
    };
    this.#size = 0;
    this.#words = 0;
    this.#values = new DistinctRows(this.#outputs);
    this.#importances.fill(0);
    return tree;
  }

  #grow(): void {
    this.#feature = longer(this.#feature);
    this.#threshold = longer(this.#threshold);
    this.#left = longer(this.#left);
    this.#missingLeft = longer(this.#missingLeft);
    this.#categoryStart = longer(this.#categoryStart);
    this.#leaf = longer(this.#leaf);
  }
}

function longer<A extends Int32Array | Uint32Array | Float64Array | Uint8Array>(array: A): A {
  const copy = new (array.constructor as new (length: number) => A)(array.length * 2);
  copy.set(array);
  return copy;
}

import type { ForestFeature } from './forest.ts';

/** A tree by itself: node numbers and word numbers count from 0. */
export interface GrownTree {
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** The right child is the next node. */
  readonly left: Int32Array;
  readonly missingLeft: Uint8Array;
  readonly categoryStart: Int32Array;
  readonly categoryBits: Uint32Array;
  readonly value: Float64Array;
  /** Decrease of impurity by feature, as a share of the weight of the root. */
  readonly importances: Float64Array;
}

const MISSING = 255;

/** Collects the nodes of one tree in the order in which they are made. */
export class TreeBuilder {
  readonly #features: readonly ForestFeature[];
  readonly #outputs: number;
  readonly #feature: number[] = [];
  readonly #threshold: number[] = [];
  readonly #left: number[] = [];
  readonly #missingLeft: number[] = [];
  readonly #categoryStart: number[] = [];
  readonly #categoryBits: number[] = [];
  readonly #value: number[] = [];
  readonly #importances: Float64Array;

  constructor(features: readonly ForestFeature[], outputs: number) {
    this.#features = features;
    this.#outputs = outputs;
    this.#importances = new Float64Array(features.length);
  }

  /** A new node, a leaf so far. */
  add(): number {
    this.#feature.push(-1);
    this.#threshold.push(0);
    this.#left.push(-1);
    this.#missingLeft.push(0);
    this.#categoryStart.push(-1);
    for (let k = 0; k < this.#outputs; k++) this.#value.push(0);
    return this.#feature.length - 1;
  }

  /** Makes a node inner. @returns the numbers of its children, which are leaves so far */
  split(
    id: number,
    split: { feature: number; threshold: number; goesLeft: Uint8Array; gain: number },
  ): { left: number; right: number } {
    const left = this.add();
    const right = this.add();
    const feature = this.#features[split.feature]!;
    this.#feature[id] = split.feature;
    this.#left[id] = left;
    this.#missingLeft[id] = split.goesLeft[MISSING]!;
    this.#importances[split.feature]! += split.gain;
    if (feature.kind === 'numeric') {
      this.#threshold[id] = split.threshold;
      return { left, right };
    }
    this.#categoryStart[id] = this.#categoryBits.length;
    for (let from = 0; from < feature.categories.length; from += 32) {
      let word = 0;
      for (let bit = 0; bit < 32; bit++) if (split.goesLeft[from + bit] === 1) word |= 1 << bit;
      this.#categoryBits.push(word >>> 0);
    }
    return { left, right };
  }

  leaf(id: number, values: readonly number[]): void {
    for (let k = 0; k < this.#outputs; k++) this.#value[id * this.#outputs + k] = values[k]!;
  }

  finish(rootWeight: number): GrownTree {
    return {
      feature: Int32Array.from(this.#feature),
      threshold: Float64Array.from(this.#threshold),
      left: Int32Array.from(this.#left),
      missingLeft: Uint8Array.from(this.#missingLeft),
      categoryStart: Int32Array.from(this.#categoryStart),
      categoryBits: Uint32Array.from(this.#categoryBits),
      value: Float64Array.from(this.#value),
      importances: this.#importances.map((gain) => gain / rootWeight),
    };
  }
}

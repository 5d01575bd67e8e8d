import type { Indices } from './distinct-rows.ts';
import type { ForestFeature } from './forest.ts';

/**
 * A forest as it lies in the file. Trees are written node by node, each node before its children and the left one first, so that
 * most forests need not say where a child is. Most thresholds and leaves occur many times: each different one is written once, and named by
 * a number of 1, 2 or 4 bytes.
 *
 * Where that would not make the file smaller, `threshold` is absent: thresholds follow one another as they are used.
 */
export interface StoredForest {
  /** 0: a leaf, else 1 + 2 × feature + (1 when missing cells go left). */
  readonly nodes: Indices;
  /** By split: the number of its left child. Absent: nodes are numbered as they are split, in the order of `nodes`. */
  readonly left?: Uint32Array;
  /** The thresholds of each feature, one feature after another; where each begins, and the end. */
  readonly thresholds: Float64Array;
  readonly thresholdStart: Uint32Array;
  /** By split of numbers: which threshold of its feature. */
  readonly threshold?: Indices;
  /** By split of categories: where its words begin. Absent: they follow one another. */
  readonly categoryStart?: Uint32Array;
  readonly categoryBits: Uint32Array;
  /** By leaf: which row of `values`. */
  readonly leaf: Indices;
  /** Different leaves × outputs, row-major. */
  readonly values: Float64Array;
  readonly importances: Float64Array;
}

/** Words of a split: a bit for each category; -1: a feature of numbers. */
export function wordsOf(feature: ForestFeature): number {
  return feature.kind === 'numeric' ? -1 : Math.ceil(feature.categories.length / 32);
}

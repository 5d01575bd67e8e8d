import type { Forest } from '../../src/forest/forest.ts';

/** One tree that is one leaf: the same answer for every row. One value: regression; several: shares of classes. */
export function constantForest(feature: string, value: readonly number[]): Forest {
  return {
    task: value.length === 1 ? 'regression' : 'classification',
    outputs: value.length,
    features: [{ name: feature, kind: 'numeric' }],
    treeStart: Int32Array.of(0, 1),
    feature: Int32Array.of(-1),
    threshold: Float64Array.of(0),
    left: Int32Array.of(-1),
    missingLeft: Uint8Array.of(0),
    categoryStart: Int32Array.of(-1),
    categoryBits: new Uint32Array(),
    leaf: Int32Array.of(0),
    values: Float64Array.from(value),
    importances: Float64Array.of(0),
  };
}

import type { Column, Table } from '../../../src/data/table.ts';
import type { Forest, ForestFeature } from '../../../src/forest/forest.ts';
import { Random } from '../../../src/forest/random.ts';

const NUMBERS = [0, -0, 1, 1, 2.5, -1, 1e300, -1e-300, 5e-324, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const CATEGORY_COUNTS = [1, 2, 31, 32, 33, 64, 65, 255, 256, 300];

export interface RandomForest {
  readonly forest: Forest;
  /** Columns in another order than the features, with missing cells, infinities, numbers on thresholds and unknown categories. */
  readonly table: Table;
}

/** A forest that nobody trained, and rows for it. The same seed gives the same. */
export function randomForest(seed: number, size: { nRows: number; nTrees: number; outputs: number }): RandomForest {
  const random = new Random(seed);
  const one = <T>(of: readonly T[]): T => of[random.below(of.length)]!;
  const number = (): number => (random.below(3) === 0 ? random.unit() : one(NUMBERS));
  const features = Array.from({ length: 1 + random.below(6) }, (_, f): ForestFeature => {
    const name = `f${f}`;
    if (random.below(2) === 0) return { name, kind: 'numeric' };
    return { name, kind: 'categorical', categories: Array.from({ length: one(CATEGORY_COUNTS) }, (_, c) => `c${c}`) };
  });
  const columns = features.map((feature): Column => {
    const cells = <T>(draw: () => T): T[] => Array.from({ length: size.nRows }, draw);
    if (feature.kind === 'numeric') {
      const values = Float64Array.from(cells(() => (random.below(5) === 0 ? Number.NaN : number())));
      return { kind: 'numeric', name: feature.name, values, integer: false };
    }
    const categories = [...feature.categories, 'unknown'].reverse();
    const codes = Int32Array.from(cells(() => random.below(categories.length + 1) - 1));
    return { kind: 'categorical', name: feature.name, codes, categories };
  });
  const nodes = {
    feature: [] as number[],
    threshold: [] as number[],
    left: [] as number[],
    missingLeft: [] as number[],
    categoryStart: [] as number[],
  };
  // Each node has its own, and inner ones never use it.
  const values: number[] = [];
  const categoryBits: number[] = [];
  const treeStart = [0];
  const add = (): number => {
    for (const array of [nodes.threshold, nodes.missingLeft]) array.push(0);
    for (const array of [nodes.left, nodes.categoryStart]) array.push(-1);
    const several = random.below(2) === 0;
    const [first, second] = [random.below(size.outputs), random.below(size.outputs)];
    for (let k = 0; k < size.outputs; k++) {
      values.push(
        size.outputs === 1 ? number() % 1e9 || 0 : k === first || (several && k === second) ? random.unit() : 0,
      );
    }
    return nodes.feature.push(-1) - 1;
  };
  for (let tree = 0; tree < size.nTrees; tree++) {
    const open = [add()];
    for (let splits = one([0, 1, 3, 60]); splits > 0; splits--) {
      const [node] = open.splice(random.below(open.length), 1) as [number];
      const f = random.below(features.length);
      const feature = features[f]!;
      nodes.feature[node] = f;
      nodes.missingLeft[node] = random.below(2);
      if (feature.kind === 'numeric') nodes.threshold[node] = number();
      else {
        nodes.categoryStart[node] = categoryBits.length;
        const { length } = feature.categories;
        for (let from = 0; from < length; from += 32) {
          const present = 2 ** Math.min(32, length - from) - 1;
          categoryBits.push((one([0, 0xffffffff, Math.floor(random.unit() * 2 ** 32)]) & present) >>> 0);
        }
      }
      nodes.left[node] = add();
      open.push(nodes.left[node], add());
    }
    treeStart.push(nodes.feature.length);
  }
  const forest: Forest = {
    task: size.outputs === 1 ? 'regression' : 'classification',
    outputs: size.outputs,
    features,
    treeStart: Int32Array.from(treeStart),
    feature: Int32Array.from(nodes.feature),
    threshold: Float64Array.from(nodes.threshold),
    left: Int32Array.from(nodes.left),
    missingLeft: Uint8Array.from(nodes.missingLeft),
    categoryStart: Int32Array.from(nodes.categoryStart),
    categoryBits: Uint32Array.from(categoryBits),
    leaf: Int32Array.from(nodes.feature, (f, node) => (f === -1 ? node : -1)),
    values: Float64Array.from(values),
    importances: new Float64Array(features.length),
  };
  return { forest, table: { nRows: size.nRows, columns: columns.reverse() } };
}

/** The leaf that a row reaches in a tree, by the text of `Forest`. */
export function plainLeaf(forest: Forest, tree: number, table: Table, row: number): number {
  let node = forest.treeStart[tree]!;
  while (forest.feature[node] !== -1) {
    const feature = forest.features[forest.feature[node]!]!;
    const column = table.columns.find(({ name }) => name === feature.name)!;
    let goesLeft = forest.missingLeft[node] === 1;
    if (column.kind === 'categorical') {
      const text = column.categories[column.codes[row]!];
      const code = feature.kind === 'categorical' && text !== undefined ? feature.categories.indexOf(text) : -1;
      const word = forest.categoryBits[forest.categoryStart[node]! + Math.floor(code / 32)]!;
      if (code >= 0) goesLeft = (word & (1 << (code % 32))) !== 0;
    } else if (!Number.isNaN(column.values[row]!)) goesLeft = column.values[row]! <= forest.threshold[node]!;
    node = forest.left[node]! + (goesLeft ? 0 : 1);
  }
  return node;
}

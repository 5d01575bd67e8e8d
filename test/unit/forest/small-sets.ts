import type { Column, Table } from '../../../src/data/table.ts';
import type { FitOptions, ForestParams, TrainingSet } from '../../../src/forest/engine.ts';
import { fitForest } from '../../../src/forest/fit.ts';
import type { Forest } from '../../../src/forest/forest.ts';
import { defaultParams } from '../../../src/forest/params.ts';
import { Random } from '../../../src/forest/random.ts';

/** A numeric column; null is missing. */
export function numbers(name: string, cells: readonly (number | null)[]): Column {
  const values = Float64Array.from(cells, (cell) => cell ?? Number.NaN);
  return { kind: 'numeric', name, values, integer: values.every(Number.isInteger) };
}

/** A categorical column; null is missing. */
export function texts(name: string, cells: readonly (string | null)[]): Column {
  const categories = [...new Set(cells.filter((cell) => cell !== null))];
  return { kind: 'categorical', name, categories, codes: Int32Array.from(cells, (cell) => categories.indexOf(cell!)) };
}

export function table(...columns: Column[]): Table {
  const [first] = columns;
  return { nRows: first!.kind === 'categorical' ? first!.codes.length : first!.values.length, columns };
}

export function regression(features: Table, values: readonly number[], weights?: readonly number[]): TrainingSet {
  const target = { task: 'regression', values: Float64Array.from(values) } as const;
  return { features, target, ...(weights ? { sampleWeight: Float64Array.from(weights) } : {}) };
}

export function classification(features: Table, labels: readonly string[], weights?: readonly number[]): TrainingSet {
  const classes = [...new Set(labels)].sort();
  const target = {
    task: 'classification',
    classes,
    codes: Int32Array.from(labels, (l) => classes.indexOf(l)),
  } as const;
  return { features, target, ...(weights ? { sampleWeight: Float64Array.from(weights) } : {}) };
}

/** One tree on all rows and features, unless `params` say otherwise. */
export function grow(
  set: TrainingSet,
  params: Partial<ForestParams> = {},
  options: Partial<FitOptions> = {},
): Promise<Forest> {
  const one = { nEstimators: 1, bootstrap: false, maxFeatures: null } as const;
  return fitForest(set, { ...defaultParams(set.target.task), ...one, ...params }, { nJobs: 1, ...options });
}

export interface TreeNode {
  readonly feature?: string;
  readonly atMost?: number;
  readonly categories?: readonly string[];
  readonly missing?: 'left' | 'right';
  readonly left?: TreeNode;
  readonly right?: TreeNode;
  readonly value?: readonly number[];
}

/** What a leaf predicts. */
export function leafValues({ leaf, values, outputs }: Forest, node: number): number[] {
  return [...values.subarray(leaf[node]! * outputs, (leaf[node]! + 1) * outputs)];
}

/** A tree as nested objects. */
export function treeOf(forest: Forest, tree = 0, node = forest.treeStart[tree]!): TreeNode {
  const f = forest.feature[node]!;
  if (f === -1) return { value: leafValues(forest, node) };
  const feature = forest.features[f]!;
  const left = forest.left[node]!;
  return {
    feature: feature.name,
    ...(feature.kind === 'numeric'
      ? { atMost: forest.threshold[node]! }
      : {
          categories: feature.categories.filter(
            (_, bit) => (forest.categoryBits[forest.categoryStart[node]! + (bit >> 5)]! >>> (bit & 31)) & 1,
          ),
        }),
    missing: forest.missingLeft[node] === 1 ? 'left' : 'right',
    left: treeOf(forest, tree, left),
    right: treeOf(forest, tree, left + 1),
  };
}

/** A table of numbers, categories and missing cells whose target depends on some of them. */
export function mixedSet(nRows: number, task: 'regression' | 'classification', seed = 1, nClasses = 2): TrainingSet {
  const random = new Random(seed);
  const cells = <T>(make: () => T): T[] => Array.from({ length: nRows }, make);
  const a = cells(() => Math.round(random.unit() * 1000) / 8);
  const b = cells(() => (random.below(6) === 0 ? null : random.below(12)));
  const color = cells(() =>
    random.below(9) === 0 ? null : ['red', 'green', 'blue', 'black', 'white'][random.below(5)]!,
  );
  const noise = cells(() => random.unit());
  const features = table(numbers('a', a), numbers('b', b), texts('color', color), numbers('noise', noise));
  const truth = a.map(
    (x, i) => x + 10 * (b[i] ?? 15) + (color[i] === 'red' || color[i] === 'blue' ? 60 : 0) + 20 * random.unit(),
  );
  if (task === 'regression') return regression(features, truth);
  const labels = new Array<string>(nRows);
  const order = [...truth.keys()].sort((i, j) => truth[i]! - truth[j]!);
  for (const [rank, i] of order.entries()) labels[i] = `class ${Math.floor((rank * nClasses) / nRows)}`;
  return classification(features, labels);
}

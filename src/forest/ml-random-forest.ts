import { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';
import { MlopsError } from '../errors/mlops-error.ts';
import { assembleForest } from './assemble.ts';
import type { FitOptions, ForestParams, TrainingSet } from './engine.ts';
import type { Forest, ForestFeature } from './forest.ts';
import { featureCount } from './params.ts';
import { type GrownTree, TreeBuilder } from './tree-builder.ts';

/** A node of the library's trees, as its JSON has it. */
interface CartNode {
  readonly splitColumn?: number;
  readonly splitValue?: number;
  readonly left?: CartNode;
  readonly right?: CartNode;
  readonly distribution?: number | readonly (readonly number[])[];
}

interface CartModel {
  readonly baseModel: {
    readonly indexes: readonly (readonly number[])[];
    readonly estimators: readonly { readonly root: CartNode }[];
  };
}

/**
 * Fits the forest of the package ml-random-forest and puts it into our form. It draws features for each tree and takes quadratic
 * time in the rows: for small tables, and as a cross-check of the native engine. Each tree of a classifier has one vote, as there.
 *
 * @throws INPUT_INVALID when cells are missing
 */
export async function fitMlRandomForest(set: TrainingSet, params: ForestParams, options: FitOptions): Promise<Forest> {
  const { target } = set;
  const features = set.features.columns.map(
    (column): ForestFeature =>
      column.kind === 'categorical'
        ? { name: column.name, kind: 'categorical', categories: column.categories }
        : { name: column.name, kind: 'numeric' },
  );
  const matrix = matrixOf(set);
  const libraryOptions = {
    seed: params.randomState,
    nEstimators: params.nEstimators,
    maxFeatures: featureCount(params.maxFeatures, features.length),
    replacement: false,
    useSampleBagging: params.bootstrap,
    noOOB: true,
    treeOptions: { minNumSamples: params.minSamplesSplit - 1, maxDepth: params.maxDepth ?? Number.POSITIVE_INFINITY },
  };
  options.signal?.throwIfAborted();
  const outputs = target.task === 'classification' ? target.classes.length : 1;
  const forest = new (target.task === 'classification' ? RandomForestClassifier : RandomForestRegression)(
    libraryOptions,
  );
  forest.train(matrix, Array.from(target.task === 'classification' ? target.codes : target.values));
  const { baseModel } = JSON.parse(JSON.stringify(forest)) as CartModel;
  options.onProgress?.(params.nEstimators, params.nEstimators);
  const trees = baseModel.estimators.map(({ root }, t) => convert(root, baseModel.indexes[t]!, features, outputs));
  return assembleForest(target.task, outputs, features, trees);
}

/** Categories as their codes; the library knows numbers only. */
function matrixOf({ features }: TrainingSet): number[][] {
  const faults: string[] = [];
  for (const column of features.columns) {
    const missing =
      column.kind === 'categorical' ? column.codes.includes(-1) : column.values.some((value) => Number.isNaN(value));
    if (missing)
      faults.push(
        `"engine" is "ml-random-forest", which cannot learn the missing cells of "${column.name}"; use native`,
      );
  }
  if (faults.length > 0) throw new MlopsError('INPUT_INVALID', faults);
  return Array.from({ length: features.nRows }, (_, row) =>
    features.columns.map((column) => (column.kind === 'categorical' ? column.codes[row]! : column.values[row]!)),
  );
}

function convert(
  root: CartNode,
  used: readonly number[],
  features: readonly ForestFeature[],
  outputs: number,
): GrownTree {
  const tree = new TreeBuilder(features, outputs);
  const open: { id: number; node: CartNode }[] = [{ id: tree.add(), node: root }];
  for (let at = open.pop(); at; at = open.pop()) {
    const { id, node } = at;
    if (!node.left || !node.right) {
      tree.leaf(id, leafOf(node, outputs));
      continue;
    }
    const feature = used[node.splitColumn!]!;
    const value = node.splitValue!;
    const goesLeft = new Uint8Array(256);
    if (features[feature]!.kind === 'categorical')
      for (let code = 0; code < Math.min(255, value); code++) goesLeft[code] = 1;
    const { left, right } = tree.split(id, { feature, threshold: below(value), goesLeft, gain: 0 });
    open.push({ id: left, node: node.left }, { id: right, node: node.right });
  }
  return tree.finish(1);
}

function leafOf({ distribution }: CartNode, outputs: number): number[] {
  if (typeof distribution === 'number') return [distribution];
  const shares = distribution?.[0] ?? [];
  const vote = shares.indexOf(Math.max(...shares));
  return Array.from({ length: outputs }, (_, k) => (k === vote ? 1 : 0));
}

/** The greatest number that is less: there `x < value` and here `x <= threshold` decide the same. */
function below(value: number): number {
  const double = new Float64Array([value]);
  const bits = new BigInt64Array(double.buffer);
  if (value === 0) return -Number.MIN_VALUE;
  bits[0]! += value > 0 ? -1n : 1n;
  return double[0]!;
}

import { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';
import { throwFaults } from '../errors/mlops-error.ts';
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
 * @throws INPUT_INVALID when cells are missing, or with settings that the package does not have
 */
export async function fitMlRandomForest(set: TrainingSet, params: ForestParams, options: FitOptions): Promise<Forest> {
  const { target } = set;
  const features = set.features.columns.map(
    (column): ForestFeature =>
      column.kind === 'categorical'
        ? { name: column.name, kind: 'categorical', categories: column.categories }
        : { name: column.name, kind: 'numeric' },
  );
  throwFaults('INPUT_INVALID', [...unknownSettings(set, params, options), ...missingCells(set)]);
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

function unknownSettings(set: TrainingSet, params: ForestParams, options: FitOptions): string[] {
  const asked = {
    'criterion entropy': params.criterion === 'entropy',
    'min-samples-leaf': params.minSamplesLeaf !== 1,
    'max-leaf-nodes': params.maxLeafNodes !== null,
    'min-impurity-decrease': params.minImpurityDecrease !== 0,
    'max-samples': params.maxSamples !== null,
    'class-weight': params.classWeight !== null,
    'splitter random': params.splitter === 'random',
    'sample weights': set.sampleWeight !== undefined,
    'max-train-time-minutes': options.maxTrainTimeMs !== undefined,
  };
  return Object.entries(asked).flatMap(([name, is]) =>
    is ? [`"engine" is "ml-random-forest", which has no ${name}; leave it out or use native`] : [],
  );
}

function missingCells({ features }: TrainingSet): string[] {
  return features.columns
    .filter((column) => (column.kind === 'categorical' ? column.codes.includes(-1) : column.values.some(Number.isNaN)))
    .map(({ name }) => `"engine" is "ml-random-forest", which cannot learn the missing cells of "${name}"; use native`);
}

/** Categories as their codes; the library knows numbers only. */
function matrixOf({ features }: TrainingSet): number[][] {
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
      tree.values.set(leafOf(node, outputs), id * outputs);
      continue;
    }
    const feature = used[node.splitColumn!]!;
    const value = node.splitValue!;
    const of = features[feature]!;
    const goesLeft = new Uint8Array(of.kind === 'categorical' ? of.categories.length : 0);
    for (let code = 0; code < Math.min(goesLeft.length, value); code++) goesLeft[code] = 1;
    const threshold = of.kind === 'numeric' ? below(value) : 0;
    const left = tree.split(id, { feature, threshold, missingLeft: false, goesLeft, gain: 0 });
    open.push({ id: left, node: node.left }, { id: left + 1, node: node.right });
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

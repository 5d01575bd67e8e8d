import { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';
import { throwFaults } from '../errors/mlops-error.ts';
import { ForestAssembly } from './assemble.ts';
import type { FitOptions, ForestParams, Task, TrainingSet } from './engine.ts';
import type { Forest, ForestFeature } from './forest.ts';
import { mlRandomForestFaults } from './ml-random-forest-faults.ts';
import { featureCount, paramsInRows } from './params.ts';
import { Random } from './random.ts';
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

/** Above so many rows the user is told how long it will take; a tree on so many is what that is measured with. */
const MANY_ROWS = 2000;
/** A stop is heeded between trees only; that is said where one takes longer. */
const LONG_TREE_MS = 5000;

/**
 * Fits trees of the package ml-random-forest and puts them into our form. It draws features for each tree and takes quadratic
 * time in the rows: for small tables, and as a cross-check of the native engine. Each tree of a classifier has one vote, as there.
 * Trees are fitted one by one, each with a seed of its own, so that a signal and the time that is allowed are heeded after each.
 *
 * @throws INPUT_INVALID when cells are missing, or with settings that the package does not have
 * @throws what `signal` holds when it is aborted
 */
export async function fitMlRandomForest(set: TrainingSet, asked: ForestParams, options: FitOptions): Promise<Forest> {
  options.signal?.throwIfAborted();
  const { target } = set;
  const end = performance.now() + (options.maxTrainTimeMs ?? Number.POSITIVE_INFINITY);
  const params = paramsInRows(asked, set.features.nRows);
  throwFaults('INPUT_INVALID', mlRandomForestFaults(asked, set));
  const features = set.features.columns.map(
    (column): ForestFeature =>
      column.kind === 'categorical'
        ? { name: column.name, kind: 'categorical', categories: column.categories }
        : { name: column.name, kind: 'numeric' },
  );
  const outputs = target.task === 'classification' ? target.classes.length : 1;
  const matrix = matrixOf(set);
  const responses = Array.from(target.task === 'classification' ? target.codes : target.values);
  if (matrix.length > MANY_ROWS) options.onWarning?.(warningOf(matrix, responses, target.task, params));
  const random = new Random(params.randomState);
  const trees = new ForestAssembly(outputs, features);
  while (trees.size < params.nEstimators && (trees.size === 0 || performance.now() < end)) {
    const { estimators, indexes } = fitTree(matrix, responses, target.task, params, random.uint32() | 0);
    trees.add(convert(estimators[0]!.root, indexes[0]!, features, outputs));
    options.onProgress?.(trees.size, params.nEstimators);
    // Lets timers, signals and messages through.
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
  }
  return trees.finish(target.task);
}

function fitTree(
  matrix: number[][],
  responses: number[],
  task: Task,
  params: ForestParams,
  seed: number,
): CartModel['baseModel'] {
  const width = matrix[0]!.length;
  const count = featureCount(params.maxFeatures, width);
  const forest = new (task === 'classification' ? RandomForestClassifier : RandomForestRegression)({
    seed,
    nEstimators: 1,
    // The package takes 1 for the share of all features.
    maxFeatures: count === 1 && width > 1 ? 1.5 / width : count,
    replacement: false,
    useSampleBagging: params.bootstrap,
    noOOB: true,
    treeOptions: { minNumSamples: params.minSamplesSplit - 1, maxDepth: params.maxDepth ?? Number.POSITIVE_INFINITY },
  });
  forest.train(matrix, responses);
  return (JSON.parse(JSON.stringify(forest)) as CartModel).baseModel;
}

/** Fits a tree on half of `MANY_ROWS` rows and one on all of them, spread over the table: how their times differ tells the rest. */
function warningOf(matrix: number[][], responses: number[], task: Task, params: ForestParams): string {
  const nRows = matrix.length;
  const timeOf = (size: number): number => {
    const rows = Array.from({ length: size }, (_, i) => Math.floor((i * nRows) / size));
    const start = performance.now();
    fitTree(
      rows.map((row) => matrix[row]!),
      rows.map((row) => responses[row]!),
      task,
      params,
      0,
    );
    return performance.now() - start;
  };
  // The first tree is slower: its code is not compiled yet.
  timeOf(MANY_ROWS / 4);
  const [half, whole] = [timeOf(MANY_ROWS / 2), timeOf(MANY_ROWS)];
  const exponent = Math.min(2, Math.max(1.5, Math.log2(whole / half)));
  const treeMs = whole * (nRows / MANY_ROWS) ** exponent;
  const rows = nRows.toLocaleString('en-US');
  const trees = params.nEstimators === 1 ? 'one tree' : `${params.nEstimators} trees`;
  return [
    `"engine" is "ml-random-forest", whose time grows with the square of the rows: ${trees} on ${rows} rows will take ${about(treeMs * params.nEstimators)}, as measured on ${MANY_ROWS.toLocaleString('en-US')} of them; use native`,
    ...(treeMs > LONG_TREE_MS ? [`it can be stopped between trees only, of which each takes ${about(treeMs)}`] : []),
  ].join('; ');
}

/** `about 4 minutes`. */
function about(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1000],
  ] as const;
  const [unit, size] = units.find(([, size]) => ms >= 0.95 * size) ?? units[3];
  const count = Math.max(1, Math.round(ms / size));
  return `about ${count} ${unit}${count === 1 ? '' : 's'}`;
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
      tree.setLeaf(id, leafOf(node, outputs));
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

function leafOf({ distribution }: CartNode, outputs: number): Float64Array {
  if (typeof distribution === 'number') return Float64Array.of(distribution);
  const shares = distribution?.[0] ?? [];
  const vote = shares.indexOf(Math.max(...shares));
  return Float64Array.from({ length: outputs }, (_, k) => (k === vote ? 1 : 0));
}

/** The greatest number that is less: there `x < value` and here `x <= threshold` decide the same. */
function below(value: number): number {
  const double = new Float64Array([value]);
  const bits = new BigInt64Array(double.buffer);
  if (value === 0) return -Number.MIN_VALUE;
  bits[0]! += value > 0 ? -1n : 1n;
  return double[0]!;
}

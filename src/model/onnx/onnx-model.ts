import type { FeatureStep, FittedFeatures, RawColumn } from '../../features/fitted-features.ts';
import { type Forest, type ForestFeature, treeCount } from '../../forest/forest.ts';
import type { Calibration } from '../../metrics/calibration.ts';
import type { ModelInfo } from '../model-info.ts';
import { calendarPart } from './calendar.ts';
import { calibratedShares } from './calibrated-shares.ts';
import type { OnnxColumn } from './categories.ts';
import { type Attribute, Graph, type Value } from './graph.ts';
import { addOperations } from './operations.ts';
import { ELEMENT_TYPES } from './tensor.ts';
import { treeEnsemble } from './tree-ensemble.ts';

export interface OnnxParts {
  readonly info: ModelInfo;
  readonly features: FittedFeatures;
  readonly forest: Forest;
  readonly calibration?: Calibration | undefined;
}

/** The key of the model's metadata that lists its columns: name and MLflow type, in the order of the graph's inputs. */
export const COLUMNS_KEY = 'columns';

/**
 * The model as an ONNX graph on raw columns that computes the same numbers as the forest here; of intervals it knows nothing.
 *
 * Inputs   one a raw column, of `rows` cells: numbers as double, missing NaN; texts as string, missing ''; instants as double,
 *          milliseconds since 1970. An input is named after its column, but for the rare name that ONNX or an output needs.
 * Outputs  prediction (double or string) and for classes probability_<class> (double), of `rows` cells
 */
export function onnxModel({ info, features, forest, calibration }: OnnxParts): Uint8Array {
  const { classes } = info;
  const graph = new Graph(['prediction', ...classes.map(probabilityName)]);
  const columns = new Map(features.inputs.map((input) => [input.name, inputColumn(graph, input)]));
  addOperations(graph, features.operations ?? [], columns);
  const cells = forestCells(graph, forest.features, features.steps, columns);
  if (info.task === 'regression') {
    graph.output('prediction', 'double', leafMeans(graph, forest, cells));
  } else {
    const votes = classShares(graph, forest, cells);
    const shares = calibration ? calibratedShares(graph, calibration, votes, classes.length) : votes;
    // The first of equally probable classes, as predictRaw has it.
    const best = graph.node('ArgMax', [shares], { attributes: { axis: 1, keepdims: 0 } });
    const labels = graph.constant({ type: 'string', dims: [classes.length], values: classes });
    graph.output('prediction', 'string', graph.node('Gather', [labels, best]));
    for (const [k, label] of classes.entries()) {
      const share = graph.node('Gather', [shares, graph.index(k)], { attributes: { axis: 1 } });
      graph.output(probabilityName(label), 'double', share);
    }
  }
  const inputs = features.inputs.map(({ name, type }) => ({ name, type }));
  return graph.encode(info.toolkitVersion, { [COLUMNS_KEY]: JSON.stringify(inputs) });
}

function probabilityName(label: string): string {
  return `probability_${label}`;
}

function inputColumn(graph: Graph, { name, type }: RawColumn): OnnxColumn {
  if (type === 'string') return { value: graph.input(name, 'string'), kind: 'text' };
  return { value: graph.input(name, 'double'), kind: 'number' };
}

/** The features of the forest side by side: rows × features. */
function forestCells(
  graph: Graph,
  features: readonly ForestFeature[],
  steps: readonly FeatureStep[],
  given: ReadonlyMap<string, OnnxColumn>,
): Value {
  const columns = features.map((feature) => {
    const step = steps.find(({ output }) => output === feature.name)!;
    const value = stepValue(graph, step, given.get(step.column)!.value);
    const number = feature.kind === 'categorical' ? categoryCodes(graph, value, feature.categories) : value;
    return graph.node('Unsqueeze', [number, graph.index(1, [1])]);
  });
  return graph.node('Concat', columns, { attributes: { axis: 1 } });
}

function stepValue(graph: Graph, step: FeatureStep, column: Value): Value {
  switch (step.kind) {
    case 'keep':
      return column;
    case 'datetime-part':
      return calendarPart(graph, column, step.part);
  }
}

/** Unknown texts become NaN, and so does the missing one: no category is an empty text. */
function categoryCodes(graph: Graph, texts: Value, categories: readonly string[]): Value {
  const dims = [categories.length];
  return graph.node('LabelEncoder', [texts], {
    domain: 'ai.onnx.ml',
    attributes: {
      keys_tensor: { type: 'string', dims, values: categories },
      values_tensor: { type: 'double', dims, values: Float64Array.from(categories, (_, code) => code) },
      default_tensor: { type: 'double', dims: [1], values: Float64Array.of(Number.NaN) },
    },
  });
}

/** Means of the leaves that a row ends in: one a row. */
function leafMeans(graph: Graph, forest: Forest, cells: Value): Value {
  return meanOfTrees(graph, forest, (tree) => treeNode(graph, cells, treeEnsemble(forest, tree, forest.values)));
}

/**
 * Mean shares of the classes: rows × classes. A leaf of the operator holds one number, and a tree would have to be repeated for
 * each class; so a tree answers the number of the leaf, and its shares are looked up.
 */
function classShares(graph: Graph, forest: Forest, cells: Value): Value {
  const { outputs, values } = forest;
  const dims = [values.length / outputs, outputs];
  const numbers = Float64Array.from({ length: dims[0]! }, (_, row) => row);
  const table = graph.constant({ type: 'double', dims, values });
  return meanOfTrees(graph, forest, (tree) => {
    const answer = treeNode(graph, cells, treeEnsemble(forest, tree, numbers));
    const leaf = graph.node('Cast', [answer], { attributes: { to: ELEMENT_TYPES.int64 } });
    return graph.node('Gather', [table, leaf]);
  });
}

function treeNode(graph: Graph, cells: Value, attributes: Readonly<Record<string, Attribute>>): Value {
  return graph.node('TreeEnsemble', [cells], { domain: 'ai.onnx.ml', attributes });
}

/**
 * One operator a tree, added up in the order of the trees, as predictForest does: the same bits, and equal probabilities stay equal,
 * whatever the number of threads. One operator for all trees takes twice as long for many rows, and its sums depend on the threads.
 */
function meanOfTrees(graph: Graph, forest: Forest, answerOf: (tree: number) => Value): Value {
  const nTrees = treeCount(forest);
  let sum = answerOf(0);
  for (let tree = 1; tree < nTrees; tree++) sum = graph.node('Add', [sum, answerOf(tree)]);
  const mean = graph.node('Div', [sum, graph.scalar(nTrees)]);
  return graph.node('Squeeze', [mean, graph.index(1, [1])]);
}

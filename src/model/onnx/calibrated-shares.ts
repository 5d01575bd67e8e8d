import type { Forest } from '../../forest/forest.ts';
import type { Calibration } from '../../metrics/calibration.ts';
import {
  COEFFICIENTS,
  LARGEST_POWER,
  LN2_HIGH,
  LN2_LOW,
  MOST_EXPONENT,
  POWERS_OF_TWO,
} from '../../metrics/exponential.ts';
import { type Curve, curveSteps } from '../../metrics/isotonic.ts';
import type { Sigmoid } from '../../metrics/sigmoid.ts';
import type { Graph, Value } from './graph.ts';
import { ELEMENT_TYPES } from './tensor.ts';
import { treeEnsemble } from './tree-ensemble.ts';

/**
 * Calibrated probabilities, the same bits as `calibrate` of metrics/ gives: the same operations on doubles in the same order.
 *
 * @param shares rows × nClasses
 * @returns rows × nClasses
 */
export function calibratedShares(graph: Graph, calibration: Calibration, shares: Value, nClasses: number): Value {
  const columnOf = (matrix: Value, k: number): Value =>
    graph.node('Gather', [matrix, graph.index(k, [1])], { attributes: { axis: 1 } });
  const scores = nClasses === 2 ? columnOf(shares, 1) : shares;
  const count = nClasses === 2 ? 1 : nClasses;
  const columns =
    calibration.method === 'isotonic'
      ? calibration.curves.map((curve, k) => onCurve(graph, curve, count === 1 ? scores : columnOf(scores, k)))
      : columnsOf(onSigmoids(graph, calibration.sigmoids, scores), count, columnOf);
  if (nClasses === 2) return sideBySide(graph, [graph.node('Sub', [graph.scalar(1), columns[0]!]), columns[0]!]);
  const sum = columns.reduce((total, column) => graph.node('Add', [total, column]));
  const isNothing = graph.node('Equal', [sum, graph.scalar(0)]);
  const shared = graph.node('Div', [sideBySide(graph, columns), sum]);
  return graph.node('Where', [isNothing, graph.scalar(1 / nClasses), shared]);
}

function columnsOf(matrix: Value, count: number, columnOf: (matrix: Value, k: number) => Value): Value[] {
  if (count === 1) return [matrix];
  return Array.from({ length: count }, (_, k) => columnOf(matrix, k));
}

function sideBySide(graph: Graph, columns: readonly Value[]): Value {
  return graph.node('Concat', columns, { attributes: { axis: 1 } });
}

/** A tree finds the step of the curve that a score is at; what the curve is there is looked up. */
function onCurve(graph: Graph, curve: Curve, score: Value): Value {
  const { x, from, base, slope, top } = curveSteps(curve);
  const search = searchTree(x);
  const found = graph.node('TreeEnsemble', [score], {
    domain: 'ai.onnx.ml',
    attributes: treeEnsemble(search, 0, search.values),
  });
  const step = graph.node('Cast', [found], { attributes: { to: ELEMENT_TYPES.int64 } });
  const lookUp = (values: Float64Array): Value =>
    graph.node('Gather', [graph.constant({ type: 'double', dims: [values.length], values }), step]);
  const along = graph.node('Mul', [graph.node('Sub', [score, lookUp(from)]), lookUp(slope)]);
  return graph.node('Min', [lookUp(top), graph.node('Add', [lookUp(base), along])]);
}

/** A tree of one number: at most `x[i]` and above `x[i - 1]` ends in a leaf of value i. */
function searchTree(x: Float64Array): Forest {
  const size = 2 * x.length + 1;
  const tree = {
    task: 'regression' as const,
    outputs: 1,
    features: [{ name: 'score', kind: 'numeric' as const }],
    treeStart: Int32Array.of(0, size),
    feature: new Int32Array(size).fill(-1),
    threshold: new Float64Array(size),
    left: new Int32Array(size).fill(-1),
    missingLeft: new Uint8Array(size),
    categoryStart: new Int32Array(size).fill(-1),
    categoryBits: new Uint32Array(0),
    leaf: new Int32Array(size).fill(-1),
    values: Float64Array.from({ length: x.length + 1 }, (_, step) => step),
    importances: Float64Array.of(1),
  };
  let count = 1;
  const open = [{ node: 0, low: 0, high: x.length }];
  for (let at = open.pop(); at; at = open.pop()) {
    const { node, low, high } = at;
    if (low === high) {
      tree.leaf[node] = low;
      continue;
    }
    const middle = (low + high) >> 1;
    tree.feature[node] = 0;
    tree.threshold[node] = x[middle]!;
    tree.left[node] = count;
    open.push({ node: count, low, high: middle }, { node: count + 1, low: middle + 1, high });
    count += 2;
  }
  return tree;
}

/** @param scores rows × the number of sigmoids */
function onSigmoids(graph: Graph, sigmoids: readonly Sigmoid[], scores: Value): Value {
  const constants = (of: (sigmoid: Sigmoid) => number): Value =>
    graph.constant({ type: 'double', dims: [sigmoids.length], values: Float64Array.from(sigmoids, of) });
  const scaled = graph.node('Mul', [scores, constants(({ slope }) => slope)]);
  const exponent = graph.node('Add', [scaled, constants(({ intercept }) => intercept)]);
  return graph.node('Div', [graph.scalar(1), graph.node('Add', [graph.scalar(1), exponentialOf(graph, exponent)])]);
}

/** `exponential` of metrics/, step by step. */
function exponentialOf(graph: Graph, exponent: Value): Value {
  const times = (a: Value, factor: number): Value => graph.node('Mul', [a, graph.scalar(factor)]);
  const plus = (a: Value, b: number): Value => graph.node('Add', [a, graph.scalar(b)]);
  const atLeast = graph.node('Max', [exponent, graph.scalar(-MOST_EXPONENT)]);
  const bounded = graph.node('Min', [atLeast, graph.scalar(MOST_EXPONENT)]);
  const power = graph.node('Floor', [plus(times(bounded, Math.LOG2E), 0.5)]);
  const withoutHigh = graph.node('Sub', [bounded, times(power, LN2_HIGH)]);
  const rest = graph.node('Sub', [withoutHigh, times(power, LN2_LOW)]);
  const [first, ...others] = COEFFICIENTS;
  const sum = others.reduce<Value>(
    (value, coefficient) => plus(graph.node('Mul', [value, rest]), coefficient),
    graph.scalar(first!),
  );
  const index = graph.node('Cast', [plus(power, LARGEST_POWER)], { attributes: { to: ELEMENT_TYPES.int64 } });
  const powers = graph.constant({ type: 'double', dims: [POWERS_OF_TWO.length], values: POWERS_OF_TWO });
  return graph.node('Mul', [sum, graph.node('Gather', [powers, index])]);
}

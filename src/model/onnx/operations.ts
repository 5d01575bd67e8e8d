import type { StepName } from '../../config/feature-steps.ts';
import { parseFormula } from '../../features/expression/parse.ts';
import type { FittedFeatures } from '../../features/fitted-features.ts';
import type { Operation } from '../../features/step-kind.ts';
import type { BinsState } from '../../features/steps/bins.ts';
import type { ClipState } from '../../features/steps/clip.ts';
import { CROSS } from '../../features/steps/cross.ts';
import { circleOf, DAY_MS, type DateState } from '../../features/steps/date.ts';
import type { ExpressionState } from '../../features/steps/expression.ts';
import type { FrequencyState } from '../../features/steps/frequency.ts';
import type { ImputeState } from '../../features/steps/impute.ts';
import type { OneHotState } from '../../features/steps/one-hot.ts';
import type { OrdinalState } from '../../features/steps/ordinal.ts';
import type { PowerState } from '../../features/steps/power.ts';
import type { RareState } from '../../features/steps/rare.ts';
import type { ScaleState } from '../../features/steps/scale.ts';
import type { TargetEncodeState } from '../../features/steps/target-encode.ts';
import { calendarPart } from './calendar.ts';
import { categoryNumbers, keptTexts, type OnnxColumn, textScalar } from './categories.ts';
import { formulaValue } from './formula.ts';
import type { Graph, Value } from './graph.ts';
import { Numbers } from './numbers.ts';
import { ELEMENT_TYPES } from './tensor.ts';

type Export<State> = (graph: Graph, operation: Operation<State>, columns: readonly OnnxColumn[]) => OnnxColumn[];

/** What ONNX cannot say, with the reason. */
const NOT_IN_ONNX: Readonly<Partial<Record<StepName, string>>> = {
  text: 'it has no regular expressions of JavaScript and no hashes of words',
  lag: 'it sees one request, and no rows of training',
};

/** Each step that needs a part of the model whose name ONNX has no operators for: the flavor cannot be written. */
export function exportFaults({ operations = [] }: FittedFeatures): string[] {
  return operations.flatMap(({ kind, inputs }) => {
    const reason = NOT_IN_ONNX[kind];
    if (reason === undefined) return [];
    const columns = inputs.map((name) => `"${name}"`).join(', ');
    return [`the step "${kind}" (${columns}) cannot be written in ONNX: ${reason}`];
  });
}

/** Adds the operations to the graph. @param columns by name; the results are added, and take the place of what has their name */
export function addOperations(graph: Graph, operations: readonly Operation[], columns: Map<string, OnnxColumn>): void {
  for (const operation of operations) {
    const write = EXPORTS[operation.kind] as Export<unknown> | undefined;
    if (!write) throw new TypeError(`the step "${operation.kind}" has no form in ONNX`);
    const made = write(
      graph,
      operation,
      operation.inputs.map((name) => columns.get(name)!),
    );
    for (const [i, name] of operation.outputs.entries()) columns.set(name, made[i]!);
  }
}

const number = (value: Value): OnnxColumn => ({ value, kind: 'number' });
const text = (value: Value): OnnxColumn => ({ value, kind: 'text' });

const impute: Export<ImputeState> = (graph, { state: { fill, indicator } }, [column]) => {
  const { value, kind } = column!;
  const n = new Numbers(graph);
  const missing = kind === 'text' ? graph.node('Equal', [value, textScalar(graph, '')]) : n.isMissing(value);
  const filler = kind === 'text' ? textScalar(graph, String(fill)) : graph.scalar(Number(fill));
  const filled = { value: graph.node('Where', [missing, filler, value]), kind };
  return indicator ? [filled, number(n.number(missing))] : [filled];
};

const clip: Export<ClipState> = (graph, { state: { min, max } }, [column]) => {
  const { value } = column!;
  const n = new Numbers(graph);
  const below = n.where(n.compare('Greater', value, max), max, value);
  return [number(n.where(n.compare('Less', value, min), min, below))];
};

const log1p: Export<unknown> = (graph, _, [column]) => {
  const n = new Numbers(graph);
  return [number(n.finite(n.log1p(column!.value)))];
};

const power: Export<PowerState> = (graph, { state: { lambda, mean, scale } }, [column]) => {
  const n = new Numbers(graph);
  const { value } = column!;
  const transformed = (x: Value, exponent: number): Value => {
    const log = n.log1p(x);
    return exponent === 0 ? log : n.divide(n.expm1(n.multiply(log, exponent)), exponent);
  };
  const positive = transformed(value, lambda);
  const negative = graph.node('Neg', [transformed(graph.node('Neg', [value]), 2 - lambda)]);
  const both = n.where(n.compare('GreaterOrEqual', value, 0), positive, negative);
  return [number(n.finite(n.divide(n.subtract(both, mean), scale)))];
};

const scale: Export<ScaleState> = (graph, { state }, [column]) => {
  const n = new Numbers(graph);
  return [number(n.finite(n.divide(n.subtract(column!.value, state.center), state.scale)))];
};

const bins: Export<BinsState> = (graph, { state: { edges } }, [column]) => {
  const n = new Numbers(graph);
  const { value } = column!;
  if (edges.length === 0) return [number(n.where(n.isMissing(value), Number.NaN, 0))];
  const bounds = graph.constant({ type: 'double', dims: [edges.length], values: Float64Array.from(edges) });
  const reached = n.compare('GreaterOrEqual', graph.node('Unsqueeze', [value, graph.index(1, [1])]), bounds);
  const count = graph.node('ReduceSum', [n.number(reached), graph.index(1, [1])], { attributes: { keepdims: 0 } });
  return [number(n.where(n.isMissing(value), Number.NaN, count))];
};

const oneHot: Export<OneHotState> = (graph, { state: { categories, missing } }, [column]) => {
  const n = new Numbers(graph);
  const values = categories.map((_, code) => code);
  const code = categoryNumbers(graph, column!, { categories, values }, { missing: -1, unknown: -2 });
  return [...values, ...(missing ? [-1] : [])].map((place) => number(n.number(n.compare('Equal', code, place))));
};

const ordinal: Export<OrdinalState> = (graph, { state: { categories } }, [column]) => {
  const values = categories.map((_, code) => code);
  return [
    number(categoryNumbers(graph, column!, { categories, values }, { missing: Number.NaN, unknown: Number.NaN })),
  ];
};

const frequency: Export<FrequencyState> = (graph, { state }, [column]) => [
  number(categoryNumbers(graph, column!, state, { missing: Number.NaN, unknown: 0 })),
];

const targetEncode: Export<TargetEncodeState> = (graph, { state: { categories, targets } }, [column]) =>
  targets.map((target) => number(categoryNumbers(graph, column!, { categories, values: target.values }, target)));

const rare: Export<RareState> = (graph, { state: { categories, name } }, [column]) => [
  text(keptTexts(graph, column!.value, categories, name)),
];

const cross: Export<null> = (graph, _, columns) => {
  const empty = textScalar(graph, '');
  const isEmpty = (value: Value): Value => graph.node('Equal', [value, empty]);
  const values = columns.map(({ value }) => value);
  const joined = values.reduce((left, right) => {
    const both = graph.node('StringConcat', [graph.node('StringConcat', [left, textScalar(graph, CROSS)]), right]);
    return graph.node('Where', [graph.node('Or', [isEmpty(left), isEmpty(right)]), empty, both]);
  });
  return [text(joined)];
};

const date: Export<DateState> = (graph, { state: { parts, cyclic, since, holidays } }, [column]) => {
  const n = new Numbers(graph);
  const { value: time } = column!;
  const missing = n.isMissing(time);
  const circles = cyclic.flatMap((part) => {
    const place = graph.node('Cast', [n.where(missing, 0, calendarPart(graph, time, part))], {
      attributes: { to: ELEMENT_TYPES.int64 },
    });
    const { sin, cos } = circleOf(part);
    return [sin, cos].map((values) => {
      const table = graph.constant({ type: 'double', dims: [values.length], values });
      return n.where(missing, Number.NaN, graph.node('Gather', [table, place]));
    });
  });
  const day = number(graph.node('Floor', [n.divide(time, DAY_MS)]));
  const ones = { categories: holidays, values: holidays.map(() => 1) };
  return [
    ...parts.map((part) => calendarPart(graph, time, part)),
    ...circles,
    ...(since === null ? [] : [n.divide(n.subtract(time, since), DAY_MS)]),
    ...(holidays.length === 0 ? [] : [categoryNumbers(graph, day, ones, { missing: Number.NaN, unknown: 0 })]),
  ].map(number);
};

const expression: Export<ExpressionState> = (graph, { state: { formula }, inputs }, columns) => {
  const byName = new Map(inputs.map((name, i) => [name, columns[i]!]));
  return [number(formulaValue(graph, parseFormula(formula), byName))];
};

const rename: Export<null> = (_graph, _operation, columns) => [...columns];

const EXPORTS: Readonly<Partial<Record<StepName, Export<never>>>> = {
  impute,
  clip,
  log1p,
  power,
  scale,
  bins,
  'one-hot': oneHot,
  ordinal,
  frequency,
  'target-encode': targetEncode,
  rare,
  cross,
  date,
  expression,
  rename,
};

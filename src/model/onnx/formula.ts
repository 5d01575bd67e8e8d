import type { NumberFunction } from '../../features/expression/functions.ts';
import type { Expression, Operator } from '../../features/expression/parse.ts';
import { DAY_MS } from '../../features/steps/date.ts';
import { type OnnxColumn, textScalar } from './categories.ts';
import type { Graph, Value } from './graph.ts';
import { Numbers } from './numbers.ts';

/** ONNX's names of functions of one number. */
const UNARY: Readonly<Record<Exclude<NumberFunction, 'log1p'>, string>> = {
  abs: 'Abs',
  sqrt: 'Sqrt',
  exp: 'Exp',
  log: 'Log',
  floor: 'Floor',
  ceil: 'Ceil',
  round: 'Round',
  sign: 'Sign',
  sin: 'Sin',
  cos: 'Cos',
};

const COMPARISONS: Readonly<Partial<Record<Operator, string>>> = {
  '<': 'Less',
  '<=': 'LessOrEqual',
  '>': 'Greater',
  '>=': 'GreaterOrEqual',
  '==': 'Equal',
};

/** A formula as `evaluateFormula` of features/ computes it. */
export function formulaValue(graph: Graph, expression: Expression, columns: ReadonlyMap<string, OnnxColumn>): Value {
  const n = new Numbers(graph);
  const inner = (of: Expression): Value => formulaValue(graph, of, columns);
  switch (expression.kind) {
    case 'number':
      return graph.scalar(Number.isFinite(expression.value) ? expression.value : Number.NaN);
    case 'column':
      return columns.get(expression.name)!.value;
    case 'text':
      throw new TypeError('a text is no number');
    case 'negative':
      return graph.node('Neg', [inner(expression.args[0]!)]);
    case 'not': {
      const of = inner(expression.args[0]!);
      return n.where(n.isMissing(of), of, n.number(n.compare('Equal', of, 0)));
    }
    case 'operator': {
      const [left, right] = expression.args as [Expression, Expression];
      if (isText(left, columns)) return textsEqual(graph, [left, right], columns, expression.operator === '==');
      return operatorValue(n, expression.operator, inner(left), inner(right));
    }
    case 'call':
      return callValue(n, expression, columns);
  }
}

function operatorValue(n: Numbers, operator: Operator, a: Value, b: Value): Value {
  const { graph } = n;
  switch (operator) {
    case '+':
      return n.finite(n.add(a, b));
    case '-':
      return n.finite(n.subtract(a, b));
    case '*':
      return n.finite(n.multiply(a, b));
    case '/':
      return n.finite(n.divide(a, b));
    case '%':
      return n.finite(n.subtract(a, n.multiply(b, graph.node('Floor', [n.divide(a, b)]))));
    case '**':
      return n.where(n.anyMissing(a, b), Number.NaN, n.finite(graph.node('Pow', [a, b])));
    case 'and': {
      const no = graph.node('Or', [n.compare('Equal', a, 0), n.compare('Equal', b, 0)]);
      return n.where(no, 0, n.where(n.anyMissing(a, b), Number.NaN, 1));
    }
    case 'or': {
      const no = (x: Value): Value => graph.node('Or', [n.isMissing(x), n.compare('Equal', x, 0)]);
      const neither = graph.node('And', [no(a), no(b)]);
      return n.where(neither, n.where(n.anyMissing(a, b), Number.NaN, 0), 1);
    }
    case '!=':
      return n.where(n.anyMissing(a, b), Number.NaN, n.where(n.compare('Equal', a, b), 0, 1));
    default:
      return n.where(n.anyMissing(a, b), Number.NaN, n.number(n.compare(COMPARISONS[operator]!, a, b)));
  }
}

function callValue(
  n: Numbers,
  { name, args }: Extract<Expression, { kind: 'call' }>,
  columns: ReadonlyMap<string, OnnxColumn>,
): Value {
  const { graph } = n;
  const first = args[0]!;
  if (name === 'is_missing' && isText(first, columns)) {
    return n.number(graph.node('Equal', [textOf(graph, first, columns), textScalar(graph, '')]));
  }
  const [a, ...rest] = args.map((arg) => formulaValue(graph, arg, columns)) as [Value, ...Value[]];
  switch (name) {
    case 'min':
    case 'max': {
      const operator = name === 'min' ? 'Less' : 'Greater';
      const pick = (x: Value, y: Value): Value => n.where(n.compare(operator, x, y), x, y);
      return rest.reduce((x, y) => n.where(n.anyMissing(x, y), Number.NaN, pick(x, y)), a);
    }
    case 'coalesce':
      return rest.reduce((x, y) => n.where(n.isMissing(x), y, x), a);
    case 'if':
      return n.where(n.isMissing(a), Number.NaN, n.where(n.compare('Equal', a, 0), rest[1]!, rest[0]!));
    case 'is_missing':
      return n.number(n.isMissing(a));
    case 'days':
      return n.divide(a, DAY_MS);
    case 'log1p':
      return n.finite(n.log1p(a));
    default:
      return n.where(n.isMissing(a), Number.NaN, n.finite(graph.node(UNARY[name], [a])));
  }
}

function isText(expression: Expression, columns: ReadonlyMap<string, OnnxColumn>): boolean {
  if (expression.kind === 'text') return true;
  return expression.kind === 'column' && columns.get(expression.name)!.kind === 'text';
}

function textOf(graph: Graph, expression: Expression, columns: ReadonlyMap<string, OnnxColumn>): Value {
  if (expression.kind === 'text') return textScalar(graph, expression.value);
  return columns.get((expression as { name: string }).name)!.value;
}

function textsEqual(
  graph: Graph,
  sides: readonly Expression[],
  columns: ReadonlyMap<string, OnnxColumn>,
  wanted: boolean,
): Value {
  const n = new Numbers(graph);
  const values = sides.map((side) => textOf(graph, side, columns));
  const equal = n.where(graph.node('Equal', values), wanted ? 1 : 0, wanted ? 0 : 1);
  return sides.reduce((result, side, i) => {
    if (side.kind === 'text') return result;
    return n.where(graph.node('Equal', [values[i]!, textScalar(graph, '')]), Number.NaN, result);
  }, equal);
}

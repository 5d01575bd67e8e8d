import type { Column } from '../../data/table.ts';
import { finite, numbersOf, textsOf } from '../column-cells.ts';
import { NUMBER_FUNCTIONS, type NumberFunction } from './functions.ts';
import type { Expression, Operator } from './parse.ts';

/** Rows at once: what lies between two operations stays in the processor's cache. */
const BLOCK = 2048;
const DAY_MS = 86_400_000;

/** The numbers of the rows from `from` on, for `count` of them; the array is used again for the next rows. */
type Block = (from: number, count: number) => Float64Array;

/**
 * The formula for every row. Arithmetic and comparisons with a missing cell are missing, as is what is not finite, a division by
 * zero among it; `and` and `or` are missing only where the missing side decides.
 */
export function evaluateFormula(
  expression: Expression,
  columns: ReadonlyMap<string, Column>,
  nRows: number,
): Float64Array {
  const block = compile(expression, columns, Math.min(BLOCK, nRows));
  const values = new Float64Array(nRows);
  for (let from = 0; from < nRows; from += BLOCK) {
    const count = Math.min(BLOCK, nRows - from);
    values.set(block(from, count).subarray(0, count), from);
  }
  return values;
}

function compile(expression: Expression, columns: ReadonlyMap<string, Column>, size: number): Block {
  const inner = (of: Expression): Block => compile(of, columns, size);
  switch (expression.kind) {
    case 'number': {
      const values = new Float64Array(size).fill(finite(expression.value));
      return () => values;
    }
    case 'column': {
      const values = numbersOf(columns.get(expression.name)!);
      return (from, count) => values.subarray(from, from + count);
    }
    case 'text':
      throw new TypeError('a text is no number');
    case 'negative':
      return mapped(inner(expression.args[0]!), size, (value) => -value);
    case 'not':
      return mapped(inner(expression.args[0]!), size, (value) => (Number.isNaN(value) ? value : Number(value === 0)));
    case 'operator': {
      const [left, right] = expression.args as [Expression, Expression];
      if (isText(left, columns)) return textsEqual(left, right, columns, size, expression.operator === '==');
      return combined(inner(left), inner(right), size, LOOPS[expression.operator]);
    }
    case 'call':
      return called(expression, columns, size);
  }
}

function called(
  { name, args }: Extract<Expression, { kind: 'call' }>,
  columns: ReadonlyMap<string, Column>,
  size: number,
): Block {
  const inner = (of: Expression): Block => compile(of, columns, size);
  switch (name) {
    case 'min':
    case 'max': {
      const rest = args.slice(1).map(inner);
      return rest.reduce((left, right) => combined(left, right, size, LOOPS[name]), inner(args[0]!));
    }
    case 'coalesce': {
      const rest = args.slice(1).map(inner);
      return rest.reduce((left, right) => combined(left, right, size, LOOPS.coalesce), inner(args[0]!));
    }
    case 'if': {
      const [condition, then, otherwise] = args.map(inner) as [Block, Block, Block];
      const values = new Float64Array(size);
      return (from, count) => {
        const [c, a, b] = [condition(from, count), then(from, count), otherwise(from, count)];
        for (let i = 0; i < count; i++) values[i] = Number.isNaN(c[i]) ? Number.NaN : c[i] !== 0 ? a[i]! : b[i]!;
        return values;
      };
    }
    case 'is_missing': {
      const [arg] = args as [Expression];
      if (isText(arg, columns)) {
        const { codes } = textsOf(columns.get((arg as { name: string }).name)!);
        return fromRows(size, (row) => (codes[row] === -1 ? 1 : 0));
      }
      return mapped(inner(arg), size, (value) => (Number.isNaN(value) ? 1 : 0));
    }
    case 'days':
      return mapped(inner(args[0]!), size, (value) => value / DAY_MS);
    default:
      return mapped(inner(args[0]!), size, NUMBER_FUNCTIONS[name as NumberFunction]);
  }
}

export function isText(expression: Expression, columns: ReadonlyMap<string, { readonly kind: string }>): boolean {
  if (expression.kind === 'text') return true;
  return expression.kind === 'column' && columns.get(expression.name)!.kind === 'categorical';
}

function mapped(of: Block, size: number, map: (value: number) => number): Block {
  const values = new Float64Array(size);
  return (from, count) => {
    const given = of(from, count);
    for (let i = 0; i < count; i++) values[i] = finite(map(given[i]!));
    return values;
  };
}

function fromRows(size: number, of: (row: number) => number): Block {
  const values = new Float64Array(size);
  return (from, count) => {
    for (let i = 0; i < count; i++) values[i] = of(from + i);
    return values;
  };
}

/** Texts of one column against those of another or against one text, by their codes. */
function textsEqual(
  left: Expression,
  right: Expression,
  columns: ReadonlyMap<string, Column>,
  size: number,
  wanted: boolean,
): Block {
  const [a, b] = left.kind === 'text' ? [right, left] : [left, right];
  const [yes, no] = wanted ? [1, 0] : [0, 1];
  if (a.kind === 'text') {
    const same = b.kind === 'text' && a.value === b.value;
    return fromRows(size, () => (same ? yes : no));
  }
  const { codes, categories } = textsOf(columns.get((a as { name: string }).name)!);
  if (b.kind === 'text') {
    const code = categories.indexOf(b.value);
    return fromRows(size, (row) => (codes[row] === -1 ? Number.NaN : codes[row] === code ? yes : no));
  }
  const other = textsOf(columns.get((b as { name: string }).name)!);
  const codeOf = new Map(categories.map((text, code) => [text, code]));
  const translated = other.categories.map((text) => codeOf.get(text) ?? -2);
  return fromRows(size, (row) => {
    const [mine, its] = [codes[row]!, other.codes[row]!];
    if (mine === -1 || its === -1) return Number.NaN;
    return mine === translated[its] ? yes : no;
  });
}

type Loop = (left: Float64Array, right: Float64Array, into: Float64Array, count: number) => void;

function combined(left: Block, right: Block, size: number, loop: Loop): Block {
  const values = new Float64Array(size);
  return (from, count) => {
    loop(left(from, count), right(from, count), values, count);
    return values;
  };
}

/** A comparison is missing where a side is. */
const truth = (is: boolean, a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Number(is);

/** A loop of its own for each operator, so that each is compiled for it. */
const LOOPS: Readonly<Record<Operator | 'min' | 'max' | 'coalesce', Loop>> = {
  '+': (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = finite(a[i]! + b[i]!);
  },
  '-': (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = finite(a[i]! - b[i]!);
  },
  '*': (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = finite(a[i]! * b[i]!);
  },
  '/': (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = finite(a[i]! / b[i]!);
  },
  // The sign of the divisor, as in Python.
  '%': (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = finite(a[i]! - b[i]! * Math.floor(a[i]! / b[i]!));
  },
  '**': (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = Number.isNaN(a[i]) ? Number.NaN : finite(a[i]! ** b[i]!);
  },
  '<': (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = truth(a[i]! < b[i]!, a[i]!, b[i]!);
  },
  '<=': (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = truth(a[i]! <= b[i]!, a[i]!, b[i]!);
  },
  '>': (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = truth(a[i]! > b[i]!, a[i]!, b[i]!);
  },
  '>=': (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = truth(a[i]! >= b[i]!, a[i]!, b[i]!);
  },
  '==': (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = truth(a[i] === b[i], a[i]!, b[i]!);
  },
  '!=': (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = truth(a[i] !== b[i], a[i]!, b[i]!);
  },
  and: (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = a[i] === 0 || b[i] === 0 ? 0 : truth(true, a[i]!, b[i]!);
  },
  or: (a, b, into, n) => {
    const yes = (value: number): boolean => !Number.isNaN(value) && value !== 0;
    for (let i = 0; i < n; i++) into[i] = yes(a[i]!) || yes(b[i]!) ? 1 : truth(false, a[i]!, b[i]!);
  },
  min: (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = Math.min(a[i]!, b[i]!);
  },
  max: (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = Math.max(a[i]!, b[i]!);
  },
  coalesce: (a, b, into, n) => {
    for (let i = 0; i < n; i++) into[i] = Number.isNaN(a[i]) ? b[i]! : a[i]!;
  },
};

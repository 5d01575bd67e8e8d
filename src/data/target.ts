import { MlopsError } from '../errors/mlops-error.ts';
import { type Column, cellValue, getColumn, isMissing, type Table } from './table.ts';

export type Task = 'classification' | 'regression';

export interface ClassTarget {
  readonly task: 'classification';
  /** Labels as text: numbers in the order of their size, texts in code-point order; `codes` index them. */
  readonly classes: readonly string[];
  readonly codes: Int32Array;
}

export interface NumericTarget {
  readonly task: 'regression';
  readonly values: Float64Array;
}

export type Target = ClassTarget | NumericTarget;

/** `auto`: whole numbers are classes when they have two values, or at most so many and each of them stands twice on average. */
const MOST_NUMERIC_CLASSES = 20;
const MOST_CLASSES = 1000;

export interface PreparedTarget {
  readonly task: Task;
  /** Of `rows` only. */
  readonly target: Target;
  /** Rows whose target is there. */
  readonly rows: Int32Array;
}

/**
 * The target column as something to learn, rows without it left out.
 *
 * @throws COLUMN_NOT_FOUND · TARGET_INVALID when it is all missing, constant, has one class, or does not fit the task
 */
export function prepareTarget(table: Table, name: string, asked: Task | 'auto'): PreparedTarget {
  const column = getColumn(table, name, 'target');
  const rows = presentRows(column, table.nRows);
  if (rows.length === 0)
    throw new MlopsError('TARGET_INVALID', `"target" is "${name}", but that column has no value in any row`);
  if (column.kind === 'datetime') {
    throw new MlopsError(
      'TARGET_INVALID',
      `"target" is "${name}", which holds instants; a number or a class can be predicted`,
    );
  }
  const task = asked === 'auto' ? guessTask(column, rows) : asked;
  if (task === 'regression') {
    if (column.kind !== 'numeric') {
      throw new MlopsError(
        'TARGET_INVALID',
        `"task" is "regression", but the target "${name}" holds texts such as "${column.categories[0]}"; use classification`,
      );
    }
    const values = Float64Array.from(rows, (row) => column.values[row]!);
    if (values.every((value) => value === values[0])) constant(name, String(values[0]), rows.length);
    return { task, target: { task, values }, rows };
  }
  const classes = classesOf(column, rows);
  if (classes.length === 1) constant(name, classes[0]!, rows.length);
  if (classes.length > MOST_CLASSES) {
    throw new MlopsError(
      'TARGET_INVALID',
      `"target" is "${name}", which has ${classes.length} classes; at most ${MOST_CLASSES} can be learned`,
    );
  }
  return { task, target: { task, classes, codes: codesOf(column, rows, classes) }, rows };
}

function constant(name: string, value: string, count: number): never {
  throw new MlopsError(
    'TARGET_INVALID',
    `"target" is "${name}", but all its ${count} values are "${value}": there is nothing to learn`,
  );
}

/** The target of rows in which it is complete, in terms of classes known before; new ones come after them. */
export function targetFor(table: Table, name: string, task: Task, classes: readonly string[]): Target {
  const column = getColumn(table, name, 'target');
  const rows = presentRows(column, table.nRows);
  if (rows.length !== table.nRows) {
    throw new MlopsError(
      'TARGET_INVALID',
      `"${name}" is missing in ${table.nRows - rows.length} of ${table.nRows} rows`,
    );
  }
  if (task === 'regression') {
    if (column.kind !== 'numeric') {
      throw new MlopsError('TARGET_INVALID', `"${name}" is ${column.kind}, expected numbers as at training`);
    }
    return { task, values: column.values };
  }
  const fresh = classesOf(column, rows).filter((label) => !classes.includes(label));
  const all = [...classes, ...fresh];
  return { task, classes: all, codes: codesOf(column, rows, all) };
}

export function takeTarget(target: Target, rows: Int32Array): Target {
  if (target.task === 'regression') {
    return { task: 'regression', values: Float64Array.from(rows, (row) => target.values[row]!) };
  }
  return { ...target, codes: Int32Array.from(rows, (row) => target.codes[row]!) };
}

/** The rows whose cell of the column is there. */
export function presentRows(column: Column, nRows: number): Int32Array {
  const rows = new Int32Array(nRows);
  let count = 0;
  for (let row = 0; row < nRows; row++) if (!isMissing(column, row)) rows[count++] = row;
  return rows.slice(0, count);
}

function guessTask(column: Column, rows: Int32Array): Task {
  if (column.kind !== 'numeric') return 'classification';
  if (!column.integer) return 'regression';
  const most = Math.max(2, Math.min(MOST_NUMERIC_CLASSES, rows.length / 2));
  const distinct = new Set<number>();
  for (const row of rows) {
    distinct.add(column.values[row]!);
    if (distinct.size > most) return 'regression';
  }
  return 'classification';
}

function classesOf(column: Column, rows: Int32Array): string[] {
  if (column.kind === 'categorical') {
    const used = new Set<number>();
    for (const row of rows) used.add(column.codes[row]!);
    return [...used].map((code) => column.categories[code]!).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }
  const values = new Set<number>();
  for (const row of rows) values.add(column.values[row]!);
  return [...values].sort((a, b) => a - b).map(String);
}

function codesOf(column: Column, rows: Int32Array, classes: readonly string[]): Int32Array {
  const codeOf = new Map(classes.map((label, code) => [label, code]));
  if (column.kind === 'categorical') {
    const codes = column.categories.map((text) => codeOf.get(text) ?? -1);
    return Int32Array.from(rows, (row) => codes[column.codes[row]!]!);
  }
  if (column.kind === 'datetime') return Int32Array.from(rows, (row) => codeOf.get(String(cellValue(column, row)))!);
  const numbers = new Map(classes.map((label, code) => [Number(label), code]));
  return Int32Array.from(rows, (row) => numbers.get(column.values[row]!)!);
}

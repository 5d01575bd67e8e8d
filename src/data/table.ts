import { MlopsError } from '../errors/mlops-error.ts';
import { didYouMean, listSome } from '../errors/suggest.ts';

/** Numbers; a missing cell is NaN. Never holds ±Infinity when it comes from a source. */
export interface NumericColumn {
  readonly kind: 'numeric';
  readonly name: string;
  readonly values: Float64Array;
  /** Every present value is a whole number within ±2^53: the signature type is then `long`. */
  readonly integer: boolean;
}

/** Strings (and booleans, as `true` and `false`) as codes into a dictionary; a missing cell is -1. */
export interface CategoricalColumn {
  readonly kind: 'categorical';
  readonly name: string;
  readonly codes: Int32Array;
  /** In order of first appearance, each once. Rows that were dropped may leave unused entries. */
  readonly categories: readonly string[];
}

/** Instants as milliseconds since 1970-01-01T00:00Z; a date without zone is taken as UTC; a missing cell is NaN. */
export interface DatetimeColumn {
  readonly kind: 'datetime';
  readonly name: string;
  readonly values: Float64Array;
}

export type Column = NumericColumn | CategoricalColumn | DatetimeColumn;

/**
 * A columnar table. Columns have unique names and `nRows` cells each. Missing is marked in the cells (NaN, -1): no source
 * we read distinguishes NaN from missing, so a validity bitmap would be a second truth to keep in step.
 */
export interface Table {
  readonly nRows: number;
  readonly columns: readonly Column[];
}

export function columnNames(table: Table): string[] {
  return table.columns.map((column) => column.name);
}

export function findColumn(table: Table, name: string): Column | undefined {
  return table.columns.find((column) => column.name === name);
}

/** @throws COLUMN_NOT_FOUND with the columns there are. `role` says who asks, e.g. `"target"`. */
export function getColumn(table: Table, name: string, role: string, source = 'the table'): Column {
  const column = findColumn(table, name);
  if (column) return column;
  const names = columnNames(table);
  throw new MlopsError(
    'COLUMN_NOT_FOUND',
    `"${role}" is "${name}", but ${source} has no such column. Columns: ${listSome(names)}.${didYouMean(name, names)}`,
  );
}

/** The columns named, in that order. */
export function selectColumns(table: Table, names: readonly string[]): Table {
  return { nRows: table.nRows, columns: names.map((name) => getColumn(table, name, 'column')) };
}

export function dropColumns(table: Table, names: readonly string[]): Table {
  const dropped = new Set(names);
  return { nRows: table.nRows, columns: table.columns.filter((column) => !dropped.has(column.name)) };
}

/** The rows named by `rows`, in that order; dictionaries are shared, not rebuilt. */
export function takeRows(table: Table, rows: Int32Array): Table {
  return { nRows: rows.length, columns: table.columns.map((column) => takeCells(column, rows)) };
}

function takeCells(column: Column, rows: Int32Array): Column {
  if (column.kind === 'categorical') {
    const codes = new Int32Array(rows.length);
    for (let i = 0; i < rows.length; i++) codes[i] = column.codes[rows[i]!]!;
    return { ...column, codes };
  }
  const values = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) values[i] = column.values[rows[i]!]!;
  return { ...column, values };
}

export function isMissing(column: Column, row: number): boolean {
  return column.kind === 'categorical' ? column.codes[row] === -1 : Number.isNaN(column.values[row]);
}

/** The cell as a value for people and for JSON: number, string, ISO instant, or null when missing. */
export function cellValue(column: Column, row: number): number | string | null {
  if (isMissing(column, row)) return null;
  if (column.kind === 'categorical') return column.categories[column.codes[row]!]!;
  const value = column.values[row]!;
  return column.kind === 'datetime' ? new Date(value).toISOString() : value;
}

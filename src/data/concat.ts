import { MlopsError } from '../errors/mlops-error.ts';
import { Dictionary } from './csv/fields.ts';
import { type Column, columnNames, findColumn, type Table } from './table.ts';

/**
 * The rows of all tables under one another, columns matched by name in the order of the first table.
 *
 * @throws DATA_UNREADABLE when tables differ in columns or kinds
 */
export function concatTables(tables: readonly Table[], what: string): Table {
  const [first] = tables;
  if (!first) return { nRows: 0, columns: [] };
  const faults: string[] = [];
  for (const [i, table] of tables.entries()) {
    const absent = columnNames(first).filter((name) => !findColumn(table, name));
    const extra = columnNames(table).filter((name) => !findColumn(first, name));
    if (absent.length > 0 || extra.length > 0) {
      faults.push(`${what}: part ${i + 1} has other columns than the first: ${[...absent, ...extra].join(', ')}`);
    }
  }
  if (faults.length > 0) throw new MlopsError('DATA_UNREADABLE', faults);
  const nRows = tables.reduce((sum, table) => sum + table.nRows, 0);
  const columns = first.columns.map((column) =>
    concatColumns(
      tables.map((table) => findColumn(table, column.name)!),
      nRows,
      what,
    ),
  );
  return { nRows, columns };
}

function concatColumns(columns: readonly Column[], nRows: number, what: string): Column {
  const { name } = columns[0]!;
  // A column without any value fits every kind.
  const kinds = new Set(columns.filter(hasValue).map((column) => column.kind));
  if (kinds.size > 1) {
    const [one, other] = kinds;
    throw new MlopsError('DATA_UNREADABLE', `${what}: column "${name}" is ${one} in one part and ${other} in another`);
  }
  const kind = [...kinds][0] ?? columns[0]!.kind;
  let offset = 0;
  if (kind === 'categorical') {
    const codes = new Int32Array(nRows).fill(-1);
    const dictionary = new Dictionary();
    for (const column of columns) {
      if (column.kind === 'categorical') {
        const to = column.categories.map((text) => dictionary.codeOf(text));
        for (const [row, code] of column.codes.entries()) codes[offset + row] = code === -1 ? -1 : to[code]!;
      }
      offset += lengthOf(column);
    }
    return { kind, name, codes, categories: dictionary.texts };
  }
  const values = new Float64Array(nRows).fill(Number.NaN);
  for (const column of columns) {
    if (column.kind !== 'categorical') values.set(column.values, offset);
    offset += lengthOf(column);
  }
  if (kind === 'datetime') return { kind, name, values };
  return { kind, name, values, integer: columns.every((column) => column.kind !== 'numeric' || column.integer) };
}

function hasValue(column: Column): boolean {
  return column.kind === 'categorical'
    ? column.codes.some((code) => code !== -1)
    : column.values.some((value) => !Number.isNaN(value));
}

function lengthOf(column: Column): number {
  return column.kind === 'categorical' ? column.codes.length : column.values.length;
}

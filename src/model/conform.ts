import { Dictionary } from '../data/csv/fields.ts';
import { parseInstant } from '../data/csv/instant.ts';
import { parseDecimal } from '../data/csv/number.ts';
import { type Column, columnNames, findColumn, type Table } from '../data/table.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { didYouMean, listSome } from '../errors/suggest.ts';
import type { RawColumn } from '../features/fitted-features.ts';
import { kindOf } from './read-kinds.ts';

/**
 * The input columns of a model out of a table, each of the kind it had in training. A column of texts that are numbers becomes
 * numbers and the reverse; a cell that cannot become one counts as missing.
 *
 * @throws COLUMN_NOT_FOUND with every column that is missing
 */
export function conformTable(table: Table, inputs: readonly RawColumn[]): Table {
  const names = columnNames(table);
  const absent = inputs.filter(({ name }) => !names.includes(name));
  if (absent.length > 0) {
    throw new MlopsError(
      'COLUMN_NOT_FOUND',
      absent.map(
        ({ name, type }) =>
          `the model needs the column "${name}" (${type}), which is not there. Columns: ${listSome(names)}.${didYouMean(name, names)}`,
      ),
    );
  }
  const columns = inputs.map((input) => conformColumn(findColumn(table, input.name)!, kindOf(input)));
  return { nRows: table.nRows, columns };
}

/** The column with cells of that kind. */
export function conformColumn(column: Column, kind: Column['kind']): Column {
  if (column.kind === kind) return column;
  const { name } = column;
  if (column.kind === 'categorical') {
    const parse = kind === 'numeric' ? parseDecimal : parseInstant;
    const parsed = column.categories.map(parse);
    const values = Float64Array.from(column.codes, (code) => (code === -1 ? Number.NaN : parsed[code]!));
    return kind === 'numeric' ? { kind, name, values, integer: false } : { kind: 'datetime', name, values };
  }
  if (kind === 'categorical') {
    const dictionary = new Dictionary();
    const text = (value: number): string =>
      column.kind === 'datetime' ? new Date(value).toISOString() : String(value);
    const codes = Int32Array.from(column.values, (value) =>
      Number.isNaN(value) ? -1 : dictionary.codeOf(text(value)),
    );
    return { kind, name, codes, categories: dictionary.texts };
  }
  // A number is no instant and the reverse: nothing says in which unit. A column without any value is numeric when read.
  const values = new Float64Array(column.values.length).fill(Number.NaN);
  return kind === 'numeric' ? { kind, name, values, integer: false } : { kind: 'datetime', name, values };
}

import { MlopsError } from '../../errors/mlops-error.ts';
import { Dictionary } from '../csv/fields.ts';
import { parseInstant } from '../csv/instant.ts';
import type { Column, Table } from '../table.ts';

/** A value as a database driver gives it. */
export type Cell = string | number | bigint | boolean | Date | Uint8Array | null | undefined;

/**
 * A table of rows of a database. A column is numeric when all its values are numbers, datetime when all are instants (as
 * dates or ISO text), else text.
 *
 * @throws COLUMN_DUPLICATE
 */
export function tableFromRows(
  source: string,
  names: readonly string[],
  rows: readonly Readonly<Record<string, Cell>>[],
): Table {
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) {
    throw new MlopsError(
      'COLUMN_DUPLICATE',
      twice.map((name) => `${source}: two columns are named "${name}"; use AS`),
    );
  }
  return { nRows: rows.length, columns: names.map((name) => columnOf(name, rows)) };
}

function columnOf(name: string, rows: readonly Readonly<Record<string, Cell>>[]): Column {
  const values = new Float64Array(rows.length).fill(Number.NaN);
  let numeric = true;
  let datetime = true;
  let integer = true;
  for (let i = 0; i < rows.length; i++) {
    const cell = rows[i]![name];
    if (cell === null || cell === undefined) continue;
    if (typeof cell === 'number' || typeof cell === 'bigint') {
      datetime = false;
      const value = Number(cell);
      values[i] = Number.isFinite(value) ? value : Number.NaN;
      if (!Number.isSafeInteger(value)) integer = false;
    } else {
      numeric = false;
      const time = cell instanceof Date ? cell.getTime() : typeof cell === 'string' ? parseInstant(cell) : Number.NaN;
      if (Number.isNaN(time)) datetime = false;
      values[i] = time;
    }
    if (!numeric && !datetime) break;
  }
  if (numeric) return { kind: 'numeric', name, values, integer };
  if (datetime) return { kind: 'datetime', name, values };
  const dictionary = new Dictionary();
  const codes = Int32Array.from(rows, (row) => {
    const text = textOf(row[name]);
    return text === '' ? -1 : dictionary.codeOf(text);
  });
  return { kind: 'categorical', name, codes, categories: dictionary.texts };
}

function textOf(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return cell.toISOString();
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('hex');
  return String(cell);
}

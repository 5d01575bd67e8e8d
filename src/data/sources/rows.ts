import { MlopsError } from '../../errors/mlops-error.ts';
import type { Kind, UnparsedCell } from '../csv/column-builder.ts';
import { Dictionary } from '../csv/fields.ts';
import { parseInstant } from '../csv/instant.ts';
import { parseDecimal } from '../csv/number.ts';
import type { Column, Table } from '../table.ts';

/** A value as a database driver gives it. */
export type Cell = string | number | bigint | boolean | Date | Uint8Array | null | undefined;

/** Kinds that columns must have, and where cells of another kind are noted. */
export interface WantedKinds {
  readonly kinds?: Readonly<Record<string, Kind>>;
  readonly unparsed: UnparsedCell[];
}

/**
 * A table of rows of a database. Without a kind asked for, a column is numeric when all its values are numbers, datetime when all
 * are instants (as dates or ISO text), else text. Whole numbers that no double holds are names, and make a column of texts.
 *
 * @throws COLUMN_DUPLICATE · DATA_UNREADABLE without columns
 */
export function tableFromRows(
  source: string,
  names: readonly string[],
  rows: Iterable<readonly Cell[]>,
  wanted: WantedKinds = { unparsed: [] },
): Table {
  if (names.length === 0) throw new MlopsError('DATA_UNREADABLE', `${source}: the query gives no columns`);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) {
    throw new MlopsError(
      'COLUMN_DUPLICATE',
      [...new Set(twice)].map((name) => `${source}: two columns are named "${name}"; use AS`),
    );
  }
  const cells: Cell[][] = names.map(() => []);
  for (const row of rows) for (let c = 0; c < cells.length; c++) cells[c]!.push(row[c]);
  const kinds = new Map(Object.entries(wanted.kinds ?? {}));
  const columns = names.map((name, c) => {
    const kind = kinds.get(name);
    return kind === undefined ? inferred(name, cells[c]!) : asked(name, cells[c]!, kind, wanted.unparsed);
  });
  return { nRows: cells[0]!.length, columns };
}

function inferred(name: string, cells: readonly Cell[]): Column {
  const present = cells.filter((cell) => !isAbsent(cell));
  if (present.every(isNumber)) return numbers(name, cells.map(numberOf));
  const instants = cells.map((cell) =>
    typeof cell === 'string' || cell instanceof Date ? instantOf(cell) : Number.NaN,
  );
  if (instants.every((time, i) => !Number.isNaN(time) || isAbsent(cells[i]))) {
    return { kind: 'datetime', name, values: Float64Array.from(instants) };
  }
  return texts(name, cells);
}

function asked(name: string, cells: readonly Cell[], kind: Kind, unparsed: UnparsedCell[]): Column {
  if (kind === 'categorical') return texts(name, cells);
  const values = cells.map((cell, row) => {
    const value = kind === 'numeric' ? numberOf(cell) : instantOf(cell);
    if (Number.isNaN(value) && !isAbsent(cell)) unparsed.push({ column: name, row, text: textOf(cell) });
    return value;
  });
  return kind === 'numeric' ? numbers(name, values) : { kind, name, values: Float64Array.from(values) };
}

function numbers(name: string, values: readonly number[]): Column {
  const integer = values.every((value) => Number.isNaN(value) || Number.isSafeInteger(value));
  return { kind: 'numeric', name, values: Float64Array.from(values), integer };
}

function texts(name: string, cells: readonly Cell[]): Column {
  const dictionary = new Dictionary();
  const codes = Int32Array.from(cells, (cell) => (isAbsent(cell) ? -1 : dictionary.codeOf(textOf(cell))));
  return { kind: 'categorical', name, codes, categories: dictionary.texts };
}

/** NULL, the empty text as in CSV files, and what is neither a number nor an instant. */
function isAbsent(cell: Cell): boolean {
  if (typeof cell === 'number') return !Number.isFinite(cell);
  return cell === null || cell === undefined || cell === '' || (cell instanceof Date && Number.isNaN(cell.getTime()));
}

function isNumber(cell: Cell): boolean {
  return typeof cell === 'number' || (typeof cell === 'bigint' && BigInt(Number(cell)) === cell);
}

function numberOf(cell: Cell): number {
  if (typeof cell === 'string') return parseDecimal(cell.trim());
  if (typeof cell === 'bigint') return Number(cell);
  return typeof cell === 'number' && Number.isFinite(cell) ? cell : Number.NaN;
}

function instantOf(cell: Cell): number {
  if (cell instanceof Date) return cell.getTime();
  return typeof cell === 'string' ? parseInstant(cell) : Number.NaN;
}

function textOf(cell: Cell): string {
  if (cell instanceof Date) return cell.toISOString();
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('hex');
  return String(cell);
}

import type { CsvSettings } from '../config/data-settings.ts';
import type { UnparsedCell } from '../data/csv/column-builder.ts';
import type { Fields } from '../data/csv/fields.ts';
import { readCsv } from '../data/csv/read-csv.ts';
import { tableOfFields } from '../data/read-table.ts';
import { type Column, columnNames, type Table, takeRows } from '../data/table.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { didYouMean, listSome } from '../errors/suggest.ts';
import type { RawColumn } from '../features/fitted-features.ts';
import { readKinds } from '../model/read-kinds.ts';
import { reasonsOf } from './cell-reasons.ts';
import { type RowSpan, separateRows, withoutBadRows } from './separate-rows.ts';

/** A row that was not scored. */
export interface RejectedRow {
  /** Of the input, from 1. */
  readonly line: number;
  readonly reason: string;
  /** As it was written. */
  readonly content: string;
}

export interface ReadRows {
  /** Rows that can be scored, in the order of the file. */
  readonly table: Table;
  readonly rejected: readonly RejectedRow[];
}

export interface RowsRequest {
  readonly name: string;
  readonly csv: CsvSettings;
  readonly inputs: readonly RawColumn[];
  /** Read as they are written. */
  readonly keepColumns: readonly string[];
}

/**
 * The rows of a CSV file that a model can score: those with as many fields as the header, and a number or instant wherever
 * the model takes one.
 *
 * @throws COLUMN_NOT_FOUND naming every column that is missing · what the whole file has wrong: CSV_MALFORMED · DATA_EMPTY ·
 * COLUMN_DUPLICATE
 */
export async function readRows(bytes: Buffer, request: RowsRequest): Promise<ReadRows> {
  const { name, csv, inputs, keepColumns } = request;
  const kinds: Record<string, Column['kind']> = {
    ...Object.fromEntries(keepColumns.map((column) => [column, 'categorical' as const])),
    ...readKinds(inputs),
  };
  const fields = await readCsv(name, bytes, csv);
  requireColumns(fields, inputs, keepColumns);
  const unparsed: UnparsedCell[] = [];
  let separated: readonly RowSpan[] | undefined;
  let table: Table;
  try {
    table = tableOfFields([fields], { csv, kinds }, unparsed);
  } catch (error) {
    if (!(error instanceof MlopsError) || error.code !== 'CSV_MALFORMED') throw error;
    separated = separateRows(fields);
    unparsed.length = 0;
    table = tableOfFields([{ ...fields, bytes: withoutBadRows(fields.bytes, separated) }], { csv, kinds }, unparsed);
  }
  if (!separated && unparsed.length === 0) return { table, rejected: [] };
  return reject(table, fields.bytes, separated ?? separateRows(fields), unparsed, inputs);
}

/** @throws COLUMN_NOT_FOUND */
export function requireColumns(
  { name, header }: Pick<Fields, 'name' | 'header'>,
  inputs: readonly RawColumn[],
  keepColumns: readonly string[],
): void {
  const faults = [
    ...inputs.map((input) => [input.name, `the model needs the column "${input.name}" (${input.type})`] as const),
    ...keepColumns.map((column) => [column, `"keep-columns" has "${column}"`] as const),
  ]
    .filter(([column]) => !header.includes(column))
    .map(([column, who]) => `${who}, which ${name} lacks.${didYouMean(column, header)}`);
  if (faults.length === 0) return;
  throw new MlopsError('COLUMN_NOT_FOUND', [...faults, `Columns of ${name}: ${listSome(header)}`]);
}

/** Takes the rows with cells that do not fit out of the table, and lists them with those that were malformed. */
function reject(
  table: Table,
  text: Buffer,
  separated: readonly RowSpan[],
  unparsed: readonly UnparsedCell[],
  inputs: readonly RawColumn[],
): ReadRows {
  const reasons = reasonsOf(unparsed, inputs);
  const rejected: RejectedRow[] = [];
  const kept: number[] = [];
  let row = 0;
  for (const { line, start, end, fault } of separated) {
    const why = fault ?? reasons.get(row);
    if (why !== undefined) rejected.push({ line, reason: why, content: text.toString('utf8', start, end) });
    if (fault !== undefined) continue;
    if (why === undefined) kept.push(row);
    row++;
  }
  if (row !== table.nRows) throw new Error(`found ${row} rows where ${table.nRows} were read: ${columnNames(table)}`);
  return { table: takeRows(table, Int32Array.from(kept)), rejected };
}

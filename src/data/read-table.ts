import { readFile } from 'node:fs/promises';
import { MlopsError } from '../errors/mlops-error.ts';
import { listSome } from '../errors/suggest.ts';
import { concatTables } from './concat.ts';
import { ColumnBuilder, type Kind, type UnparsedCell } from './csv/column-builder.ts';
import type { Fields } from './csv/fields.ts';
import { MAX_CSV_BYTES, readCsv, tooLarge } from './csv/read-csv.ts';
import { RowScanner } from './csv/scan-rows.ts';
import { tableDigest } from './digest.ts';
import { listParts } from './sources/list-parts.ts';
import type { DatabricksPart, Part, SqlitePart } from './sources/part.ts';
import type { WantedKinds } from './sources/rows.ts';
import type { SourceOptions } from './sources/source-options.ts';
import type { Table } from './table.ts';

export interface ReadOptions extends SourceOptions {
  /** Kinds that columns must have; cells of another kind count as missing and are reported. Others are inferred. */
  readonly kinds?: Readonly<Record<string, Kind>>;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

export interface ReadTable {
  readonly table: Table;
  /** SHA-256 of the content. */
  readonly digest: string;
  readonly bytes: number;
  readonly parts: readonly Part[];
  /** MLflow's name of where the table came from. */
  readonly sourceType: 'local' | 's3' | 'sql' | 'delta_table';
  readonly unparsed: readonly UnparsedCell[];
}

/**
 * Reads sources whole into one table. Kinds are those that fit the cells of all CSV files together.
 *
 * @throws DATA_NOT_FOUND · DATA_EMPTY · CSV_MALFORMED · COLUMN_DUPLICATE · DATA_UNREADABLE
 */
export async function readTable(sources: readonly string[], options: ReadOptions): Promise<ReadTable> {
  const parts = await listParts(sources, options);
  const total = parts.reduce((sum, part) => sum + ('bytes' in part ? part.bytes : 0), 0);
  const csv: Fields[] = [];
  const tables: Table[] = [];
  const unparsed: UnparsedCell[] = [];
  let bytes = 0;
  // Rows of CSV files come first, and rows of the others after them.
  for (const part of parts) {
    options.signal.throwIfAborted();
    if (part.kind !== 'file' && part.kind !== 's3') continue;
    const content = await readBytes(part, options);
    csv.push(await readCsv(part.name, content, options.csv));
    bytes += content.length;
    options.onProgress?.(bytes, Math.max(total, bytes));
  }
  if (csv.length > 0) tables.push(tableOfFields(csv, options, unparsed));
  for (const part of parts) {
    options.signal.throwIfAborted();
    if (part.kind === 'file' || part.kind === 's3') continue;
    const { kinds = {} } = options;
    const wanted: WantedKinds = { kinds, unparsed: [] };
    const before = tables.reduce((sum, { nRows }) => sum + nRows, 0);
    tables.push(await readRows(part, options, wanted));
    unparsed.push(...wanted.unparsed.map((cell) => ({ ...cell, row: before + cell.row })));
  }
  const table = tables.length === 1 ? tables[0]! : concatTables(tables, 'the sources');
  if (table.nRows === 0) {
    throw new MlopsError('DATA_EMPTY', `${listSome(parts.map((part) => part.name))}: a header and no row`);
  }
  return { table, digest: tableDigest(table), bytes, parts, sourceType: sourceTypeOf(parts[0]!), unparsed };
}

async function readRows(
  part: SqlitePart | DatabricksPart,
  options: SourceOptions,
  wanted: WantedKinds,
): Promise<Table> {
  if (part.kind === 'sqlite') return (await import('./sources/sqlite.ts')).readSqlite(part, wanted);
  return (await import('./sources/databricks.ts')).readDatabricks(part, options, wanted);
}

/** The bytes of a CSV file or object. */
export async function readBytes(part: Part & { kind: 'file' | 's3' }, options: SourceOptions): Promise<Buffer> {
  if (part.bytes > MAX_CSV_BYTES) throw tooLarge(part.name, part.bytes);
  if (part.kind === 's3') return (await import('./sources/s3.ts')).readObject(part, options);
  return readFile(part.path, { signal: options.signal });
}

/** The rows of CSV files as one table. @throws DATA_UNREADABLE when a part has other columns than the first · CSV_MALFORMED */
export function tableOfFields(
  parts: readonly Fields[],
  options: Pick<ReadOptions, 'csv' | 'kinds'>,
  unparsed: UnparsedCell[],
): Table {
  const { header, name } = parts[0]!;
  const faults: string[] = [];
  const known = new Set(header);
  for (const part of parts) {
    const own = new Set(part.header);
    const absent = header.filter((column) => !own.has(column));
    const extra = part.header.filter((column) => !known.has(column));
    if (absent.length > 0) faults.push(`${part.name} lacks ${listSome(absent)}, which ${name} has`);
    if (extra.length > 0) faults.push(`${part.name} has ${listSome(extra)}, which ${name} lacks`);
  }
  if (faults.length > 0) throw new MlopsError('DATA_UNREADABLE', faults);
  const missing = new Set(options.csv['missing-values']);
  const kinds = new Map(Object.entries(options.kinds ?? {}));
  const builders = header.map((column) => new ColumnBuilder(column, kinds.get(column), missing, unparsed));
  const scanner = new RowScanner(builders);
  for (const part of parts) scanner.scan(part);
  return scanner.table();
}

function sourceTypeOf(part: Part): ReadTable['sourceType'] {
  return ({ file: 'local', s3: 's3', sqlite: 'sql', databricks: 'delta_table' } as const)[part.kind];
}

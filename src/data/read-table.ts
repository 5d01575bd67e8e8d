import { MlopsError } from '../errors/mlops-error.ts';
import { listSome } from '../errors/suggest.ts';
import { concatTables } from './concat.ts';
import type { ColumnReading, Kind, UnparsedCell } from './csv/column-builder.ts';
import type { Fields } from './csv/fields.ts';
import { readParts as readCsvParts, readFields } from './csv/read-parts.ts';
import { tableDigest } from './digest.ts';
import { csvPartOf } from './sources/csv-parts.ts';
import { formatOf } from './sources/format.ts';
import { listParts } from './sources/list-parts.ts';
import type { DatabricksPart, FilePart, ObjectPart, Part, SqlitePart } from './sources/part.ts';
import type { WantedKinds } from './sources/rows.ts';
import type { ColumnNames, SourceOptions } from './sources/source-options.ts';
import { keepStandardInput, STANDARD_INPUT } from './sources/standard-input.ts';
import { dropColumns, type Table } from './table.ts';

export interface ReadOptions extends SourceOptions {
  /** Kinds that columns must have; cells of another kind count as missing and are reported. Others are inferred. */
  readonly kinds?: Readonly<Record<string, Kind>>;
  /** Columns that are needed: sources that can leave the others where they are. Default: all. */
  readonly columns?: (name: string) => boolean;
  /** Columns that nothing is made of: they are left out where they are nested, which is refused of others. */
  readonly exclude?: ColumnNames;
  /** That read a large CSV file; the table does not depend on it. Default: one a core. */
  readonly threads?: number;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

export { readBytes } from './sources/csv-parts.ts';

export interface ReadTable {
  readonly table: Table;
  /** SHA-256 of the content. */
  readonly digest: string;
  readonly bytes: number;
  readonly parts: readonly Part[];
  /** MLflow's name of where the table came from. */
  readonly sourceType: 'local' | 's3' | 'sql' | 'delta_table';
  readonly unparsed: readonly UnparsedCell[];
  /** Why columns of CSV and NDJSON files are of their kinds; none when other sources are joined to them. */
  readonly readings: readonly ColumnReading[];
  /** Columns that the sources have and that were not read. */
  readonly leftOut: readonly string[];
}

/**
 * Reads sources whole into one table. Kinds are those that fit the cells of all CSV files together.
 *
 * @throws DATA_NOT_FOUND · DATA_EMPTY · CSV_MALFORMED · COLUMN_DUPLICATE · DATA_UNREADABLE
 */
export async function readTable(sources: readonly string[], options: ReadOptions): Promise<ReadTable> {
  if (!sources.includes(STANDARD_INPUT)) return readSources(sources, options);
  const { part, remove } = await keepStandardInput(options.signal);
  try {
    return await readSources(sources, { ...options, standardInput: part });
  } finally {
    await remove();
  }
}

async function readSources(sources: readonly string[], options: ReadOptions): Promise<ReadTable> {
  const read = await readParts(await listParts(sources, options), options);
  if (read.table.nRows === 0) {
    throw new MlopsError('DATA_EMPTY', `${listSome(read.parts.map((part) => part.name))}: a header and no row`);
  }
  return read;
}

/** The same of parts that have been listed; there may be no row. */
export async function readParts(parts: readonly Part[], options: ReadOptions): Promise<ReadTable> {
  const versions = new Map<string, string>();
  const { columns: isNeeded = () => true } = options;
  const leftOut = new Set<string>();
  const columns = (name: string): boolean => {
    if (!isNeeded(name)) leftOut.add(name);
    return isNeeded(name);
  };
  const onLeftOut = (name: string): void => void leftOut.add(name);
  const total = parts.reduce((sum, part) => sum + ('bytes' in part ? part.bytes : 0), 0);
  const tables: Table[] = [];
  const unparsed: UnparsedCell[] = [];
  let bytes = 0;
  // Rows of CSV files come first, and rows of the others after them.
  const csv = parts.filter(isStored).filter((part) => formatOf(part.name) !== 'parquet');
  let readings: readonly ColumnReading[] = [];
  if (csv.length > 0) {
    const sources = csv.map((part) => csvPartOf(part, { ...options, versions, columns, onLeftOut }));
    const onProgress = (done: number): void => {
      bytes = done;
      options.onProgress?.(done, Math.max(total, done));
    };
    const read = await readCsvParts(sources, { ...options, onProgress });
    tables.push(read.table);
    unparsed.push(...read.unparsed);
    readings = read.readings;
  }
  const append = async (read: (wanted: WantedKinds) => Promise<Table>): Promise<void> => {
    options.signal.throwIfAborted();
    const { kinds = {}, exclude = [] } = options;
    const wanted: WantedKinds = { kinds, unparsed: [], columns, exclude, onLeftOut };
    const before = tables.reduce((sum, { nRows }) => sum + nRows, 0);
    tables.push(await read(wanted));
    for (const cell of wanted.unparsed) unparsed.push({ ...cell, row: before + cell.row });
  };
  const parquet = parts.filter(isStored).filter((part) => formatOf(part.name) === 'parquet');
  if (parquet.length > 0) {
    const { readParquetParts } = await import('./sources/parquet-parts.ts');
    const onBytes = (read: number): void => {
      bytes += read;
      options.onProgress?.(bytes, Math.max(total, bytes));
    };
    await append((wanted) => readParquetParts(parquet, { ...options, versions, columns, onLeftOut, onBytes }, wanted));
  }
  for (const part of parts)
    if (!isStored(part)) await append((wanted) => readRows(part, { ...options, versions }, wanted));
  // What one source leaves out the others must not have either.
  const joined = tables.map((table) => dropColumns(table, [...leftOut]));
  const table = tables.length === 1 ? tables[0]! : concatTables(joined, 'the sources');
  return {
    table,
    digest: tableDigest(table),
    bytes,
    parts: parts.map((part) => withVersion(part, versions)),
    sourceType: sourceTypeOf(parts[0]!),
    unparsed,
    readings: tables.length === 1 ? readings : [],
    leftOut: [...leftOut],
  };
}

function withVersion(part: Part, versions: ReadonlyMap<string, string>): Part {
  const version = versions.get(part.name);
  return version === undefined ? part : ({ ...part, version } as ObjectPart | DatabricksPart);
}

function isStored(part: Part): part is FilePart | ObjectPart {
  return part.kind === 'file' || part.kind === 's3';
}

async function readRows(
  part: SqlitePart | DatabricksPart,
  options: SourceOptions,
  wanted: WantedKinds,
): Promise<Table> {
  if (part.kind === 'sqlite') return (await import('./sources/sqlite.ts')).readSqlite(part, wanted);
  return (await import('./sources/databricks.ts')).readDatabricks(part, options, wanted);
}

/** The rows of CSV files as one table. @throws DATA_UNREADABLE when a part has other columns than the first · CSV_MALFORMED */
export function tableOfFields(
  parts: readonly Fields[],
  options: Pick<ReadOptions, 'csv' | 'kinds'>,
  unparsed: UnparsedCell[],
): Table {
  const read = readFields(parts, options);
  unparsed.push(...read.unparsed);
  return read.table;
}

function sourceTypeOf(part: Part): ReadTable['sourceType'] {
  if (part.kind === 'databricks' && part.statement.table === undefined) return 'sql';
  return ({ file: 'local', s3: 's3', sqlite: 'sql', databricks: 'delta_table' } as const)[part.kind];
}

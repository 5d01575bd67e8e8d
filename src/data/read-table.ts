import { readFile } from 'node:fs/promises';
import { MlopsError } from '../errors/mlops-error.ts';
import { listSome } from '../errors/suggest.ts';
import { concatTables } from './concat.ts';
import { buildColumn, type Kind, type UnparsedCell } from './csv/columns.ts';
import type { Fields } from './csv/fields.ts';
import { readCsv } from './csv/read-csv.ts';
import { tableDigest } from './digest.ts';
import { listParts } from './sources/list-parts.ts';
import type { Part } from './sources/part.ts';
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
 * Reads sources whole into one table; parts are joined in the order of their names.
 *
 * @throws DATA_NOT_FOUND · DATA_EMPTY · CSV_MALFORMED · COLUMN_DUPLICATE · DATA_UNREADABLE
 */
export async function readTable(sources: readonly string[], options: ReadOptions): Promise<ReadTable> {
  const parts = await listParts(sources, options);
  const total = parts.reduce((sum, part) => sum + ('bytes' in part ? part.bytes : 0), 0);
  const csv: Fields[] = [];
  const tables: Table[] = [];
  let bytes = 0;
  for (const part of parts) {
    options.signal.throwIfAborted();
    if (part.kind === 'sqlite') tables.push((await import('./sources/sqlite.ts')).readSqlite(part));
    else if (part.kind === 'databricks') {
      tables.push(await (await import('./sources/databricks.ts')).readDatabricks(part, options));
    } else {
      const content = await readBytes(part, options);
      csv.push(await readCsv(part.name, content, options.csv));
      bytes += content.length;
      options.onProgress?.(bytes, Math.max(total, bytes));
    }
  }
  const unparsed: UnparsedCell[] = [];
  if (csv.length > 0) tables.unshift(tableOfFields(csv, options, unparsed));
  const table = tables.length === 1 ? tables[0]! : concatTables(tables, 'the sources');
  if (table.nRows === 0) {
    throw new MlopsError('DATA_EMPTY', `${listSome(parts.map((part) => part.name))}: a header and no row`);
  }
  return { table, digest: tableDigest(table), bytes, parts, sourceType: sourceTypeOf(parts[0]!), unparsed };
}

/** The bytes of a CSV file or object. */
export async function readBytes(part: Part & { kind: 'file' | 's3' }, options: SourceOptions): Promise<Buffer> {
  if (part.kind === 's3') return (await import('./sources/s3.ts')).readObject(part, options);
  return readFile(part.path, { signal: options.signal });
}

/** @throws DATA_UNREADABLE when a part has other columns than the first */
export function tableOfFields(
  parts: readonly Fields[],
  options: Pick<ReadOptions, 'csv' | 'kinds'>,
  unparsed: UnparsedCell[],
): Table {
  const { header, name } = parts[0]!;
  const faults: string[] = [];
  for (const part of parts) {
    const absent = header.filter((column) => !part.header.includes(column));
    const extra = part.header.filter((column) => !header.includes(column));
    if (absent.length > 0) faults.push(`${part.name} lacks ${listSome(absent)}, which ${name} has`);
    if (extra.length > 0) faults.push(`${part.name} has ${listSome(extra)}, which ${name} lacks`);
  }
  if (faults.length > 0) throw new MlopsError('DATA_UNREADABLE', faults);
  const missing = new Set(options.csv['missing-values']);
  const columns = header.map((column) => {
    const position = parts.map((part) => part.header.indexOf(column));
    return buildColumn(column, parts, position, missing, options.kinds?.[column], unparsed);
  });
  return { nRows: parts.reduce((sum, part) => sum + part.nRows, 0), columns };
}

function sourceTypeOf(part: Part): ReadTable['sourceType'] {
  return ({ file: 'local', s3: 's3', sqlite: 'sql', databricks: 'delta_table' } as const)[part.kind];
}

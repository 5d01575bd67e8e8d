import type { ColumnMetaData, RowGroup } from 'hyparquet';
import { MlopsError, throwFaults } from '../../errors/mlops-error.ts';
import { listSome } from '../../errors/suggest.ts';
import type { Kind, UnparsedCell } from '../csv/column-builder.ts';
import type { ByteSource } from '../sources/byte-source.ts';
import type { ColumnNames } from '../sources/source-options.ts';
import type { Table } from '../table.ts';
import { NotText } from './cell-readers.ts';
import { ColumnSink } from './column-sink.ts';
import type { ColumnType } from './column-type.ts';
import { type ParquetFile, readFooter } from './footer.ts';
import { pagesOf } from './pages.ts';
import { type Piece, piecesAhead, type Wanted } from './pieces.ts';

/** Row numbers are kept in 32 bits. */
const MOST_ROWS = 2 ** 31 - 1;

export interface ParquetRequest {
  /** Opens a part; called for each once, in order. */
  readonly open: readonly (() => Promise<ByteSource>)[];
  /** Columns that are not wanted are neither read nor looked at; default: all are. */
  readonly wanted?: (column: string) => boolean;
  /** Columns that are left out where they are none of a table. */
  readonly exclude?: ColumnNames;
  /** Told of each of those. */
  readonly onLeftOut?: (column: string) => void;
  /** Kinds that columns must have; cells of another kind count as missing and are noted. */
  readonly kinds?: Readonly<Record<string, Kind>>;
  readonly unparsed: UnparsedCell[];
  readonly signal: AbortSignal;
  readonly onProgress?: (bytes: number) => void;
}

/**
 * Parquet files as one table, columns matched by name in the order of the first. Row groups are read one after the other, and of
 * them only the pieces with columns that are wanted. Booleans are the categories `true` and `false`; whole numbers that no double
 * holds make a column of texts, as in CSV files; an instant without zone is UTC.
 *
 * @throws DATA_UNREADABLE when a file is damaged, or has other columns than the first · COLUMN_UNSUPPORTED naming every nested
 *   column · COLUMN_DUPLICATE · DATA_CHANGED when a file is written to in the meantime
 */
export async function readParquet(request: ParquetRequest): Promise<Table> {
  const { signal, kinds = {}, unparsed, onProgress } = request;
  const sources: ByteSource[] = [];
  try {
    const files: ParquetFile[] = [];
    for (const open of request.open) {
      signal.throwIfAborted();
      const source = await open();
      sources.push(source);
      files.push(await readFooter(source));
    }
    const unfit = unfitOf(files, request.exclude ?? []);
    for (const name of unfit) request.onLeftOut?.(name);
    const { wanted = () => true } = request;
    const names = columnsOf(files, (name) => wanted(name) && !unfit.has(name));
    const nRows = files.reduce((sum, file) => sum + file.nRows, 0);
    if (nRows > MOST_ROWS) {
      throw new MlopsError(
        'DATA_UNREADABLE',
        `${listSome(files.map(nameOf))}: ${nRows} rows; at most ${MOST_ROWS} can be read`,
      );
    }
    const sinks = names.map((name) => new ColumnSink(name, kindOf(files, name), nRows));
    for (const file of files) await readRows(file, sinks, signal, onProgress);
    for (const source of sources.splice(0)) await source.close();
    const asked = new Map(Object.entries(kinds));
    return { nRows, columns: sinks.map((sink) => sink.column(asked.get(sink.name), unparsed)) };
  } finally {
    // A better error is on its way.
    for (const source of sources) await source.close().catch(() => undefined);
  }
}

/** Of those that are excluded: what is nested in one of the files. */
function unfitOf(files: readonly ParquetFile[], exclude: ColumnNames): ReadonlySet<string> {
  const nested = files.flatMap(({ columns }) => [...columns].filter(([, type]) => typeof type === 'string'));
  return new Set(nested.map(([name]) => name).filter((name) => exclude.includes(name)));
}

/** The columns that all files have in kinds that go together. All faults at once. */
function columnsOf(files: readonly ParquetFile[], wanted: (column: string) => boolean): string[] {
  const first = files[0]!;
  const names = [...first.columns.keys()].filter(wanted);
  const faults: string[] = [];
  const refused: string[] = [];
  for (const file of files) {
    const own = [...file.columns.keys()].filter(wanted);
    const absent = names.filter((name) => !file.columns.has(name));
    const extra = own.filter((name) => !first.columns.has(name));
    if (absent.length > 0) faults.push(`${nameOf(file)} lacks ${listSome(absent)}, which ${nameOf(first)} has`);
    if (extra.length > 0) faults.push(`${nameOf(file)} has ${listSome(extra)}, which ${nameOf(first)} lacks`);
    for (const name of own) {
      const type = file.columns.get(name)!;
      if (typeof type === 'string') {
        refused.push(
          `${nameOf(file)}: column "${name}" is ${type}, expected numbers, texts, booleans or instants; put it under data.exclude, or flatten it`,
        );
        continue;
      }
      const kind = names.includes(name) ? kindOf(files, name) : type.kind;
      if (type.kind === kind || type.cell === 'missing') continue;
      const other = files.find((f) => hasKind(f, name, kind))!;
      faults.push(
        `${nameOf(file)}: column "${name}" is ${type.kind}, and ${kind} in ${nameOf(other)}; cast it in one of them`,
      );
    }
  }
  throwFaults('COLUMN_UNSUPPORTED', refused);
  throwFaults('DATA_UNREADABLE', faults);
  if (names.length === 0) throw new MlopsError('DATA_UNREADABLE', `${nameOf(first)} has no column to read`);
  return names;
}

/** Of the first file that has values there. */
function kindOf(files: readonly ParquetFile[], name: string): Kind {
  for (const { columns } of files) {
    const type = columns.get(name);
    if (typeof type === 'object' && type.cell !== 'missing') return type.kind;
  }
  return 'numeric';
}

function hasKind({ columns }: ParquetFile, name: string, kind: Kind): boolean {
  const type = columns.get(name);
  return typeof type === 'object' && type.cell !== 'missing' && type.kind === kind;
}

function nameOf(file: ParquetFile): string {
  return file.source.name;
}

async function readRows(
  file: ParquetFile,
  sinks: readonly ColumnSink[],
  signal: AbortSignal,
  onProgress: ((bytes: number) => void) | undefined,
): Promise<void> {
  const byName = new Map(sinks.map((sink) => [sink.name, sink]));
  const wanted: Wanted[] = [];
  for (const [g, group] of file.metadata.row_groups.entries()) {
    const found = new Set<string>();
    for (const { meta_data: column } of group.columns) {
      const name = column?.path_in_schema[0];
      if (!column || name === undefined || !byName.has(name)) continue;
      found.add(name);
      const start = Number(column.dictionary_page_offset || column.data_page_offset);
      wanted.push({ group: g, column: name, start, end: start + Number(column.total_compressed_size) });
    }
    const lost = sinks.filter(({ name }) => !found.has(name));
    if (lost.length > 0) throw damaged(file, g, lost[0]!.name, 'it is not there');
  }
  for await (const piece of piecesAhead(file.source, wanted, signal)) {
    signal.throwIfAborted();
    decode(file, piece, byName.get(piece.column)!);
    onProgress?.(piece.end - piece.start);
  }
}

/** Appends the cells that one column has in one row group. */
function decode(file: ParquetFile, piece: Piece, sink: ColumnSink): void {
  const type = file.columns.get(piece.column) as ColumnType;
  const group = file.metadata.row_groups[piece.group]!;
  const nRows = Number(group.num_rows);
  const end = sink.filled + nRows;
  try {
    for (const page of pagesOf(file, columnOf(group, piece.column)!, piece.bytes)) {
      if (sink.filled + page.count > end) throw new RangeError(`more than ${nRows} rows`);
      sink.append(page, type);
    }
  } catch (error) {
    if (error instanceof NotText) {
      throw new MlopsError(
        'COLUMN_UNSUPPORTED',
        `${placeOf(file, piece.group, piece.column)}: bytes that are not UTF-8 text; put it under data.exclude, or decode it where the file is written`,
        { cause: error },
      );
    }
    throw damaged(file, piece.group, piece.column, (error as Error).message, error);
  }
  if (sink.filled !== end) {
    throw damaged(file, piece.group, piece.column, `${nRows - (end - sink.filled)} of ${nRows} rows`);
  }
}

function columnOf(group: RowGroup, name: string): ColumnMetaData | undefined {
  return group.columns.find(({ meta_data: column }) => column?.path_in_schema[0] === name)?.meta_data;
}

function damaged(file: ParquetFile, group: number, column: string, what: string, cause?: unknown): MlopsError {
  return new MlopsError(
    'DATA_UNREADABLE',
    `${placeOf(file, group, column)}: ${what}; the file is damaged, write it again`,
    cause === undefined ? {} : { cause },
  );
}

function placeOf(file: ParquetFile, group: number, column: string): string {
  return `${nameOf(file)}: row group ${group + 1} of ${file.metadata.row_groups.length}, column "${column}"`;
}

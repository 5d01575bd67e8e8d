import { type FileMetaData, parquetMetadata, parquetSchema } from 'hyparquet';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { ByteSource } from '../sources/byte-source.ts';
import { type ColumnType, columnTypeOf } from './column-type.ts';

/** Bytes at the end that are read at first: the footers of most files fit. */
const TAIL_BYTES = 64 * 1024;
/** Length of the footer and magic number. */
const ENDING_BYTES = 8;
const INDEX_COLUMN = /^__index_level_\d+__$/;

export interface ParquetFile {
  readonly source: ByteSource;
  readonly nRows: number;
  /** By name, in the order of the file; a text says why the column is none of a table. */
  readonly columns: ReadonlyMap<string, ColumnType | string>;
  readonly metadata: FileMetaData;
}

/**
 * Reads the footer of a Parquet file.
 *
 * @throws DATA_UNREADABLE when it is no whole Parquet file · COLUMN_DUPLICATE
 */
export async function readFooter(source: ByteSource): Promise<ParquetFile> {
  const metadata = parse(source.name, await footerBytes(source));
  const columns = new Map<string, ColumnType | string>();
  const twice = new Set<string>();
  const indexes = pandasIndexes(metadata);
  for (const node of parquetSchema(metadata).children) {
    const { name } = node.element;
    if (columns.has(name)) twice.add(name);
    // Row numbers that pandas keeps for itself, and does not read as a column either.
    if (!indexes.has(name)) columns.set(name, columnTypeOf(node));
  }
  if (twice.size > 0) {
    throw new MlopsError(
      'COLUMN_DUPLICATE',
      [...twice].map((name) => `${source.name}: two columns are named "${name}"; rename one of them`),
    );
  }
  const nRows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  return { source, nRows, columns, metadata };
}

async function footerBytes(source: ByteSource): Promise<ArrayBuffer> {
  const { name, bytes } = source;
  const refused = (said: string): MlopsError =>
    new MlopsError('DATA_UNREADABLE', `${name}: ${said}; write it again, or name it after what it is`);
  if (bytes < 12) throw refused(`${bytes} bytes are no Parquet file`);
  const start = Math.max(0, bytes - TAIL_BYTES);
  const tail = await source.read(start, bytes);
  const view = new DataView(tail);
  const magic = Buffer.from(tail, tail.byteLength - 4).toString('latin1');
  if (magic === 'PARE') throw refused('the footer is encrypted, which cannot be read');
  if (magic !== 'PAR1') throw refused('no footer at its end: it is half a Parquet file, or none');
  const length = view.getUint32(tail.byteLength - ENDING_BYTES, true) + ENDING_BYTES;
  if (length > bytes - 4) throw refused(`a footer of ${length} bytes in a file of ${bytes}: it is damaged`);
  if (length <= tail.byteLength) return tail;
  const rest = await source.read(bytes - length, start);
  const whole = new Uint8Array(length);
  whole.set(new Uint8Array(rest));
  whole.set(new Uint8Array(tail), rest.byteLength);
  return whole.buffer;
}

function parse(name: string, footer: ArrayBuffer): FileMetaData {
  try {
    return parquetMetadata(footer, { geoparquet: false });
  } catch (error) {
    throw new MlopsError(
      'DATA_UNREADABLE',
      `${name}: the footer is damaged (${(error as Error).message}); write it again`,
      {
        cause: error,
      },
    );
  }
}

function pandasIndexes({ key_value_metadata: pairs = [] }: FileMetaData): ReadonlySet<string> {
  const text = pairs.find(({ key }) => key === 'pandas')?.value;
  if (text === undefined) return new Set();
  try {
    const { index_columns: names } = JSON.parse(text) as { index_columns?: readonly unknown[] };
    return new Set((names ?? []).filter((name) => typeof name === 'string').filter((name) => INDEX_COLUMN.test(name)));
  } catch {
    // A note of another program, which says nothing about the columns.
    return new Set();
  }
}

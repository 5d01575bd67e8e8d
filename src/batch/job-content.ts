import { type ReadOptions, readBytes, readParts } from '../data/read-table.ts';
import { formatOf } from '../data/sources/format.ts';
import type { Part } from '../data/sources/part.ts';
import type { RawColumn } from '../features/fitted-features.ts';
import { readKinds } from '../model/read-kinds.ts';
import type { FileJob } from './score-file.ts';

export interface WantedColumns {
  readonly inputs: readonly RawColumn[];
  readonly keepColumns: readonly string[];
  readonly keyColumns: readonly string[];
}

/** CSV files are read where they are scored; what else there is here, where the credentials are. */
export async function contentOf(part: Part, read: ReadOptions, columns: WantedColumns): Promise<FileJob['content']> {
  const format = part.kind === 'file' || part.kind === 's3' ? formatOf(part.name) : undefined;
  if (format === 'csv') {
    return part.kind === 'file'
      ? { kind: 'file', path: part.path }
      : { kind: 'bytes', bytes: await readBytes(part as Part & { kind: 's3' }, read) };
  }
  const { inputs, keepColumns, keyColumns } = columns;
  const wanted = new Set([...inputs.map(({ name }) => name), ...keepColumns, ...keyColumns]);
  const kinds = {
    // Texts such as 007 stay what they are; other sources have types of their own.
    ...(format === 'ndjson' ? Object.fromEntries(keepColumns.map((name) => [name, 'categorical' as const])) : {}),
    ...readKinds(inputs),
  };
  const { table, unparsed } = await readParts([part], { ...read, kinds, columns: (name) => wanted.has(name) });
  return { kind: 'table', table, unparsed };
}

import type { Table } from '../table.ts';
import { openFile } from './byte-source.ts';
import type { FilePart, ObjectPart } from './part.ts';
import type { WantedKinds } from './rows.ts';
import type { ColumnNames, SourceOptions } from './source-options.ts';

export interface ParquetPartsOptions extends SourceOptions {
  readonly columns?: (name: string) => boolean;
  readonly exclude?: ColumnNames;
  readonly onLeftOut?: (name: string) => void;
  readonly onBytes?: (bytes: number) => void;
}

/** The rows of Parquet files and objects, one after the other. @throws what `readParquet` throws, and what opening an object does */
export async function readParquetParts(
  parts: readonly (FilePart | ObjectPart)[],
  options: ParquetPartsOptions,
  { kinds = {}, unparsed }: WantedKinds,
): Promise<Table> {
  const { readParquet } = await import('../parquet/read-parquet.ts');
  const { columns, exclude, onLeftOut, signal, onBytes } = options;
  return readParquet({
    open: parts.map((part) => async () => {
      if (part.kind === 'file') return openFile(part);
      const { openObject } = await import('../s3/open-object.ts');
      const source = openObject(part, options);
      const close = async (): Promise<void> => {
        await source.close();
        if (source.version !== undefined) options.versions?.set(part.name, source.version);
      };
      return { ...source, close };
    }),
    ...(columns === undefined ? {} : { wanted: columns }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(onLeftOut === undefined ? {} : { onLeftOut }),
    kinds,
    unparsed,
    signal,
    ...(onBytes === undefined ? {} : { onProgress: onBytes }),
  });
}

import { readFile } from 'node:fs/promises';
import { compressionOf, decompressed, memorySource } from '../csv/compression.ts';
import { joined, MAX_CSV_BYTES, tooLarge } from '../csv/read-csv.ts';
import type { CsvPart } from '../csv/read-parts.ts';
import { type ByteSource, openFile } from './byte-source.ts';
import { formatOf } from './format.ts';
import type { FilePart, ObjectPart } from './part.ts';
import type { ColumnNames, SourceOptions } from './source-options.ts';

export interface CsvPartOptions extends SourceOptions {
  readonly columns?: (name: string) => boolean;
  readonly exclude?: ColumnNames;
  readonly onLeftOut?: (name: string) => void;
}

/** A file or object with CSV or NDJSON, which becomes CSV on its way. */
export function csvPartOf(part: FilePart | ObjectPart, options: CsvPartOptions): CsvPart {
  const { name, bytes } = part;
  if (formatOf(name) === 'ndjson') {
    const fields = async () => {
      const { readNdjson } = await import('../ndjson/read-ndjson.ts');
      const content = await textOf(name, await readBytes(part, options));
      return readNdjson(name, content, { ...options, maxLineBytes: options.csv['max-line-bytes'] });
    };
    return { name, bytes, fields };
  }
  if (part.kind === 'file') return { name, bytes, path: part.path, open: () => openFile(part) };
  return { name, bytes, open: () => openStream(part, options) };
}

/** An object from its beginning to its end; its version is noted when it is closed. */
async function openStream(part: ObjectPart, options: SourceOptions): Promise<ByteSource> {
  const { streamObject } = await import('../s3/stream-object.ts');
  const source = streamObject(part, options);
  const close = async (): Promise<void> => {
    await source.close();
    if (source.version !== undefined) options.versions?.set(part.name, source.version);
  };
  return { name: source.name, bytes: source.bytes, read: source.read, close };
}

/** All bytes of a file or object. */
export async function readBytes(part: FilePart | ObjectPart, options: SourceOptions): Promise<Buffer> {
  if (part.bytes > MAX_CSV_BYTES) throw tooLarge(part.name, part.bytes);
  if (part.kind === 'file') return readFile(part.path, { signal: options.signal });
  const source = await openStream(part, options);
  try {
    return Buffer.from(await source.read(0, source.bytes));
  } finally {
    await source.close();
  }
}

/** What a file holds, which may be compressed. */
async function textOf(name: string, content: Buffer): Promise<Buffer> {
  const compression = compressionOf(content);
  return compression ? joined(name, decompressed(memorySource(name, content), compression)) : content;
}

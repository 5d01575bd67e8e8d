import { availableParallelism } from 'node:os';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { ByteSource } from '../sources/byte-source.ts';
import type { Stop } from './block-queue.ts';
import { compressionOf, decompressed, piecesOf } from './compression.ts';
import { lineAt } from './field-end.ts';
import type { Fields } from './fields.ts';
import { ParallelReader } from './parallel-reader.ts';
import { PartReader } from './part-reader.ts';
import { inUtf8, isRfc4180, joined } from './read-csv.ts';
import { type CsvTable, TableReading, type TableReadingOptions } from './table-reading.ts';

const COMMA = 44;

/** Something with CSV text, which is asked for once more when a kind was guessed wrong. */
export type CsvPart = StoredPart | FieldsPart;

/** A file or object, which may be compressed. */
export interface StoredPart {
  readonly name: string;
  readonly bytes: number;
  readonly open: () => Promise<ByteSource>;
  /** Of a file of this machine. */
  readonly path?: string;
}

/** What is made into CSV text on its way. */
export interface FieldsPart {
  readonly name: string;
  readonly bytes: number;
  readonly fields: () => Promise<Fields>;
}

export interface ReadPartsOptions extends TableReadingOptions {
  readonly signal: AbortSignal;
  /** That read a large file; the table does not depend on it. Default: one a core. */
  readonly threads?: number;
  /** Of text that is gone through at a time; the table does not depend on it. */
  readonly blockBytes?: number;
  /** Told how many bytes of the parts have been read. */
  readonly onProgress?: (doneBytes: number) => void;
}

/**
 * The rows of all parts as one table. They are read block by block: memory holds the columns, and of the text a few hundred
 * kilobytes (all of a part only where csv-parse has to read its dialect).
 *
 * @throws CSV_MALFORMED · DATA_EMPTY · COLUMN_DUPLICATE · DATA_UNREADABLE · DATA_CHANGED
 */
export async function readParts(parts: readonly CsvPart[], options: ReadPartsOptions): Promise<CsvTable> {
  const { threads = availableParallelism(), csv } = options;
  if (isRfc4180(csv) && csv.encoding === 'utf-8') {
    for (const forMost of [false, true]) {
      const delimiter = csv.delimiter.charCodeAt(0);
      const parallel = new ParallelReader({ ...options, threads, delimiter, forMost });
      try {
        const read = await readAll(parts, options, parallel);
        if (typeof read !== 'string') return read;
        if (read === 'fault') break;
      } finally {
        await parallel.end();
      }
    }
  }
  return (await readAll(parts, options, undefined)) as CsvTable;
}

/** @returns why several threads could not read the parts; a single one can, or says what is wrong */
async function readAll(
  parts: readonly CsvPart[],
  options: ReadPartsOptions,
  parallel: ParallelReader | undefined,
): Promise<CsvTable | Stop> {
  const reading = new TableReading(options);
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  reading.totalBytes = total;
  const pass = async (onProgress: (doneBytes: number) => void): Promise<Stop | undefined> => {
    let done = 0;
    for (const part of parts) {
      options.signal.throwIfAborted();
      const onBytes = (bytes: number): void => onProgress(done + bytes);
      let stop: Stop | undefined;
      if ('fields' in part) readText(await part.fields(), reading, options);
      else {
        await usePart(part, async (source) => {
          stop = await readPart(source, part.path, reading, options, parallel, total - done, onBytes);
        });
      }
      if (stop) return stop;
      done += part.bytes;
      onProgress(done);
    }
    await parallel?.finish(reading);
    return undefined;
  };
  const stop = await pass((bytes) => options.onProgress?.(bytes));
  if (stop) return stop;
  const stopped = reading.needsSecondPass() ? await pass(() => {}) : undefined;
  return stopped ?? reading.finish();
}

/** The same of texts in memory. */
export function readFields(parts: readonly Fields[], options: TableReadingOptions): CsvTable {
  const reading = new TableReading(options);
  reading.totalBytes = parts.reduce((sum, { bytes, body }) => sum + bytes.length - body, 0);
  const pass = (): void => {
    for (const part of parts) readText(part, reading, options);
  };
  pass();
  if (reading.needsSecondPass()) pass();
  return reading.finish();
}

function readText(
  { name, header, bytes, body, delimiter }: Fields,
  reading: TableReading,
  { csv }: TableReadingOptions,
): void {
  const reader = new PartReader(reading, {
    ...{ name, delimiter, maxLineBytes: csv['max-line-bytes'], expectedBytes: bytes.length - body },
  });
  reader.startAtBody({ names: header, body, line: lineAt(bytes, body) });
  if (reader.wanted) reader.push(bytes.subarray(body));
  reader.end();
}

/** Opens and closes a part. That it changed is a better word than what then was read in it. */
export async function usePart(part: StoredPart, use: (source: ByteSource) => Promise<void>): Promise<void> {
  const source = await part.open();
  try {
    await use(source);
  } catch (error) {
    await source.close().catch((changed: unknown) => {
      if (changed instanceof MlopsError) throw changed;
    });
    throw error;
  }
  await source.close();
}

async function readPart(
  source: ByteSource,
  path: string | undefined,
  reading: TableReading,
  { csv, signal, blockBytes }: ReadPartsOptions,
  parallel: ParallelReader | undefined,
  bytesLeft: number,
  onBytes: (bytes: number) => void,
): Promise<Stop | undefined> {
  const { name } = source;
  const compression = compressionOf(new Uint8Array(await source.read(0, Math.min(4, source.bytes))));
  if (parallel && path !== undefined && !compression) {
    const stop = await parallel.read(source, path, reading, bytesLeft, onBytes);
    if (stop !== 'small') return stop;
  }
  if (compression) reading.totalBytes = undefined;
  const raw = compression ? decompressed(source, compression, onBytes) : piecesOf(source);
  const text = inUtf8(name, raw, csv.encoding);
  const rfc4180 = isRfc4180(csv);
  const reader = new PartReader(reading, {
    name,
    delimiter: rfc4180 ? csv.delimiter.charCodeAt(0) : COMMA,
    maxLineBytes: csv['max-line-bytes'],
    ...(compression ? {} : { expectedBytes: source.bytes }),
    ...(blockBytes === undefined ? {} : { blockBytes }),
  });
  if (!rfc4180) {
    const { toRfc4180 } = await import('./parse-dialect.ts');
    reader.push(toRfc4180(name, await joined(name, text), csv));
  } else {
    let done = 0;
    for await (const chunk of text) {
      signal.throwIfAborted();
      reader.push(chunk);
      if (!reader.wanted) return undefined;
      if (!compression && done > 0) onBytes(done);
      done += chunk.length;
    }
  }
  reader.end();
  return undefined;
}

import type { CsvSettings } from '../../config/data-settings.ts';
import { MlopsError } from '../../errors/mlops-error.ts';
import { compressionOf, decompressed, memorySource } from './compression.ts';
import type { Fields } from './fields.ts';
import { readHeader } from './header.ts';
import { checkText, withoutMark } from './text-check.ts';

/** Offsets are kept in 32 bits, and Node reads no larger file at once. */
export const MAX_CSV_BYTES = 2 ** 31 - 2;
const CHUNK = 2 ** 20;
const LF = 10;
const COMMA = 44;

/**
 * A CSV file as RFC 4180 text with its header read: as it is when the dialect is RFC 4180 with any one-byte delimiter, else by
 * way of csv-parse.
 *
 * @param name for messages
 * @throws CSV_MALFORMED · DATA_EMPTY · COLUMN_DUPLICATE · DATA_UNREADABLE
 */
export async function readCsv(name: string, bytes: Buffer, settings: CsvSettings): Promise<Fields> {
  if (bytes.length > MAX_CSV_BYTES) throw tooLarge(name, bytes.length);
  const compression = compressionOf(bytes);
  const chunks = compression ? decompressed(memorySource(name, bytes), compression) : [bytes];
  const text = await joined(name, inUtf8(name, chunks, settings.encoding));
  if (isRfc4180(settings)) return fieldsOf(name, text, settings.delimiter.charCodeAt(0));
  const { toRfc4180 } = await import('./parse-dialect.ts');
  return fieldsOf(name, toRfc4180(name, text, settings), COMMA);
}

/** All of a text, which has to fit into one piece of memory. */
export async function joined(name: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MAX_CSV_BYTES) throw tooLarge(name, size);
    pieces.push(chunk);
  }
  const [only] = pieces;
  if (only && pieces.length === 1) return Buffer.from(only.buffer, only.byteOffset, only.length);
  return Buffer.concat(pieces, size);
}

export function tooLarge(name: string, bytes: number): MlopsError {
  return new MlopsError(
    'DATA_UNREADABLE',
    `${name} has ${bytes} bytes; split it into files of at most ${MAX_CSV_BYTES}`,
  );
}

export function isRfc4180(csv: CsvSettings): boolean {
  const { delimiter } = csv;
  // What may be part of a number is left to csv-parse.
  const plainDelimiter = /^[ -~\t]$/.test(delimiter) && !/[\w.+"-]/.test(delimiter);
  return plainDelimiter && csv.quote === '"' && csv.escape === '"' && csv.comment === '';
}

/** Text in UTF-8, decoded chunk by chunk. @throws CSV_MALFORMED when it is not in the encoding that is set */
export async function* inUtf8(
  name: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  encoding: CsvSettings['encoding'],
): AsyncGenerator<Uint8Array> {
  if (encoding === 'utf-8') return yield* chunks;
  const decoder = new TextDecoder('utf-16le', { fatal: true });
  const decode = (chunk: Uint8Array, stream: boolean): Buffer => {
    try {
      return Buffer.from(decoder.decode(chunk, { stream }));
    } catch (error) {
      throw new MlopsError('CSV_MALFORMED', `${name}: bytes that are not UTF-16; check data.csv.encoding`, {
        cause: error,
      });
    }
  };
  for await (const chunk of chunks) {
    // In pieces: a string has less room than a file.
    for (let at = 0; at < chunk.length; at += CHUNK) {
      const piece = chunk.subarray(at, at + CHUNK);
      if (encoding === 'utf-16le') yield decode(piece, true);
      else yield Buffer.from(Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1'));
    }
  }
  if (encoding === 'utf-16le') yield decode(new Uint8Array(0), false);
}

function fieldsOf(name: string, marked: Buffer, delimiter: number): Fields {
  const text = withoutMark(name, marked);
  checkText(name, text, 1);
  const bytes = text.length > 0 && text[text.length - 1] !== LF ? Buffer.concat([text, Buffer.of(LF)]) : text;
  const header = readHeader(name, bytes, delimiter);
  if (!header) throw new MlopsError('DATA_EMPTY', `${name} is empty: it has no header`);
  return { name, header: header.names, bytes, delimiter, body: header.body };
}

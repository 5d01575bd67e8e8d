import { isUtf8 } from 'node:buffer';
import type { CsvSettings } from '../../config/data-settings.ts';
import { MlopsError } from '../../errors/mlops-error.ts';
import { fieldEnd, fieldProblem, fieldText, lineAt } from './field-end.ts';
import type { Fields } from './fields.ts';

/** Offsets are kept in 32 bits, and Node reads no larger file at once. */
export const MAX_CSV_BYTES = 2 ** 31 - 2;
const CHUNK = 64 * 2 ** 20;
const CR = 13;
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
  const text = utf8Of(name, bytes, settings.encoding);
  if (isRfc4180(settings)) return fieldsOf(name, text, settings.delimiter.charCodeAt(0));
  const { toRfc4180 } = await import('./parse-dialect.ts');
  return fieldsOf(name, toRfc4180(name, text, settings), COMMA);
}

export function tooLarge(name: string, bytes: number): MlopsError {
  return new MlopsError(
    'DATA_UNREADABLE',
    `${name} has ${bytes} bytes; split it into files of at most ${MAX_CSV_BYTES}`,
  );
}

function isRfc4180(csv: CsvSettings): boolean {
  const { delimiter } = csv;
  // What may be part of a number is left to csv-parse.
  const plainDelimiter = /^[ -~\t]$/.test(delimiter) && !/[\w.+"-]/.test(delimiter);
  return plainDelimiter && csv.quote === '"' && csv.escape === '"' && csv.comment === '';
}

function utf8Of(name: string, bytes: Buffer, encoding: CsvSettings['encoding']): Buffer {
  if (encoding !== 'utf-8') return recoded(name, bytes, encoding);
  if (!isUtf8(bytes)) {
    throw new MlopsError(
      'CSV_MALFORMED',
      `${name}:${lineOfBadByte(bytes)}: bytes that are not UTF-8; set data.csv.encoding to latin1 or utf-16le`,
    );
  }
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** In chunks: a string has less room than a file. */
function recoded(name: string, bytes: Buffer, encoding: 'latin1' | 'utf-16le'): Buffer {
  const decoder = new TextDecoder('utf-16le', { fatal: true });
  const chunks: Buffer[] = [];
  try {
    for (let at = 0; at < bytes.length; at += CHUNK) {
      const chunk = bytes.subarray(at, at + CHUNK);
      const stream = at + CHUNK < bytes.length;
      chunks.push(Buffer.from(encoding === 'latin1' ? chunk.toString('latin1') : decoder.decode(chunk, { stream })));
    }
  } catch (error) {
    throw new MlopsError('CSV_MALFORMED', `${name}: bytes that are not UTF-16; check data.csv.encoding`, {
      cause: error,
    });
  }
  return Buffer.concat(chunks);
}

function lineOfBadByte(bytes: Buffer): number {
  let line = 1;
  let start = 0;
  for (;;) {
    const next = bytes.indexOf(LF, start);
    if (next === -1 || !isUtf8(bytes.subarray(start, next))) return line;
    line++;
    start = next + 1;
  }
}

function fieldsOf(name: string, text: Buffer, delimiter: number): Fields {
  const nul = text.indexOf(0);
  if (nul !== -1) {
    throw new MlopsError(
      'CSV_MALFORMED',
      `${name}:${lineAt(text, nul)}: a NUL byte; if the file is UTF-16, set data.csv.encoding to utf-16le`,
    );
  }
  const bytes = text.length > 0 && text[text.length - 1] !== LF ? Buffer.concat([text, Buffer.of(LF)]) : text;
  let at = 0;
  while (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF)) at += bytes[at] === LF ? 1 : 2;
  if (at >= bytes.length) throw new MlopsError('DATA_EMPTY', `${name} is empty: it has no header`);
  const header: string[] = [];
  for (; ; at++) {
    const end = fieldEnd(bytes, at, delimiter);
    if (end === -1) {
      const { at: where, problem } = fieldProblem(bytes, at);
      throw new MlopsError('CSV_MALFORMED', `${name}:${lineAt(bytes, where)}: ${problem}`);
    }
    header.push(fieldText(bytes, at, end));
    at = end;
    if (bytes[at] !== delimiter) break;
  }
  checkHeader(name, header, lineAt(bytes, at));
  return { name, header, bytes, delimiter, body: bytes[at] === CR ? at + 2 : at + 1 };
}

function checkHeader(name: string, header: readonly string[], line: number): void {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const column of header) if (column !== '') (seen.has(column) ? twice : seen).add(column);
  if (twice.size > 0) {
    throw new MlopsError(
      'COLUMN_DUPLICATE',
      [...twice].map((column) => `${name}: the header names "${column}" twice; rename one of them`),
    );
  }
  const blank = header.flatMap((column, i) => (column === '' ? [i + 1] : []));
  if (blank.length > 0) {
    throw new MlopsError(
      'CSV_MALFORMED',
      blank.map((position) => `${name}:${line}: column ${position} has no name in the header`),
    );
  }
}

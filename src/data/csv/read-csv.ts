import { isUtf8 } from 'node:buffer';
import type { CsvSettings } from '../../config/data-settings.ts';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { Fields } from './fields.ts';
import { scanRfc4180 } from './scan-rfc4180.ts';

/** Offsets of fields are kept in 32 bits. */
const MAX_BYTES = 2 ** 32 - 1;

/**
 * The cells of a CSV file: our own scanner for RFC 4180 with any one-byte delimiter, csv-parse for every other dialect.
 *
 * @param name for messages
 * @throws CSV_MALFORMED · DATA_EMPTY · COLUMN_DUPLICATE · DATA_UNREADABLE
 */
export async function readCsv(name: string, bytes: Buffer, settings: CsvSettings): Promise<Fields> {
  if (bytes.length > MAX_BYTES) {
    throw new MlopsError('DATA_UNREADABLE', `${name} has ${bytes.length} bytes; split it into parts below 4 GiB`);
  }
  const fields = isRfc4180(settings)
    ? scanRfc4180(name, utf8Of(name, bytes, settings.encoding), settings.delimiter.charCodeAt(0))
    : await otherDialect(name, utf8Of(name, bytes, settings.encoding), settings);
  checkHeader(fields);
  return fields;
}

function isRfc4180(csv: CsvSettings): boolean {
  const plainDelimiter = csv.delimiter.length === 1 && csv.delimiter.charCodeAt(0) < 128;
  return plainDelimiter && csv.quote === '"' && csv.escape === '"' && csv.comment === '';
}

async function otherDialect(name: string, bytes: Buffer, settings: CsvSettings): Promise<Fields> {
  const { parseDialect } = await import('./parse-dialect.ts');
  return parseDialect(name, bytes.toString('utf8'), settings);
}

function utf8Of(name: string, bytes: Buffer, encoding: CsvSettings['encoding']): Buffer {
  if (encoding === 'latin1') return Buffer.from(bytes.toString('latin1'), 'utf8');
  if (encoding === 'utf-16le') {
    return Buffer.from(new TextDecoder('utf-16le').decode(bytes), 'utf8');
  }
  if (!isUtf8(bytes)) {
    throw new MlopsError(
      'CSV_MALFORMED',
      `${name}:${lineOfBadByte(bytes)}: bytes that are not UTF-8; set data.csv.encoding to latin1 or utf-16le`,
    );
  }
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function lineOfBadByte(bytes: Buffer): number {
  let line = 1;
  let start = 0;
  for (;;) {
    const next = bytes.indexOf(10, start);
    const end = next === -1 ? bytes.length : next;
    if (!isUtf8(bytes.subarray(start, end)) || next === -1) return line;
    line++;
    start = next + 1;
  }
}

function checkHeader({ name, header }: Fields): void {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const column of header) (seen.has(column) ? twice : seen).add(column);
  if (twice.size > 0) {
    throw new MlopsError(
      'COLUMN_DUPLICATE',
      [...twice].map((column) => `${name}: the header names "${column}" twice; rename one of them`),
    );
  }
  const blank = header.indexOf('');
  if (blank !== -1) {
    throw new MlopsError('CSV_MALFORMED', `${name}:1: column ${blank + 1} has no name in the header`);
  }
}

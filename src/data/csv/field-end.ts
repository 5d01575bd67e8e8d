const QUOTE = 34;
const CR = 13;
const LF = 10;

/**
 * Where the RFC 4180 field that begins at `start` ends, its quotes included; -1 when it is malformed.
 *
 * @param bytes end with a line feed
 */
export function fieldEnd(bytes: Buffer, start: number, delimiter: number): number {
  let at = start;
  if (bytes[at] === QUOTE) {
    at = closingQuote(bytes, start) + 1;
    if (at === 0) return -1;
  } else {
    for (;;) {
      const byte = bytes[at]!;
      if (byte === delimiter || byte === LF || byte === CR) break;
      if (byte === QUOTE) return -1;
      at++;
    }
  }
  const byte = bytes[at];
  return byte === delimiter || byte === LF || (byte === CR && bytes[at + 1] === LF) ? at : -1;
}

function closingQuote(bytes: Buffer, start: number): number {
  const size = bytes.length;
  for (let at = start + 1; at < size; at++) {
    if (bytes[at] !== QUOTE) continue;
    if (bytes[at + 1] !== QUOTE) return at;
    at++;
  }
  return -1;
}

/** What is wrong with a field for which `fieldEnd` gives -1, where, and where the next line begins. */
export function fieldProblem(
  bytes: Buffer,
  start: number,
  lineOf = (offset: number): number => lineAt(bytes, offset),
): { at: number; problem: string; next: number } {
  if (bytes[start] === QUOTE) {
    const closing = closingQuote(bytes, start);
    if (closing === -1)
      return { at: start, problem: 'a quoted field begins here and is never closed', next: bytes.length };
    const from = lineOf(start);
    const where = lineOf(closing) === from ? '' : `, which closes the field that begins on line ${from}`;
    const problem = `text behind a quote${where}; a quote in a quoted field is written twice`;
    return { at: closing, problem, next: bytes.indexOf(LF, closing) + 1 };
  }
  let at = start;
  while (bytes[at] !== QUOTE && bytes[at] !== CR) at++;
  const problem =
    bytes[at] === QUOTE
      ? 'a quote in a field that does not begin with one; put the field in quotes and write the quote twice'
      : 'a carriage return that no line feed follows; end lines with LF or CRLF, and put text with line breaks in quotes';
  return { at, problem, next: bytes.indexOf(LF, at) + 1 };
}

/** The line of the file that a byte stands on, from 1. */
export function lineAt(bytes: Buffer, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(LF); at !== -1 && at < offset; at = bytes.indexOf(LF, at + 1)) line++;
  return line;
}

/** The text of a field, quotes taken off. */
export function fieldText(bytes: Buffer, start: number, end: number): string {
  if (bytes[start] !== QUOTE) return bytes.toString('utf8', start, end);
  return bytes.toString('utf8', start + 1, end - 1).replaceAll('""', '"');
}

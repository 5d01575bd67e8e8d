import { MlopsError } from '../../errors/mlops-error.ts';
import { formatFaults } from '../fault-list.ts';
import type { Dictionary, Fields } from './fields.ts';
import { parseDecimalBytes } from './number.ts';

const QUOTE = 34;
const CR = 13;
const LF = 10;

/** Where fields begin and end. A quoted field keeps its quotes: its first byte tells. */
interface Scanned {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly nRows: number;
  readonly rowLines: Uint32Array;
}

/**
 * Scans RFC 4180 text once and remembers where each field lies; kinds are decided later, column by column.
 *
 * @param bytes UTF-8 without byte order mark
 * @throws CSV_MALFORMED with up to ten lines · DATA_EMPTY without a header
 */
export function scanRfc4180(name: string, bytes: Buffer, delimiter: number): Fields {
  const faults: string[] = [];
  const headerEnd = scan(name, bytes, delimiter, 0, 1, 1, undefined, faults);
  if (headerEnd.nRows === 0 && faults.length === 0)
    throw new MlopsError('DATA_EMPTY', `${name} is empty: it has no header`);
  const width = headerEnd.width;
  const header = Array.from({ length: width }, (_, i) => textAt(bytes, headerEnd.starts[i]!, headerEnd.ends[i]!));
  const body = scan(name, bytes, delimiter, headerEnd.next, headerEnd.line, Number.POSITIVE_INFINITY, width, faults);
  if (faults.length > 0) throw new MlopsError('CSV_MALFORMED', formatFaults(faults));
  return new ScannedFields(name, header, bytes, body, width);
}

function scan(
  name: string,
  bytes: Buffer,
  delimiter: number,
  from: number,
  fromLine: number,
  mostRows: number,
  expected: number | undefined,
  faults: string[],
): Scanned & { next: number; line: number; width: number } {
  const size = bytes.length;
  let capacity = expected === undefined ? 256 : Math.max(1024, Math.ceil((size - from) / 6));
  let starts = new Uint32Array(capacity);
  let ends = new Uint32Array(capacity);
  let rowLines = new Uint32Array(1024);
  let count = 0;
  let rows = 0;
  let line = fromLine;
  let at = from;
  let rowStart = 0;
  let rowLine = line;
  while (at < size && rows < mostRows) {
    if (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF)) {
      // A blank line between rows holds nothing.
      at += bytes[at] === LF ? 1 : 2;
      line++;
      continue;
    }
    rowStart = count;
    rowLine = line;
    for (;;) {
      if (count === capacity) {
        capacity *= 2;
        starts = grow(starts, capacity);
        ends = grow(ends, capacity);
      }
      starts[count] = at;
      if (bytes[at] === QUOTE) {
        const openedOn = line;
        at++;
        for (;;) {
          const byte = bytes[at];
          if (byte === QUOTE) {
            if (bytes[at + 1] !== QUOTE) break;
            at += 2;
          } else if (byte === undefined) {
            faults.push(`${name}:${openedOn}: a quoted field begins here and is never closed`);
            ends[count++] = at;
            return { starts, ends, nRows: rows, rowLines, next: size, line, width: count - rowStart };
          } else {
            if (byte === LF) line++;
            at++;
          }
        }
        at++;
        const after = bytes[at];
        if (after !== undefined && after !== delimiter && after !== LF && !(after === CR && bytes[at + 1] === LF)) {
          faults.push(`${name}:${line}: text after a closing quote; a quote inside a field is written twice`);
          while (at < size && bytes[at] !== LF && bytes[at] !== delimiter) at++;
        }
      } else {
        for (;;) {
          const byte = bytes[at];
          if (byte === delimiter || byte === LF || byte === undefined) break;
          if (byte === CR && bytes[at + 1] === LF) break;
          at++;
        }
      }
      ends[count++] = at;
      if (bytes[at] === delimiter) {
        at++;
        continue;
      }
      if (bytes[at] === CR) at++;
      at++;
      line++;
      break;
    }
    const width = count - rowStart;
    if (expected !== undefined && width !== expected) {
      faults.push(
        `${name}:${rowLine}: ${width} ${width === 1 ? 'field' : 'fields'}, expected ${expected} as in the header`,
      );
      count = rowStart;
      continue;
    }
    if (rows === rowLines.length) rowLines = grow(rowLines, rows * 2);
    rowLines[rows++] = rowLine;
  }
  return { starts, ends, nRows: rows, rowLines, next: at, line, width: count - rowStart };
}

function grow(array: Uint32Array<ArrayBuffer>, size: number): Uint32Array<ArrayBuffer> {
  const bigger = new Uint32Array(size);
  bigger.set(array);
  return bigger;
}

function textAt(bytes: Buffer, start: number, end: number): string {
  if (bytes[start] !== QUOTE) return bytes.toString('utf8', start, end);
  const inner = bytes.toString('utf8', start + 1, end - 1);
  return inner.includes('"') ? inner.replaceAll('""', '"') : inner;
}

class ScannedFields implements Fields {
  readonly name: string;
  readonly header: readonly string[];
  readonly nRows: number;
  readonly #bytes: Buffer;
  readonly #scanned: Scanned;
  readonly #width: number;

  constructor(name: string, header: readonly string[], bytes: Buffer, scanned: Scanned, width: number) {
    this.name = name;
    this.header = header;
    this.nRows = scanned.nRows;
    this.#bytes = bytes;
    this.#scanned = scanned;
    this.#width = width;
  }

  text(column: number, row: number): string {
    const field = row * this.#width + column;
    return textAt(this.#bytes, this.#scanned.starts[field]!, this.#scanned.ends[field]!);
  }

  isEmpty(column: number, row: number): boolean {
    const field = row * this.#width + column;
    const start = this.#scanned.starts[field]!;
    const length = this.#scanned.ends[field]! - start;
    return length === 0 || (length === 2 && this.#bytes[start] === QUOTE);
  }

  line(row: number): number {
    return this.#scanned.rowLines[row]!;
  }

  number(column: number, row: number): number {
    const field = row * this.#width + column;
    const start = this.#scanned.starts[field]!;
    const end = this.#scanned.ends[field]!;
    return this.#bytes[start] === QUOTE
      ? parseDecimalBytes(this.#bytes, start + 1, end - 1)
      : parseDecimalBytes(this.#bytes, start, end);
  }

  /** Texts are compared as bytes; each different one is decoded once. */
  encode(column: number, dictionary: Dictionary, missing: ReadonlySet<string>, out: Int32Array, offset: number): void {
    const { starts, ends } = this.#scanned;
    const bytes = this.#bytes;
    let size = 1024;
    let used = 0;
    // Slots hold the field that a text was first seen in (plus one) and its code.
    let slotField = new Uint32Array(size);
    let slotCode = new Int32Array(size);
    for (let row = 0; row < this.nRows; row++) {
      const field = row * this.#width + column;
      const start = starts[field]!;
      const end = ends[field]!;
      let slot = hashBytes(bytes, start, end) & (size - 1);
      while (slotField[slot] !== 0) {
        const seen = slotField[slot]! - 1;
        if (sameBytes(bytes, start, end, starts[seen]!, ends[seen]!)) break;
        slot = (slot + 1) & (size - 1);
      }
      if (slotField[slot] === 0) {
        const text = textAt(bytes, start, end);
        slotField[slot] = field + 1;
        slotCode[slot] = text === '' || missing.has(text) ? -1 : dictionary.codeOf(text);
        used++;
      }
      out[offset + row] = slotCode[slot]!;
      if (used * 2 > size) {
        const oldField = slotField;
        const oldCode = slotCode;
        size *= 2;
        slotField = new Uint32Array(size);
        slotCode = new Int32Array(size);
        for (let i = 0; i < oldField.length; i++) {
          if (oldField[i] === 0) continue;
          const seen = oldField[i]! - 1;
          let to = hashBytes(bytes, starts[seen]!, ends[seen]!) & (size - 1);
          while (slotField[to] !== 0) to = (to + 1) & (size - 1);
          slotField[to] = oldField[i]!;
          slotCode[to] = oldCode[i]!;
        }
      }
    }
  }
}

/** FNV-1a, and its high bits folded into the low ones that pick the slot. */
function hashBytes(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function sameBytes(bytes: Buffer, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let i = 0; i < end - start; i++) if (bytes[start + i] !== bytes[otherStart + i]) return false;
  return true;
}

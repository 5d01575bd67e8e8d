import type { Table } from '../table.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { fieldEnd, fieldProblem, lineAt } from './field-end.ts';
import type { Fields } from './fields.ts';
import { MalformedLines, raggedProblem } from './malformed.ts';
import { EXACT_DIGITS, POWERS, parseDecimalBytes } from './number.ts';

const QUOTE = 34;
const CR = 13;
const LF = 10;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
/** Bytes of the body that the first guess of the number of rows is made from. */
const SAMPLE = 65_536;

/** The rows of a part, so that a column can be gone through again. */
interface ScannedPart {
  readonly fields: Fields;
  readonly columns: readonly ColumnBuilder[];
  rowStarts: Int32Array;
  /** Among all parts. */
  readonly firstRow: number;
}

/**
 * Reads parts into columns, one after the other and each byte once: most cells are numbers, known texts or the instant of the row before,
 * and are settled on the way to the next delimiter. Only a column that turns out to be wider than it seemed is gone
 * through again.
 */
export class RowScanner {
  readonly #columns: readonly ColumnBuilder[];
  readonly #parts: ScannedPart[] = [];
  readonly #malformed = new MalformedLines();
  #nRows = 0;
  #capacity = 0;

  constructor(columns: readonly ColumnBuilder[]) {
    this.#columns = columns;
  }

  /** The rows of all parts. @throws CSV_MALFORMED with up to ten lines */
  table(): Table {
    this.#malformed.throwIfAny();
    return { nRows: this.#nRows, columns: this.#columns.map((column) => column.column(this.#nRows)) };
  }

  /** Appends the rows of a file, but for malformed ones, which `table` reports. */
  scan(fields: Fields): void {
    const { name, bytes, delimiter } = fields;
    const size = bytes.length;
    const byName = new Map(this.#columns.map((column) => [column.name, column]));
    const columns = fields.header.map((name) => byName.get(name)!);
    for (const column of columns) column.startPart(bytes);
    const width = columns.length;
    // Bytes above it belong to a text.
    const highest = Math.max(delimiter, QUOTE);
    const part: ScannedPart = { fields, columns, rowStarts: new Int32Array(0), firstRow: this.#nRows };
    this.#parts.push(part);
    this.#grow(part, guessRows(bytes, fields.body));
    let row = this.#nRows;
    let at = fields.body;

    while (at < size) {
      const rowStart = at;
      let byte = bytes[at]!;
      if (byte === LF || (byte === CR && bytes[at + 1] === LF)) {
        // A blank line between rows holds nothing.
        at += byte === LF ? 1 : 2;
        continue;
      }
      const rowOfPart = row - part.firstRow;
      if (rowOfPart === part.rowStarts.length) this.#grow(part, Math.ceil(rowOfPart * 1.5));
      part.rowStarts[rowOfPart] = at;
      let c = 0;
      for (; c < width; c++) {
        const column = columns[c]!;
        const start = at;
        const { kind } = column;
        byte = bytes[at]!;
        // The cell is known if the field ends where it does.
        let known = false;
        if (kind === 'numeric' && !column.digitsMayBeMissing) {
          const negative = byte === MINUS;
          if (negative) byte = bytes[++at]!;
          const first = at;
          let mantissa = 0;
          for (; byte >= ZERO && byte <= NINE; byte = bytes[++at]!) mantissa = mantissa * 10 + (byte - ZERO);
          let digits = at - first;
          // Digits such as 01234 may be a text.
          let plain = digits <= 2 || bytes[first] !== ZERO;
          let scale = 0;
          if (byte === POINT) {
            const point = ++at;
            byte = bytes[at]!;
            for (; byte >= ZERO && byte <= NINE; byte = bytes[++at]!) mantissa = mantissa * 10 + (byte - ZERO);
            scale = at - point;
            digits += scale;
            plain = scale > 0;
          }
          if (byte === 101 || byte === 69) {
            byte = bytes[++at]!;
            if (byte === MINUS || byte === PLUS) byte = bytes[++at]!;
            while (byte >= ZERO && byte <= NINE) byte = bytes[++at]!;
            digits = EXACT_DIGITS + 1;
          }
          if (plain && digits > 0 && digits <= EXACT_DIGITS) {
            const value = scale === 0 ? mantissa : mantissa / POWERS[scale]!;
            column.values[row] = negative ? -value : value;
            known = true;
          } else if (plain && scale > 0) {
            const value = parseDecimalBytes(bytes, start, at);
            column.values[row] = value;
            known = !Number.isNaN(value);
          } else if (at === start) {
            column.values[row] = Number.NaN;
            known = true;
          }
        } else if (kind === 'categorical' && byte !== QUOTE) {
          while (byte > highest || (byte !== delimiter && byte !== LF && byte !== CR && byte !== QUOTE)) {
            byte = bytes[++at]!;
          }
          known = true;
          column.codes[row] = at === start ? -1 : column.texts!.codeOf(start, at);
        } else if (kind === 'datetime' && column.repeatsInstant(bytes, at)) {
          column.values[row] = column.instant;
          at += column.instantLength;
          byte = bytes[at]!;
          known = true;
        }
        if (known && byte === delimiter) {
          at++;
          continue;
        }
        if (known && (byte === LF || (byte === CR && bytes[at + 1] === LF))) {
          at += byte === LF ? 1 : 2;
          break;
        }
        const end = fieldEnd(bytes, start, delimiter);
        if (end === -1) {
          const { at: where, problem, next } = fieldProblem(bytes, start);
          this.#malformed.add(name, () => lineAt(bytes, where), problem);
          at = next;
          c = -1;
          break;
        }
        column.put(bytes, start, end, row, this);
        at = end + 1;
        if (bytes[end] === delimiter) continue;
        if (bytes[end] === CR) at++;
        break;
      }
      // The loop is left in the field that a line ends with, or at the end of the header's width.
      if (c === width - 1) row++;
      else if (c >= 0) at = this.#ragged(fields, rowStart);
    }
    part.rowStarts = part.rowStarts.subarray(0, row - part.firstRow);
    this.#nRows = row;
  }

  /** Goes again through the cells of a column in the rows before `row`. */
  eachCellBefore(
    column: ColumnBuilder,
    row: number,
    visit: (bytes: Buffer, start: number, end: number, row: number) => void,
  ): void {
    for (const { fields, columns, rowStarts, firstRow } of this.#parts) {
      const { bytes, delimiter } = fields;
      const position = columns.indexOf(column);
      column.startPart(bytes);
      const rows = Math.min(rowStarts.length, row - firstRow);
      for (let i = 0; i < rows; i++) {
        let start = rowStarts[i]!;
        let end = fieldEnd(bytes, start, delimiter);
        for (let c = 0; c < position; c++) {
          start = end + 1;
          end = fieldEnd(bytes, start, delimiter);
        }
        visit(bytes, start, end, firstRow + i);
      }
    }
  }

  /** Says how many fields the row at `start` has. Returns where the next one begins. */
  #ragged({ name, bytes, delimiter, header }: Fields, start: number): number {
    let found = 0;
    for (let at = start; ; at++) {
      const end = fieldEnd(bytes, at, delimiter);
      if (end === -1) {
        const { at: where, problem, next } = fieldProblem(bytes, at);
        this.#malformed.add(name, () => lineAt(bytes, where), problem);
        return next;
      }
      found++;
      at = end;
      if (bytes[end] === delimiter) continue;
      this.#malformed.add(name, () => lineAt(bytes, start), raggedProblem(found, header.length));
      return bytes[end] === CR ? end + 2 : end + 1;
    }
  }

  /** Makes room for so many rows of a part; by half more than there was, so that many small parts are not copied each time. */
  #grow(part: ScannedPart, rows: number): void {
    const rowStarts = new Int32Array(Math.max(rows, 16));
    rowStarts.set(part.rowStarts);
    part.rowStarts = rowStarts;
    const needed = part.firstRow + rowStarts.length;
    if (needed <= this.#capacity) return;
    this.#capacity = Math.max(needed, Math.ceil(this.#capacity * 1.5));
    for (const column of this.#columns) column.grow(this.#capacity);
  }
}

function guessRows(bytes: Buffer, body: number): number {
  const sample = bytes.subarray(body, body + SAMPLE);
  let lines = 1;
  for (const byte of sample) if (byte === LF) lines++;
  return Math.ceil(((bytes.length - body) / Math.max(1, sample.length)) * lines * 1.02);
}

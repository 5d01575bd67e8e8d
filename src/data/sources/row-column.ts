import type { Kind, UnparsedCell } from '../csv/column-builder.ts';
import { Dictionary } from '../csv/fields.ts';
import { parseInstant } from '../csv/instant.ts';
import { parseDecimal } from '../csv/number.ts';
import type { Column } from '../table.ts';

/** A value as a database driver gives it. */
export type Cell = string | number | bigint | boolean | Date | Uint8Array | null | undefined;

/**
 * One column while rows come in, on typed arrays that grow. Without a kind asked for, it is numeric when all its values are numbers,
 * datetime when all are instants (as dates or ISO text), else text. Whole numbers that no double holds are names, and make a column
 * of texts. NULL, the empty text as in CSV files, and what is neither a number nor an instant are missing cells.
 */
export class RowColumn {
  readonly name: string;
  readonly #asked: Kind | undefined;
  readonly #unparsed: UnparsedCell[];
  /** Numbers, and instants where they were asked for. */
  #values = new Float64Array(16);
  /** Of the texts, once there is one. */
  #codes: Int32Array<ArrayBuffer> | undefined;
  readonly #texts = new Dictionary();
  #mayBeInstants = true;
  #integer = true;
  #nRows = 0;

  constructor(name: string, asked: Kind | undefined, unparsed: UnparsedCell[]) {
    this.name = name;
    this.#asked = asked;
    this.#unparsed = unparsed;
    if (asked === 'categorical') this.#codes = new Int32Array(16);
  }

  push(cell: Cell): void {
    const row = this.#nRows++;
    if (this.#codes) {
      if (row === this.#codes.length) this.#codes = new Int32Array(resized(this.#codes, 2 * row));
      this.#codes[row] = isAbsent(cell) ? -1 : this.#texts.codeOf(textOf(cell));
      return;
    }
    if (row === this.#values.length) this.#values = new Float64Array(resized(this.#values, 2 * row));
    if (isAbsent(cell)) this.#values[row] = Number.NaN;
    else if (this.#asked !== undefined) this.#values[row] = this.#askedValue(cell, row);
    else if (isNumber(cell)) this.#putNumber(row, Number(cell));
    else this.#toTexts(row, cell);
  }

  #putNumber(row: number, value: number): void {
    this.#mayBeInstants = false;
    if (!Number.isSafeInteger(value)) this.#integer = false;
    this.#values[row] = value;
  }

  #askedValue(cell: Cell, row: number): number {
    const value = this.#asked === 'numeric' ? numberOf(cell) : instantOf(cell);
    if (Number.isNaN(value)) this.#unparsed.push({ column: this.name, row, text: textOf(cell) });
    else if (!Number.isSafeInteger(value)) this.#integer = false;
    return value;
  }

  /** The first cell that is no number makes texts of those before it. */
  #toTexts(row: number, cell: Cell): void {
    const codes = new Int32Array(this.#values.length);
    for (let i = 0; i < row; i++) {
      const value = this.#values[i]!;
      codes[i] = Number.isNaN(value) ? -1 : this.#texts.codeOf(textOfNumber(value));
    }
    codes[row] = this.#texts.codeOf(textOf(cell));
    this.#codes = codes;
    this.#values = new Float64Array(0);
  }

  /** To be called once, behind the last cell. */
  column(): Column {
    const { name } = this;
    const nRows = this.#nRows;
    if (!this.#codes) {
      const values = new Float64Array(resized(this.#values, nRows));
      return this.#asked === 'datetime'
        ? { kind: 'datetime', name, values }
        : { kind: 'numeric', name, values, integer: this.#integer };
    }
    const codes = new Int32Array(resized(this.#codes, nRows));
    const categories = this.#texts.texts;
    if (this.#asked === undefined && this.#mayBeInstants) {
      // Each text is read once.
      const instants = Float64Array.from(categories, parseInstant);
      if (!instants.some(Number.isNaN)) {
        const values = Float64Array.from(codes, (code) => (code === -1 ? Number.NaN : instants[code]!));
        return { kind: 'datetime', name, values };
      }
    }
    return { kind: 'categorical', name, codes, categories };
  }
}

/** The same cells with room for more or fewer; the memory that they had is given back at once, which the collector would do late. */
function resized(cells: Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>, length: number): ArrayBuffer {
  return cells.buffer.transfer(length * cells.BYTES_PER_ELEMENT);
}

function isAbsent(cell: Cell): boolean {
  if (typeof cell === 'number') return !Number.isFinite(cell);
  return cell === null || cell === undefined || cell === '' || (cell instanceof Date && Number.isNaN(cell.getTime()));
}

function isNumber(cell: Cell): boolean {
  return typeof cell === 'number' || (typeof cell === 'bigint' && BigInt(Number(cell)) === cell);
}

function numberOf(cell: Cell): number {
  if (typeof cell === 'string') return parseDecimal(cell.trim());
  return typeof cell === 'number' || isNumber(cell) ? Number(cell) : Number.NaN;
}

function instantOf(cell: Cell): number {
  if (cell instanceof Date) return cell.getTime();
  return typeof cell === 'string' ? parseInstant(cell) : Number.NaN;
}

function textOf(cell: Cell): string {
  return cell instanceof Date ? cell.toISOString() : String(cell);
}

/** As the whole number that it was, also beyond 2^53. */
function textOfNumber(value: number): string {
  return Number.isInteger(value) ? String(BigInt(value)) : String(value);
}

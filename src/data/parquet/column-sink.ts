import type { DecodedArray } from 'hyparquet';
import type { Kind, UnparsedCell } from '../csv/column-builder.ts';
import type { Column } from '../table.ts';
import { asKind } from './as-kind.ts';
import { codeReader, instantReader, type NumericType, numberReader, wholeReader } from './cell-readers.ts';
import type { ColumnType } from './column-type.ts';
import { TextCodes } from './text-codes.ts';

/** Bytes of a column of texts that are not UTF-8. */
export class NotText extends Error {}

/**
 * One column over all parts while their pages come in, in the order of the rows. Whole numbers that no double holds are names: they
 * make a column of texts, also of what was numbers before.
 */
export class ColumnSink {
  readonly name: string;
  readonly #nRows: number;
  readonly #texts = new TextCodes();
  #kind: Kind;
  /** Of numeric and datetime columns. */
  #values = new Float64Array(0);
  /** Of categorical columns. */
  #codes = new Int32Array(0);
  #filled = 0;

  constructor(name: string, kind: Kind, nRows: number) {
    this.name = name;
    this.#kind = kind;
    this.#nRows = nRows;
    if (kind === 'categorical') this.#codes = new Int32Array(nRows);
    else this.#values = new Float64Array(nRows);
  }

  /** Rows that have come in. */
  get filled(): number {
    return this.#filled;
  }

  /** What a page holds in place of each text. @throws NotText */
  readonly textCode = (bytes: Uint8Array): number => {
    const code = this.#texts.codeOfBytes(bytes);
    if (code === undefined) throw new NotText();
    return code;
  };

  /** Appends the cells of a page, for which there must be room; those that are missing are null or undefined. */
  append(page: DecodedArray, type: ColumnType): void {
    const first = this.#filled;
    const end = first + page.length;
    if (type.cell === 'missing')
      this.#kind === 'categorical' ? this.#codes.fill(-1, first, end) : this.#values.fill(Number.NaN, first, end);
    else if (type.kind === 'categorical') this.#putCodes(page, first, end, codeReader(type, page, this.#texts));
    else if (type.kind === 'datetime') this.#putNumbers(page, first, end, instantReader(type, page));
    else if (this.#kind === 'categorical') this.#putCodes(page, first, end, this.#numberCode(type, page));
    else if (type.cell === 'number' && !Array.isArray(page)) this.#putArray(page as Int32Array, first, end);
    else {
      const stopped = this.#putNumbers(page, first, end, numberReader(type, page));
      if (stopped < end) {
        this.#toTexts(stopped);
        this.#putCodes(page, first, end, this.#numberCode(type, page));
      }
    }
    this.#filled = end;
  }

  #putArray(page: Int32Array | Float32Array | Float64Array, first: number, end: number): void {
    this.#values.set(page, first);
    if (!(page instanceof Int32Array)) this.#refuseInfinity(first, end);
  }

  /** @returns the row whose number no double holds; `end` when there is none */
  #putNumbers(page: DecodedArray, first: number, end: number, read: (i: number) => number | undefined): number {
    const values = this.#values;
    const mayMiss = Array.isArray(page);
    for (let row = first; row < end; row++) {
      const i = row - first;
      const value = mayMiss && isMissing(page[i]) ? Number.NaN : read(i);
      if (value === undefined) return row;
      values[row] = value;
    }
    this.#refuseInfinity(first, end);
    return end;
  }

  #putCodes(page: DecodedArray, first: number, end: number, read: (i: number) => number): void {
    const codes = this.#codes;
    const mayMiss = Array.isArray(page);
    for (let row = first; row < end; row++) {
      const i = row - first;
      codes[row] = mayMiss && isMissing(page[i]) ? -1 : read(i);
    }
  }

  /** Neither a number nor an instant: missing. */
  #refuseInfinity(first: number, end: number): void {
    const values = this.#values;
    for (let row = first; row < end; row++) if (!Number.isFinite(values[row])) values[row] = Number.NaN;
  }

  /** Makes texts of the numbers of the rows before `row`. */
  #toTexts(row: number): void {
    const codes = new Int32Array(this.#nRows);
    for (let i = 0; i < row; i++) codes[i] = this.#codeOfNumber(this.#values[i]!);
    this.#codes = codes;
    this.#values = new Float64Array(0);
    this.#kind = 'categorical';
  }

  #numberCode(type: NumericType, page: DecodedArray): (i: number) => number {
    if (type.cell === 'int64' || type.cell === 'uint64' || (type.cell === 'decimal' && type.scale === 0)) {
      const whole = wholeReader(type, page);
      return (i) => this.#texts.codeOf(String(whole(i)));
    }
    const read = numberReader(type, page);
    return (i) => this.#codeOfNumber(read(i)!);
  }

  #codeOfNumber(value: number): number {
    if (!Number.isFinite(value)) return -1;
    return this.#texts.codeOf(Number.isInteger(value) ? String(BigInt(value)) : String(value));
  }

  /** @param asked the kind that it must have; cells that are not of it become missing and are noted */
  column(asked: Kind | undefined, unparsed: UnparsedCell[]): Column {
    return asked === undefined ? this.#column() : asKind(this.#column(), asked, unparsed);
  }

  #column(): Column {
    const { name } = this;
    const values = this.#values;
    switch (this.#kind) {
      case 'categorical':
        return { kind: 'categorical', name, codes: this.#codes, categories: this.#texts.texts };
      case 'datetime':
        return { kind: 'datetime', name, values };
      case 'numeric':
        return { kind: 'numeric', name, values, integer: values.every(isWholeOrMissing) };
    }
  }
}

function isMissing(cell: unknown): boolean {
  return cell === undefined || cell === null;
}

function isWholeOrMissing(value: number): boolean {
  return Number.isNaN(value) || Number.isSafeInteger(value);
}

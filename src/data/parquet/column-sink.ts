import type { DecodedArray } from 'hyparquet';
import type { Kind, UnparsedCell } from '../csv/column-builder.ts';
import type { Column } from '../table.ts';
import { asKind } from './as-kind.ts';
import { codeReader, instantReader, mayBeNames, type NumericType, numberReader, wholeReader } from './cell-readers.ts';
import type { ColumnType } from './column-type.ts';
import type { Page } from './pages.ts';
import { TextCodes } from './text-codes.ts';

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
  /** The dictionary of the page before, and its entries as values or codes. */
  #dictionary: DecodedArray | undefined;
  #entries: Float64Array | Int32Array = new Float64Array(0);

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

  /** Appends the cells of a page, for which there must be room. @throws NotText · RangeError when the page is damaged */
  append(page: Page, type: ColumnType): void {
    const { dictionary } = page;
    if (type.cell === 'missing') this.#fillMissing(page.count);
    else if (dictionary) {
      if (dictionary !== this.#dictionary) {
        this.#entries = this.#read(dictionary, type);
        this.#dictionary = dictionary;
      }
      this.#put(page, entryReader(page.cells, this.#entries));
    } else if (type.kind === 'numeric' && type.cell === 'number' && !page.levels && ArrayBuffer.isView(page.cells)) {
      this.#putArray(page.cells as Float64Array);
    } else this.#putCells(page, type);
    this.#filled += page.count;
  }

  #fillMissing(count: number): void {
    const end = this.#filled + count;
    if (this.#kind === 'categorical') this.#codes.fill(-1, this.#filled, end);
    else this.#values.fill(Number.NaN, this.#filled, end);
  }

  /** The entries of a dictionary, each read once. */
  #read(dictionary: DecodedArray, type: ColumnType): Float64Array | Int32Array {
    const size = dictionary.length;
    if (type.kind === 'datetime') return filled(new Float64Array(size), instantReader(type, dictionary))!;
    if (type.kind === 'numeric' && this.#kind === 'numeric') {
      const entries = filled(new Float64Array(size), numberReader(type, dictionary));
      if (entries) return entries;
      this.#toTexts(this.#filled);
    }
    return filled(new Int32Array(size), this.#codeReader(type, dictionary))!;
  }

  #putArray(cells: Float64Array): void {
    if (this.#kind === 'categorical') {
      for (let i = 0; i < cells.length; i++) this.#codes[this.#filled + i] = this.#codeOfNumber(cells[i]!);
      return;
    }
    this.#values.set(cells, this.#filled);
    if (cells instanceof Int32Array) return;
    const end = this.#filled + cells.length;
    for (let row = this.#filled; row < end; row++) this.#values[row] = finite(this.#values[row]!);
  }

  #putCells(page: Page, type: ColumnType): void {
    if (type.kind === 'datetime') this.#put(page, instantReader(type, page.cells));
    else if (type.kind === 'numeric' && this.#kind === 'numeric') {
      const read = numberReader(type, page.cells);
      if (this.#put(page, read)) return;
      this.#toTexts(this.#filled);
      this.#put(page, this.#codeReader(type, page.cells));
    } else this.#put(page, this.#codeReader(type, page.cells));
  }

  /** Puts what `read` gives for each cell that is there. @returns false where it gave undefined */
  #put({ count, levels, cells }: Page, read: (i: number) => number | undefined): boolean {
    const isCode = this.#kind === 'categorical';
    const into = isCode ? this.#codes : this.#values;
    const missing = isCode ? -1 : Number.NaN;
    const first = this.#filled;
    let next = 0;
    for (let i = 0; i < count; i++) {
      if (levels && levels[i] === 0) {
        into[first + i] = missing;
        continue;
      }
      if (next === cells.length) throw new RangeError('fewer cells than rows');
      const value = read(next++);
      if (value === undefined) return false;
      into[first + i] = isCode ? value : finite(value);
    }
    return true;
  }

  /** Reads codes: of texts, or of numbers as texts. */
  #codeReader(type: ColumnType, cells: DecodedArray): (i: number) => number {
    if (type.kind === 'categorical') return codeReader(type, cells, this.#texts);
    const numeric = type as NumericType;
    if (mayBeNames(numeric)) {
      const whole = wholeReader(numeric, cells);
      return (i) => this.#texts.codeOf(String(whole(i)));
    }
    const read = numberReader(numeric, cells);
    return (i) => this.#codeOfNumber(read(i)!);
  }

  /** Makes texts of the numbers of the rows before `row`. */
  #toTexts(row: number): void {
    const codes = new Int32Array(this.#nRows);
    for (let i = 0; i < row; i++) codes[i] = this.#codeOfNumber(this.#values[i]!);
    this.#codes = codes;
    this.#values = new Float64Array(0);
    this.#kind = 'categorical';
    this.#dictionary = undefined;
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

/** The entry that cell `i` names. */
function entryReader(cells: DecodedArray, entries: Float64Array | Int32Array): (i: number) => number {
  return (i) => {
    const entry = entries[cells[i]];
    if (entry === undefined) throw new RangeError('a cell that is not in the dictionary');
    return entry;
  };
}

/** Undefined where `read` gives undefined. */
function filled<A extends Float64Array | Int32Array>(into: A, read: (i: number) => number | undefined): A | undefined {
  for (let i = 0; i < into.length; i++) {
    const value = read(i);
    if (value === undefined) return undefined;
    into[i] = value;
  }
  return into;
}

/** What is neither a number nor an instant is missing. */
function finite(value: number): number {
  return value - value === 0 ? value : Number.NaN;
}

function isWholeOrMissing(value: number): boolean {
  return Number.isNaN(value) || Number.isSafeInteger(value);
}

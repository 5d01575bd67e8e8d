import type { Column } from '../table.ts';
import { ByteDictionary } from './byte-dictionary.ts';
import { Dictionary } from './fields.ts';
import { parseInstantBytes } from './instant.ts';
import { parseDecimalBytes } from './number.ts';

export type Kind = Column['kind'];

/** A cell that is not of the kind that its column was asked to be; it counts as missing. */
export interface UnparsedCell {
  readonly column: string;
  /** Among all rows of all parts. */
  readonly row: number;
  readonly text: string;
}

/** Among numbers and instants these texts are missing cells too; in a column of texts they may be words. */
const NOT_A_VALUE = new Set([
  'NA',
  'N/A',
  'n/a',
  '#N/A',
  '<NA>',
  'NaN',
  'nan',
  '-nan',
  '-NaN',
  'NaT',
  'null',
  'NULL',
  'None',
]);
const QUOTE = 34;
const ZERO = 48;

/** Goes again through the cells of a column in the rows before `row`: bytes `start` … `end` - 1 of a part. */
export interface CellsBefore {
  eachCellBefore(
    column: ColumnBuilder,
    row: number,
    visit: (bytes: Buffer, start: number, end: number, row: number) => void,
  ): void;
}

/**
 * One column over all parts while it is read. Without a kind asked for, it is of the narrowest kind that fits every cell:
 * numeric, datetime, categorical; a column without any value is numeric. Cells are handed over as bytes; those that begin
 * with a quote have been checked to end with one.
 */
export class ColumnBuilder {
  readonly name: string;
  /** Digits may stand for a missing cell. */
  readonly digitsMayBeMissing: boolean;
  kind: Kind;
  /** Of numeric and datetime columns. */
  values = new Float64Array(0);
  /** Of categorical columns. */
  codes = new Int32Array(0);
  /** The texts of the part that is being read. */
  texts: ByteDictionary | undefined;
  /** The instant that was read last, which the next rows often repeat: where it stands in the part, and its value. */
  #instantStart = 0;
  instantLength = 0;
  instant = 0;
  readonly #asked: boolean;
  readonly #missing: ReadonlySet<string>;
  readonly #unparsed: UnparsedCell[];
  readonly #dictionary = new Dictionary();
  /** A cell with a word for missing was read, which is a text among texts. */
  #sawWord = false;

  constructor(name: string, kind: Kind | undefined, missing: ReadonlySet<string>, unparsed: UnparsedCell[]) {
    this.name = name;
    this.kind = kind ?? 'numeric';
    this.#asked = kind !== undefined;
    this.#missing = missing;
    this.digitsMayBeMissing = [...missing].some((text) => /\d/.test(text));
    this.#unparsed = unparsed;
  }

  startPart(bytes: Buffer): void {
    this.texts = new ByteDictionary(bytes, this.#dictionary, this.#missing);
    this.instantLength = 0;
  }

  /** Makes room for so many rows. */
  grow(nRows: number): void {
    if (this.kind === 'categorical' && this.codes.length < nRows) {
      const codes = new Int32Array(nRows);
      codes.set(this.codes);
      this.codes = codes;
    } else if (this.kind !== 'categorical' && this.values.length < nRows) {
      const values = new Float64Array(nRows);
      values.set(this.values);
      this.values = values;
    }
  }

  /** Any cell, however it is written. */
  put(bytes: Buffer, start: number, end: number, row: number, scanned: CellsBefore): void {
    const quoted = bytes[start] === QUOTE && end > start;
    const from = quoted ? start + 1 : start;
    const to = quoted ? end - 1 : end;
    while (this.kind !== 'categorical') {
      if (this.#putValue(bytes, from, to, row)) return;
      this.#widen(row, scanned);
    }
    this.codes[row] = this.#code(bytes, from, to, quoted);
  }

  repeatsInstant(bytes: Buffer, start: number): boolean {
    const length = this.instantLength;
    if (length === 0) return false;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== bytes[this.#instantStart + i]) return false;
    return true;
  }

  /** A number or an instant. False when the cell needs a wider kind. */
  #putValue(bytes: Buffer, start: number, end: number, row: number): boolean {
    let [from, to] = [start, end];
    while (from < to && isBlank(bytes[from]!)) from++;
    while (to > from && isBlank(bytes[to - 1]!)) to--;
    if (from === to) {
      this.values[row] = Number.NaN;
      // Blanks are a text among texts.
      if (end > start) this.#sawWord = true;
      return true;
    }
    if (this.#missing.size > 0 && this.#missing.has(textOf(bytes, from, to))) {
      this.values[row] = Number.NaN;
      return true;
    }
    const numeric = this.kind === 'numeric';
    const value = numeric ? parseDecimalBytes(bytes, from, to) : parseInstantBytes(bytes, from, to);
    this.values[row] = value;
    if (!Number.isNaN(value) && (this.#asked || !numeric || !isIdentifier(bytes, from, to))) {
      if (!numeric) [this.#instantStart, this.instantLength, this.instant] = [from, to - from, value];
      return true;
    }
    const text = textOf(bytes, from, to);
    if (NOT_A_VALUE.has(text)) this.#sawWord = true;
    else if (this.#asked) this.#unparsed.push({ column: this.name, row, text });
    else return false;
    return true;
  }

  /** A cell was met that the kind does not hold: the next wider kind. */
  #widen(row: number, scanned: CellsBefore): void {
    const noValueYet = this.values.subarray(0, row).every(Number.isNaN);
    if (this.kind === 'numeric' && noValueYet) {
      this.kind = 'datetime';
      return;
    }
    this.kind = 'categorical';
    this.codes = new Int32Array(this.values.length);
    this.values = new Float64Array(0);
    if (noValueYet && !this.#sawWord) this.codes.fill(-1, 0, row);
    else
      scanned.eachCellBefore(this, row, (bytes, start, end, earlier) => this.put(bytes, start, end, earlier, scanned));
  }

  #code(bytes: Buffer, start: number, end: number, quoted: boolean): number {
    if (start === end) return -1;
    if (!quoted || !bytes.subarray(start, end).includes(QUOTE)) return this.texts!.codeOf(start, end);
    const text = textOf(bytes, start, end);
    return this.#missing.has(text) ? -1 : this.#dictionary.codeOf(text);
  }

  column(nRows: number): Column {
    const { name } = this;
    if (this.kind === 'categorical') {
      return { kind: 'categorical', name, codes: fitted(this.codes, nRows), categories: this.#dictionary.texts };
    }
    const values = fitted(this.values, nRows);
    switch (this.kind) {
      case 'datetime':
        return { kind: 'datetime', name, values };
      case 'numeric':
        return { kind: 'numeric', name, values, integer: isInteger(values) };
    }
  }
}

/** The first cells; what was made room for in vain is given back when it is much. */
function fitted<A extends Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(cells: A, nRows: number): A {
  return (cells.length > nRows * 1.25 ? cells.slice(0, nRows) : cells.subarray(0, nRows)) as A;
}

/** Of a field without its quotes. */
function textOf(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end).replaceAll('""', '"');
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9;
}

/**
 * Digits that would not come back from a number: `01234`, and whole numbers that no double holds. They name things, and a column
 * with such a cell holds texts. Two digits are a number: hours and months are written `07`.
 */
function isIdentifier(bytes: Buffer, start: number, end: number): boolean {
  const sign = bytes[start] === 45 || bytes[start] === 43;
  const from = sign ? start + 1 : start;
  const padded = !sign && end - from > 2 && bytes[from] === ZERO;
  if (!padded && end - from <= 15) return false;
  for (let at = from; at < end; at++) if (bytes[at]! < ZERO || bytes[at]! > ZERO + 9) return false;
  if (padded) return true;
  const text = bytes.toString('latin1', from, end);
  const value = Number(text);
  return Number.isFinite(value) && BigInt(value) !== BigInt(text);
}

function isInteger(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Math.trunc(value) !== value ? !Number.isNaN(value) : Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  }
  return true;
}

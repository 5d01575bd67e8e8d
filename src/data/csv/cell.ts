import { parseInstantBytes } from './instant.ts';
import { parseDecimalBytes } from './number.ts';

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

/** A number or an instant; a cell without one; digits that name something; any other text. */
export type CellClass = 'value' | 'missing' | 'identifier' | 'misfit';

/** Reads cells one by one, however they are written; what it found of the last one stands in its fields. */
export class CellParser {
  readonly #kind: 'numeric' | 'datetime';
  readonly #missing: ReadonlySet<string>;
  /** NaN unless the class is value or identifier. */
  value = Number.NaN;
  /** Where it stands, quotes and blanks around it taken off. */
  #start = 0;
  #end = 0;
  #quoted = false;

  /** @param missing texts that mean a missing cell, beside the empty one */
  constructor(kind: 'numeric' | 'datetime', missing: ReadonlySet<string>) {
    this.#kind = kind;
    this.#missing = missing;
  }

  /** What the field in bytes `start` … `end` - 1 holds, which ends with a quote if it begins with one. */
  parse(bytes: Buffer, start: number, end: number): CellClass {
    this.#quoted = start < end && bytes[start] === QUOTE;
    return this.#quoted ? this.#classify(bytes, start + 1, end - 1) : this.#classify(bytes, start, end);
  }

  /** What the text in bytes `start` … `end` - 1 means. */
  parseText(bytes: Buffer, start: number, end: number): CellClass {
    this.#quoted = false;
    return this.#classify(bytes, start, end);
  }

  #classify(bytes: Buffer, start: number, end: number): CellClass {
    let [from, to] = [start, end];
    while (from < to && isBlank(bytes[from]!)) from++;
    while (to > from && isBlank(bytes[to - 1]!)) to--;
    this.#start = from;
    this.#end = to;
    this.value = Number.NaN;
    if (from === to) return 'missing';
    if (this.#missing.size > 0 && this.#missing.has(this.text(bytes))) return 'missing';
    const numeric = this.#kind === 'numeric';
    this.value = numeric ? parseDecimalBytes(bytes, from, to) : parseInstantBytes(bytes, from, to);
    if (!Number.isNaN(this.value)) return numeric && isIdentifier(bytes, from, to) ? 'identifier' : 'value';
    return NOT_A_VALUE.has(this.text(bytes)) ? 'missing' : 'misfit';
  }

  /** The text of the cell that was parsed last. */
  text(bytes: Buffer): string {
    const text = bytes.toString('utf8', this.#start, this.#end);
    return this.#quoted ? text.replaceAll('""', '"') : text;
  }
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

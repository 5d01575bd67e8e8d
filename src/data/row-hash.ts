import { parseInstant } from './csv/instant.ts';
import { parseDecimal } from './csv/number.ts';
import type { Column, Table } from './table.ts';

/** Two hashes of 32 bits for each cell or text; together they hardly ever agree for different ones. */
interface HashPair {
  readonly high: Int32Array;
  readonly low: Int32Array;
}

const LOW_SALT = 0x5bd1e995;

/**
 * A number from 0 up to but not 1 for each row, from the content of its cells and the seed: the same row gets the same number
 * in every table that holds it, wherever it stands. Missing cells count as content.
 */
export function hashRows(table: Table, seed: number): Float64Array {
  const high = new Int32Array(table.nRows).fill(seed | 0);
  const low = new Int32Array(table.nRows).fill((seed ^ 0x9e3779b9) | 0);
  for (const column of table.columns) {
    const cells = hashCells(column);
    const salt = hashText(column.name, 0);
    for (let row = 0; row < table.nRows; row++) {
      // Sums of mixed cells do not depend on the order of the columns.
      high[row] = (high[row]! + mix(cells.high[row]! ^ salt)) | 0;
      low[row] = (low[row]! + mix(cells.low[row]! ^ salt)) | 0;
    }
  }
  const out = new Float64Array(table.nRows);
  for (let row = 0; row < out.length; row++) out[row] = unitOf(high[row]!, low[row]!);
  return out;
}

/** The same of one column: equal cells, equal numbers. */
export function hashColumn(column: Column, seed: number): Float64Array {
  const { high, low } = hashCells(column);
  return Float64Array.from(high, (cell, row) => unitOf((mix(cell) + seed) | 0, (mix(low[row]!) ^ 0x9e3779b9) + seed));
}

function unitOf(high: number, low: number): number {
  return ((mix(high) >>> 5) * 0x4000000 + (mix(low) >>> 6)) / 2 ** 53;
}

/** Source  Appleby, MurmurHash3 finalizer (public domain) */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** FNV-1a from a start that the salt moves. */
function hashText(text: string, salt: number): number {
  let hash = 0x811c9dc5 ^ salt;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** A text that is a number or an instant hashes as such: one odd cell makes texts of a column, and moves no other row. */
function hashCells(column: Column): HashPair {
  if (column.kind !== 'categorical') return hashNumbers(column.values);
  const texts = column.categories;
  const numbers = Float64Array.from(texts, numberOf);
  const { high, low } = hashNumbers(numbers);
  for (const [code, text] of texts.entries()) {
    if (!Number.isNaN(numbers[code])) continue;
    high[code] = hashText(text, 0);
    low[code] = hashText(text, LOW_SALT);
  }
  return {
    high: column.codes.map((code) => (code === -1 ? 0 : high[code]!)),
    low: column.codes.map((code) => (code === -1 ? 0 : low[code]!)),
  };
}

function numberOf(text: string): number {
  const number = parseDecimal(text);
  return Number.isNaN(number) ? parseInstant(text) : number;
}

function hashNumbers(values: Float64Array): HashPair {
  const high = new Int32Array(values.length);
  const low = new Int32Array(values.length);
  const double = new Float64Array(1);
  const words = new Int32Array(double.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    // -0 and 0 are the same number.
    double[0] = value + 0;
    high[i] = mix(words[0]! ^ mix(words[1]! ^ LOW_SALT));
    low[i] = mix(words[1]! ^ mix(words[0]!));
  }
  return { high, low };
}

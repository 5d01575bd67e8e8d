import type { Column, Table } from './table.ts';

/**
 * A number from 0 up to but not 1 for each row, from the content of its cells and the seed: the same row gets the same number
 * in every table that holds it, wherever it stands. Missing cells count as content.
 */
export function hashRows(table: Table, seed: number): Float64Array {
  const high = new Int32Array(table.nRows).fill(seed | 0);
  const low = new Int32Array(table.nRows).fill((seed ^ 0x9e3779b9) | 0);
  for (const column of table.columns) {
    const cells = hashCells(column);
    const salt = hashText(column.name);
    for (let row = 0; row < table.nRows; row++) {
      // Sums of mixed cells do not depend on the order of the columns.
      const cell = cells[row]! ^ salt;
      high[row] = (high[row]! + mix(cell)) | 0;
      low[row] = (low[row]! + mix(cell ^ 0x5bd1e995)) | 0;
    }
  }
  const out = new Float64Array(table.nRows);
  for (let row = 0; row < out.length; row++) out[row] = unitOf(high[row]!, low[row]!);
  return out;
}

/** The same for a text: a group, for example. */
export function hashUnit(text: string, seed: number): number {
  const hash = hashText(text);
  return unitOf((hash + seed) | 0, (hash ^ 0x9e3779b9) + seed);
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

function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}

function hashCells(column: Column): Int32Array {
  if (column.kind === 'categorical') {
    const ofCategory = column.categories.map(hashText);
    return column.codes.map((code) => (code === -1 ? 0 : ofCategory[code]!));
  }
  const { values } = column;
  const out = new Int32Array(values.length);
  const double = new Float64Array(1);
  const words = new Int32Array(double.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    // -0 and 0 are the same number.
    double[0] = value === 0 ? 0 : value;
    out[i] = mix(words[0]! ^ Math.imul(words[1]!, 0x27d4eb2f));
  }
  return out;
}

import type { BinnedFeatures } from './binned-features.ts';

/** Bytes that stay in a core's own cache while a subtree is grown. */
const BLOCK_BYTES = 1 << 18;

/** Whether the rows of a small node lie far apart in a table of this size. */
export function isScattered(nRows: number, nFeatures: number): boolean {
  return nRows * nFeatures > 2 * BLOCK_BYTES;
}

/**
 * The bins of a subtree's rows, next to one another. In a large table the rows of a small node lie far apart: each cell that is read
 * costs a trip to memory. Copied once, from where the cells of a row lie together, all nodes below read from the cache.
 */
export class BinBlock {
  /** As in `BinnedFeatures`, with rows numbered from 0 in the block. */
  readonly columns: readonly (Uint8Array | Uint16Array)[];
  /** Most rows of a block; 0 where the whole table is in reach. */
  readonly size: number;
  readonly #source: BinnedFeatures;
  readonly #narrow: Uint8Array;

  constructor(source: BinnedFeatures) {
    const { columns, byRow } = source;
    this.#source = source;
    this.size = byRow ? Math.floor(BLOCK_BYTES / columns.length) : 0;
    this.#narrow = new Uint8Array(this.size * columns.length);
    this.columns = columns.map((column, f) =>
      column instanceof Uint8Array
        ? this.#narrow.subarray(f * this.size, (f + 1) * this.size)
        : new Uint16Array(this.size),
    );
  }

  /** Copies the bins of rows start … end - 1 and numbers them anew in `row`. */
  load(row: Int32Array, start: number, end: number): void {
    const { columns, byRow } = this.#source;
    copyRows(byRow!, columns.length, row, start, end, this.#narrow, this.size);
    for (const [f, column] of columns.entries()) {
      if (column instanceof Uint16Array) copyColumn(column, this.columns[f] as Uint16Array, row, start, end);
    }
    for (let i = start; i < end; i++) row[i] = i - start;
  }
}

function copyRows(
  byRow: Uint8Array,
  width: number,
  row: Int32Array,
  start: number,
  end: number,
  target: Uint8Array,
  size: number,
): void {
  for (let i = start; i < end; i++) {
    const from = row[i]! * width;
    for (let f = 0, to = i - start; f < width; f++, to += size) target[to] = byRow[from + f]!;
  }
}

function copyColumn(source: Uint16Array, target: Uint16Array, row: Int32Array, start: number, end: number): void {
  for (let i = start; i < end; i++) target[i - start] = source[row[i]!]!;
}

/** One-byte columns turned to rows; two-byte ones are left out. */
export function binsByRow(columns: readonly (Uint8Array | Uint16Array)[], nRows: number): Uint8Array {
  const width = columns.length;
  const byRow = new Uint8Array(new SharedArrayBuffer(nRows * width));
  // So many rows at a time stay in the cache for all columns.
  const tile = 1024;
  for (let from = 0; from < nRows; from += tile) {
    const to = Math.min(nRows, from + tile);
    for (const [f, column] of columns.entries()) {
      if (column instanceof Uint8Array) for (let row = from; row < to; row++) byRow[row * width + f] = column[row]!;
    }
  }
  return byRow;
}

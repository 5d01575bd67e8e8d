import { MISSING_WIDE } from './binned-features.ts';

/**
 * The categories of a node where a feature has thousands: numbered 1, 2, … in the order of their bins, so that a node takes time and
 * memory for the categories that it has, not for all.
 */
export class NodeCategories {
  /** By position: the number of the row's category, 0 for missing cells. */
  readonly local: Uint16Array;
  /** Bins of categories 1, 2, … */
  readonly code: Uint16Array;
  readonly #numberOf: Uint16Array;

  /** @param nRows 0 where no feature needs it */
  constructor(nRows: number) {
    this.local = new Uint16Array(nRows);
    this.code = new Uint16Array(Math.min(nRows, MISSING_WIDE));
    this.#numberOf = new Uint16Array(nRows === 0 ? 0 : MISSING_WIDE + 1);
  }

  /** Numbers the categories of rows start … end - 1. @returns how many there are */
  find(bins: Uint16Array, row: Int32Array, start: number, end: number): number {
    const { code, local } = this;
    const numberOf = this.#numberOf;
    let size = 0;
    for (let i = start; i < end; i++) {
      const bin = bins[row[i]!]!;
      if (numberOf[bin] !== 0 || bin === MISSING_WIDE) continue;
      numberOf[bin] = 1;
      code[size++] = bin;
    }
    code.subarray(0, size).sort();
    for (let k = 0; k < size; k++) numberOf[code[k]!] = k + 1;
    for (let i = start; i < end; i++) local[i] = numberOf[bins[row[i]!]!]!;
    for (let k = 0; k < size; k++) numberOf[code[k]!] = 0;
    return size;
  }
}

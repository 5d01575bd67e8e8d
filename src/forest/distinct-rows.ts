/** Narrowest whole numbers that count up to `size`. */
export type Indices = Uint8Array | Uint16Array | Uint32Array;

/**
 * Rows of numbers, each different one kept once, in the order in which they were first seen. They are told apart by their bits.
 *
 * Cost    O(width) a row
 */
export class DistinctRows {
  size = 0;
  readonly #width: number;
  #rows: Float64Array;
  #words: Uint32Array;
  /** By hash: number of a row + 1; 0: free. At most half are taken. */
  #slots = new Int32Array(64);

  constructor(width: number) {
    this.#width = width;
    this.#rows = new Float64Array(16 * width);
    this.#words = new Uint32Array(this.#rows.buffer);
  }

  /** @returns the number of the row that `values` holds from `at` on */
  add(values: Float64Array, at = 0): number {
    const width = this.#width;
    if ((this.size + 1) * width > this.#rows.length) this.#growRows();
    if ((this.size + 1) * 2 > this.#slots.length) this.#growSlots();
    for (let k = 0; k < width; k++) this.#rows[this.size * width + k] = values[at + k]!;
    const mask = this.#slots.length - 1;
    let slot = this.#hash(this.size) & mask;
    for (let row = this.#slots[slot]!; row !== 0; row = this.#slots[slot]!) {
      if (this.#isNewest(row - 1)) return row - 1;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.size + 1;
    return this.size++;
  }

  /** All rows, row-major. */
  all(): Float64Array {
    return this.#rows.slice(0, this.size * this.#width);
  }

  #isNewest(row: number): boolean {
    const words = this.#words;
    const span = 2 * this.#width;
    for (let k = 0; k < span; k++) if (words[row * span + k] !== words[this.size * span + k]) return false;
    return true;
  }

  #hash(row: number): number {
    const words = this.#words;
    const span = 2 * this.#width;
    let hash = 0;
    for (let k = row * span; k < (row + 1) * span; k++) {
      hash = Math.imul(hash ^ words[k]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #growRows(): void {
    const longer = new Float64Array(2 * this.#rows.length);
    longer.set(this.#rows);
    this.#rows = longer;
    this.#words = new Uint32Array(longer.buffer);
  }

  #growSlots(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let row = 0; row < this.size; row++) {
      let slot = this.#hash(row) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = row + 1;
    }
    this.#slots = slots;
  }
}

/** Numbers below `limit` in as few bytes as hold them. */
export function narrow(numbers: Uint32Array, limit: number): Indices {
  if (limit <= 2 ** 8) return Uint8Array.from(numbers);
  return limit <= 2 ** 16 ? Uint16Array.from(numbers) : numbers;
}

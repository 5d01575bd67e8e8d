/**
 * A small seeded generator (xoshiro128**): the same seed gives the same numbers on every machine.
 *
 * Source  Blackman and Vigna 2021, ACM TOMS 47(4); seeded by splitmix32
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** @param stream of numbers of its own for each pair of seed and stream */
  constructor(seed: number, stream = 0) {
    let state = seed | 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return z ^ (z >>> 16);
    };
    const high = Math.floor(seed / 2 ** 32) | 0;
    if (stream !== 0 || high !== 0) {
      state = next() ^ stream;
      state = next() ^ high;
    }
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next();
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number {
    const x = Math.imul(this.#b, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** A whole number from 0 to `limit` - 1, for limits up to 2^31 (bias below limit / 2^32). */
  below(limit: number): number {
    return Math.floor(this.uint32() * 2.3283064365386963e-10 * limit);
  }

  /** From 0 up to but not 1, with 53 random bits. */
  unit(): number {
    return ((this.uint32() >>> 5) * 0x4000000 + (this.uint32() >>> 6)) / 2 ** 53;
  }

  /** Fills `counts` with how often each row is drawn in `counts.length` draws with replacement. */
  resample(counts: Float64Array): void {
    counts.fill(0);
    const n = counts.length;
    for (let i = 0; i < n; i++) counts[this.below(n)]! += 1;
  }

  /** `size` different rows of 0 … n - 1, ascending. */
  rowsWithout(n: number, size: number): Int32Array {
    const rows = new Int32Array(size);
    let taken = 0;
    for (let i = 0; i < n && taken < size; i++) {
      if (this.unit() * (n - i) < size - taken) rows[taken++] = i;
    }
    return rows;
  }
}

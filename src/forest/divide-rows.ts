import { type DivideKernel, divideKernel } from './divide-kernel.ts';
import type { Forest } from './forest.ts';

/** Numbers with NaN for missing ones, or codes of the forest's categories with -1 for missing and unknown ones. */
export type Cells = Float64Array | Int32Array;

/**
 * What is done with the rows that reach a leaf.
 *
 * @param node of the leaf, in the whole forest
 * @param places of the rows at start … end - 1; `DividedRows.rowAt` knows the rows
 */
export type AtLeaf = (node: number, places: Int32Array, start: number, end: number) => void;

/**
 * Takes rows down trees. They go together and are divided at each node, so that a node is read once for all of them, and no branch
 * depends on a cell.
 *
 * The cells of a row lie together: rows that have come deep into a tree are few, and all that is read of them stays in the cache.
 * Instead of its number a row has the place of its cells.
 */
export class DividedRows {
  readonly #forest: Forest;
  readonly #kernel: DivideKernel;
  /** The whole memory: rows, each with its sums, numbers, codes and row number; places, twice; a set of categories. */
  readonly #words: Int32Array;
  readonly numbers: Float64Array;
  /** Of each row and, within a row, of each feature and of the row number, in bytes. */
  readonly #stride: number;
  readonly #offset: Int32Array;
  readonly #rowOffset: number;
  /** Of each feature; -1: a number. Missing cells have this code. */
  readonly #nCategories: Int32Array;
  /** In bytes: where the places are, how many take part at most, and where the set is. */
  readonly #places: number;
  readonly #placesBytes: number;
  readonly #set: number;
  /** Node, first place and end of what is still to go down. */
  readonly #waiting: Int32Array;

  /**
   * @param rows that are loaded
   * @param together that go down together at most
   * @param nSums numbers that the caller keeps with a row, at its place in `numbers`
   */
  constructor(forest: Forest, rows: number, together: number, nSums = 0) {
    const { features } = forest;
    const nNumbers = features.filter(({ kind }) => kind === 'numeric').length;
    this.#forest = forest;
    this.#nCategories = Int32Array.from(features, (of) => (of.kind === 'numeric' ? -1 : of.categories.length));
    let number = 8 * nSums;
    let code = number + 8 * nNumbers;
    this.#offset = Int32Array.from(features, ({ kind }) => {
      const at = kind === 'numeric' ? number : code;
      if (kind === 'numeric') number += 8;
      else code += 4;
      return at;
    });
    this.#rowOffset = code;
    this.#stride = strideOf(forest) + 8 * nSums;
    this.#places = rows * this.#stride;
    this.#placesBytes = 4 * together;
    this.#set = this.#places + 2 * this.#placesBytes;
    const setWords = (Math.max(...this.#nCategories, 0) >>> 5) + 1;
    this.#kernel = divideKernel(this.#set + 4 * setWords);
    this.#words = new Int32Array(this.#kernel.memory);
    this.numbers = new Float64Array(this.#kernel.memory);
    this.#waiting = new Int32Array(3 * together);
  }

  /** Takes in rows from … end - 1, which are rows 0, 1, 2, … here. @param cells one array of nRows a feature of the forest */
  load(cells: readonly Cells[], from: number, end: number): void {
    for (const [f, of] of cells.entries()) {
      const missing = this.#nCategories[f]!;
      if (!(of instanceof Int32Array))
        copy(of.subarray(from, end), this.numbers, this.#offset[f]! >> 3, this.#stride >> 3);
      else copyCodes(of.subarray(from, end), this.#words, this.#offset[f]! >> 2, this.#stride >> 2, missing);
    }
    this.#numberRows(end - from);
  }

  /** Takes in the rows that stand at first … last - 1 of `rows`. */
  loadRows(cells: readonly Cells[], rows: Int32Array, first: number, last: number): void {
    const picked = rows.subarray(first, last);
    for (const [f, of] of cells.entries()) {
      const missing = this.#nCategories[f]!;
      if (!(of instanceof Int32Array)) pick(of, picked, this.numbers, this.#offset[f]! >> 3, this.#stride >> 3);
      else pickCodes(of, picked, this.#words, this.#offset[f]! >> 2, this.#stride >> 2, missing);
    }
    this.#numberRows(picked.length);
  }

  #numberRows(count: number): void {
    const step = this.#stride >> 2;
    for (let row = 0, at = this.#rowOffset >> 2; row < count; row++, at += step) this.#words[at] = row;
  }

  get stride(): number {
    return this.#stride;
  }

  rowAt(place: number): number {
    return this.#words[(place + this.#rowOffset) >> 2]!;
  }

  /** Takes rows from … end - 1 down a tree. */
  descend(tree: number, from: number, end: number, atLeaf: AtLeaf): void {
    const words = this.#words;
    for (let row = from, at = this.#places >> 2; row < end; row++) words[at++] = row * this.#stride;
    this.#descend(tree, end - from, atLeaf);
  }

  /** Takes rows down a tree: those at first … last - 1 of `rows`. */
  descendWith(tree: number, rows: Int32Array, first: number, last: number, atLeaf: AtLeaf): void {
    const words = this.#words;
    for (let i = first, at = this.#places >> 2; i < last; i++) words[at++] = rows[i]! * this.#stride;
    this.#descend(tree, last - first, atLeaf);
  }

  #descend(tree: number, count: number, atLeaf: AtLeaf): void {
    if (count === 0) return;
    const { feature, left, missingLeft, threshold, treeStart } = this.#forest;
    const { nanLeft, nanRight, inSet } = this.#kernel;
    const nCategories = this.#nCategories;
    const offset = this.#offset;
    const waiting = this.#waiting;
    const words = this.#words;
    const bytes = this.#placesBytes;
    const secondHalf = this.#places + bytes;
    let open = 0;
    let node = treeStart[tree]!;
    let first = this.#places;
    let last = first + 4 * count;
    for (;;) {
      const f = feature[node]!;
      if (f < 0) {
        atLeaf(node, words, first >> 2, last >> 2);
        if (open === 0) return;
        last = waiting[--open]!;
        first = waiting[--open]!;
        node = waiting[--open]!;
        continue;
      }
      // Over to the other half.
      const to = first < secondHalf ? first + bytes : first - bytes;
      const end = to + last - first;
      let goLeft: number;
      if (nCategories[f]! < 0) {
        const by = threshold[node]!;
        goLeft =
          missingLeft[node] === 1
            ? nanLeft(offset[f]!, by, first, last, to)
            : nanRight(offset[f]!, by, first, last, to);
      } else goLeft = inSet(offset[f]!, this.#setOf(node, nCategories[f]!), first, last, to);
      node = left[node]!;
      first = to;
      last = end;
      if (goLeft === 0) node++;
      else if (to + goLeft < end) {
        last = to + goLeft;
        waiting[open++] = node + 1;
        waiting[open++] = last;
        waiting[open++] = end;
      }
    }
  }

  /** Puts what goes left at a node where the kernel finds it. */
  #setOf(node: number, nCategories: number): number {
    const { categoryStart, categoryBits, missingLeft } = this.#forest;
    const at = this.#set >> 2;
    const from = categoryStart[node]!;
    const nWords = (nCategories + 31) >>> 5;
    for (let i = 0; i < nWords; i++) this.#words[at + i] = categoryBits[from + i]!;
    const bit = 1 << (nCategories & 31);
    const missing = at + (nCategories >>> 5);
    if ((nCategories & 31) === 0) this.#words[missing] = 0;
    if (missingLeft[node] === 1) this.#words[missing]! |= bit;
    else this.#words[missing]! &= ~bit;
    return this.#set;
  }
}

function copy(of: Float64Array, to: Float64Array, at: number, step: number): void {
  for (let i = 0; i < of.length; i++, at += step) to[at] = of[i]!;
}

function copyCodes(of: Int32Array, to: Int32Array, at: number, step: number, missing: number): void {
  for (let i = 0; i < of.length; i++, at += step) to[at] = of[i]! < 0 ? missing : of[i]!;
}

function pick(of: Float64Array, rows: Int32Array, to: Float64Array, at: number, step: number): void {
  for (let i = 0; i < rows.length; i++, at += step) to[at] = of[rows[i]!]!;
}

function pickCodes(of: Int32Array, rows: Int32Array, to: Int32Array, at: number, step: number, missing: number): void {
  for (let i = 0; i < rows.length; i++, at += step) to[at] = of[rows[i]!]! < 0 ? missing : of[rows[i]!]!;
}

/** Bytes of a row: eight a number, four a category, four for the number of the row. */
export function strideOf({ features }: Forest): number {
  const nNumbers = features.filter(({ kind }) => kind === 'numeric').length;
  return 8 * (nNumbers + Math.ceil((features.length - nNumbers + 1) / 2));
}

/** With more rows together a node is read less often, with fewer their cells stay in the cache. */
const MOST_ROWS = 16_384;
const LEAST_ROWS = 512;
const CACHED_BYTES = 1 << 22;

/** How many of some rows go down together best: blocks of equal size, but for the last one, which may be smaller. */
export function rowsTogether(forest: Forest, nRows: number): number {
  const most = Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.floor(CACHED_BYTES / strideOf(forest))));
  return Math.ceil(nRows / Math.max(1, Math.ceil(nRows / most)));
}

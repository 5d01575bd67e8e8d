import { BestCut, UNSEEN } from './best-cut.ts';
import { MISSING, MISSING_WIDE } from './binned-features.ts';
import { type ColumnsByWidth, splitByWidth } from './columns-by-width.ts';
import type { GrowingSet } from './growing-set.ts';
import { NodeCategories } from './node-categories.ts';
import type { NodeRows } from './node-rows.ts';
import type { Random } from './random.ts';
import { sortBins } from './sort-bins.ts';

/** All bins of numbers. */
const ASCENDING = Uint16Array.from({ length: 256 }, (_, bin) => bin);

/**
 * Looks for the best cut of a node, feature by feature, in histograms over bins. What is summed and how a cut is scored depends on
 * the response: `ScalarSplitter`, `ClassSplitter`.
 *
 * A node with fewer rows than a feature has bins marks the bins that it meets in a bitmap and visits those alone. Buffers are
 * reused and histograms are left at zero, so that a node takes no memory of its own.
 *
 * Source  histogram splits: Ke et al. 2017, LightGBM, algorithm 1
 */
export abstract class Splitter {
  readonly best: BestCut;
  protected readonly rows: NodeRows;
  protected start = 0;
  protected end = 0;
  /** Most bins of a feature in one node, the one of missing cells included. */
  protected readonly capacity: number;
  /** Of the feature that is looked at. */
  protected missingBin = MISSING;
  /** Fewest rows of a side; 0: one, which each has. */
  readonly #leastRows: number;
  /** Rows by bin; counted only when `leastRows` asks for it. */
  readonly #count: Int32Array;
  readonly #set: GrowingSet;
  /** The one-byte bins of each feature, and the two-byte ones of those that have many categories. */
  #narrow: readonly Uint8Array[] = [];
  #wide: readonly (Uint16Array | undefined)[] = [];
  readonly #categories: NodeCategories;
  /** A bit for each bin that the node has met. */
  readonly #met = new Int32Array(8);
  readonly #occupied: Uint16Array;
  readonly #order: Uint16Array;
  readonly #spare: Uint16Array;
  readonly #keys: Float64Array;
  #feature = 0;
  #drawn = Number.NaN;

  constructor(set: GrowingSet, rows: NodeRows) {
    const { columns, nBins, nRows } = set.binned;
    this.#set = set;
    this.rows = rows;
    this.#leastRows = set.params.minSamplesLeaf > 1 ? set.params.minSamplesLeaf : 0;
    this.read(splitByWidth(columns));
    const isWide = this.#wide.some((bins) => bins !== undefined);
    this.best = new BestCut(isWide ? MISSING_WIDE + 1 : MISSING + 1);
    this.#categories = new NodeCategories(isWide ? nRows : 0);
    const most = nBins.reduce((a, b) => Math.max(a, b), MISSING);
    this.capacity = Math.max(MISSING, Math.min(nRows, most)) + 1;
    this.#count = new Int32Array(this.capacity);
    this.#occupied = new Uint16Array(this.capacity);
    this.#order = new Uint16Array(this.capacity);
    this.#spare = new Uint16Array(this.capacity);
    this.#keys = new Float64Array(this.capacity);
  }

  /** Turns to other columns: the whole table's or a block's. */
  read({ narrow, wide }: ColumnsByWidth): void {
    this.#narrow = narrow;
    this.#wide = wide;
  }

  /** Turns to the node of rows start … end - 1. @returns whether its responses differ */
  abstract open(start: number, end: number): boolean;

  /** Weight of the node. */
  abstract nodeWeight(): number;

  /** Decrease of impurity by the best cut, times the weight of the node. */
  abstract gain(): number;

  /** Whether no other cut can be better than the best one. */
  abstract isPerfect(): boolean;

  /** Writes what the node predicts. */
  abstract leaf(values: Float64Array): void;

  /** Adds the node's rows to the histogram. */
  protected abstract add(bins: Uint8Array): void;

  /** The same, and sets the bit of each bin that has rows. */
  protected abstract addFew(bins: Uint8Array, met: Int32Array): void;

  /** The same for bins by position. */
  protected abstract addCategories(bins: Uint16Array): void;

  protected abstract hasRows(bin: number): boolean;

  /** Writes which of the first `nBins` bins have rows. @returns how many */
  protected abstract list(nBins: number, into: Uint16Array): number;

  /** Sets the histogram back to zero: the first `size` bins of a list, or bins from … end - 1. */
  protected abstract clear(bins: Uint16Array, size: number): void;
  protected abstract clearRange(from: number, end: number): void;

  /**
   * Scores the cuts after entries `first` … `end` - 1 of `order`, whose bins go left from entry `from` on.
   *
   * @param missingLeft whether missing cells go left, too
   * @returns the entry of the best cut above the best score so far, -1: there is none
   */
  protected abstract sweep(order: Uint16Array, from: number, first: number, end: number, missingLeft: boolean): number;

  /** The score of the cut that `sweep` returned last. */
  protected abstract readonly sweptScore: number;

  /** Number of orders of categories along which a good cut of them lies. */
  protected abstract orderCount(): number;

  /** Writes the key of each bin for one of these orders. */
  protected abstract orderKeys(order: number, bins: Uint16Array, size: number, keys: Float64Array): void;

  /**
   * Looks for a better cut of one feature: all cuts, or with `random` one that is drawn.
   *
   * @returns whether the feature varies in the node
   */
  scan(feature: number, random: Random | undefined): boolean {
    const { binned } = this.#set;
    const wide = this.#wide[feature];
    const bins = this.#narrow[feature]!;
    const nBins = binned.nBins[feature]!;
    const n = this.end - this.start;
    this.#feature = feature;
    this.#drawn = Number.NaN;
    this.missingBin = MISSING;
    const categorical = binned.features[feature]!.kind === 'categorical';
    let order = this.#occupied;
    let from = 0;
    let end = 0;
    if (wide) {
      end = this.#categories.find(wide, this.rows.row, this.start, this.end);
      this.missingBin = 0;
      this.addCategories(this.#categories.local);
      for (let i = 0; i < end; i++) order[i] = i + 1;
    } else if (n < nBins) {
      if (!varies(bins, this.rows.row, this.start, this.end)) return false;
      this.addFew(bins, this.#met);
      end = this.#takeMet();
    } else {
      this.add(bins);
      if (categorical || random) end = this.list(nBins, order);
      else {
        // Empty bins between others cost less than leaving them out: a cut after one scores the same as the cut before it.
        order = ASCENDING;
        end = nBins;
        while (from < end && !this.hasRows(from)) from++;
        while (from < end && !this.hasRows(end - 1)) end--;
      }
    }
    const hasMissing = this.hasRows(this.missingBin);
    const found = end - from > 1 || (end > from && hasMissing);
    if (found) {
      if (this.#leastRows > 0) this.#countRows(wide ? undefined : bins);
      if (categorical) this.#cutCategories(end, hasMissing, random);
      else this.#cut(order, from, end, hasMissing, random ? this.#drawPosition(end, random) : -1);
      if (this.#leastRows > 0) this.#count.fill(0);
    }
    if (order === ASCENDING) this.clearRange(from, end);
    else this.clear(order, end);
    if (hasMissing) this.clearRange(this.missingBin, this.missingBin + 1);
    return found;
  }

  #cutCategories(size: number, hasMissing: boolean, random: Random | undefined): void {
    const occupied = this.#occupied;
    const order = this.#order;
    const keys = this.#keys;
    const nOrders = random ? 1 : this.orderCount();
    for (let k = 0; k < nOrders; k++) {
      this.orderKeys(k, occupied, size, keys);
      for (let i = 0; i < size; i++) order[i] = occupied[i]!;
      sortBins(order, size, keys, this.#spare);
      this.#cut(order, 0, size, hasMissing, random ? random.below(Math.max(1, size - 1)) : -1);
    }
  }

  /** Tries the cuts along an order of bins, missing cells on both sides; with `only` from 0 up the one after that entry alone. */
  #cut(order: Uint16Array, from: number, size: number, hasMissing: boolean, only: number): void {
    this.#cutSide(order, from, size, hasMissing, only, false);
    if (hasMissing) this.#cutSide(order, from, size, hasMissing, only, true);
  }

  #cutSide(
    order: Uint16Array,
    from: number,
    size: number,
    hasMissing: boolean,
    only: number,
    missingLeft: boolean,
  ): void {
    let first = only >= 0 ? only : from;
    // Only missing cells can go right of all others; left of them is the same cut seen from the other side.
    let end = hasMissing && !missingLeft ? size : size - 1;
    if (only >= 0) end = Math.min(end, only + 1);
    if (this.#leastRows > 0) {
      const n = this.end - this.start;
      let count = missingLeft ? this.#count[this.missingBin]! : 0;
      let [enough, tooMany] = [end, end];
      for (let i = from; i < end; i++) {
        count += this.#count[order[i]!]!;
        if (count >= this.#leastRows && enough === end) enough = i;
        if (n - count < this.#leastRows) {
          tooMany = i;
          break;
        }
      }
      first = Math.max(first, enough);
      end = Math.min(end, tooMany);
    }
    const at = this.sweep(order, from, first, end, missingLeft);
    if (at !== -1) this.#keep(order, size, at, hasMissing, missingLeft);
  }

  #countRows(bins: Uint8Array | undefined): void {
    const count = this.#count;
    const { row } = this.rows;
    const { local } = this.#categories;
    if (bins) for (let i = this.start; i < this.end; i++) count[bins[row[i]!]!]!++;
    else for (let i = this.start; i < this.end; i++) count[local[i]!]!++;
  }

  /** Lists the bins whose bit is set, without the one of missing cells; resets the bits. */
  #takeMet(): number {
    const met = this.#met;
    const occupied = this.#occupied;
    let size = 0;
    met[7]! &= 0x7fffffff;
    for (let word = 0; word < 8; word++) {
      let bits = met[word]!;
      if (bits === 0) continue;
      met[word] = 0;
      for (; bits !== 0; bits &= bits - 1) occupied[size++] = (word << 5) + 31 - Math.clz32(bits & -bits);
    }
    return size;
  }

  /** Draws a threshold evenly between the least and the greatest value of the node (Geurts et al. 2006). */
  #drawPosition(size: number, random: Random): number {
    if (size < 2) return 0;
    const { low, high } = this.#set.binned;
    const occupied = this.#occupied;
    const base = this.#feature * 256;
    const from = high[base + occupied[0]!]!;
    const to = low[base + occupied[size - 1]!]!;
    const threshold = from + random.unit() * (to - from);
    let position = 0;
    while (position < size - 2 && low[base + occupied[position + 1]!]! <= threshold) position++;
    // Within a bin there is no cut; nor, after rounding, at the greatest value.
    const last = high[base + occupied[position]!]!;
    this.#drawn = threshold < to ? Math.max(threshold, last) : last;
    return position;
  }

  /** Keeps a cut that is better than all before: entries 0 … `at` of the order go left. */
  #keep(order: Uint16Array, size: number, at: number, hasMissing: boolean, missingLeft: boolean): void {
    const { best } = this;
    best.score = this.sweptScore;
    best.feature = this.#feature;
    best.drawn = this.#drawn;
    best.hasMissing = hasMissing;
    best.missingLeft = missingLeft;
    best.categorical = this.#set.binned.features[this.#feature]!.kind === 'categorical';
    best.lastLeft = order[at]!;
    let next = at + 1;
    if (order === ASCENDING) while (next < size && !this.hasRows(next)) next++;
    best.firstRight = next < size ? order[next]! : -1;
    if (!best.categorical) return;
    const { goesLeft } = best;
    const isWide = this.#wide[this.#feature] !== undefined;
    const { code } = this.#categories;
    goesLeft.fill(UNSEEN, 0, this.#set.binned.nBins[this.#feature]!);
    for (let i = 0; i < size; i++) {
      const bin = order[i]!;
      goesLeft[isWide ? code[bin - 1]! : bin] = i <= at ? 1 : 0;
    }
    if (hasMissing) goesLeft[isWide ? MISSING_WIDE : MISSING] = missingLeft ? 1 : 0;
  }
}

function varies(bins: Uint8Array, row: Int32Array, start: number, end: number): boolean {
  const first = bins[row[start]!]!;
  for (let i = start + 1; i < end; i++) if (bins[row[i]!] !== first) return true;
  return false;
}

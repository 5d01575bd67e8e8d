import { BestCut, UNSEEN } from './best-cut.ts';
import { MISSING } from './bins.ts';
import type { GrowingSet } from './growing-set.ts';
import type { NodeRows } from './node-rows.ts';
import type { Random } from './random.ts';

/** Up to so many rows are sorted by bin rather than added to a histogram. */
const FEW = 32;
/** More orders of categories than these cost more than they find. */
export const MOST_ORDERS = 8;
/** All bins of numbers. */
export const ASCENDING = Uint8Array.from({ length: 256 }, (_, bin) => bin);

/**
 * Looks for the best cut of a node, feature by feature: in histograms over bins, or in sorted rows where they are few. What is
 * summed and how a cut is scored depends on the response: `ScalarSplitter`, `ClassSplitter`.
 *
 * Buffers are reused and histograms are left at zero, so that a node takes no memory of its own.
 *
 * Source  histogram splits: Ke et al. 2017, LightGBM, algorithm 1
 */
export abstract class Splitter {
  readonly best = new BestCut();
  /** The bins of each feature, by row. */
  readonly columns: readonly Uint8Array[];
  protected readonly rows: NodeRows;
  protected start = 0;
  protected end = 0;
  /** Fewest rows of a side; 0: one, which each has. */
  protected readonly leastRows: number;
  /** Rows by bin; counted only when `leastRows` asks for it. */
  protected readonly count = new Int32Array(256);
  /** Rows of a small node in the order of their bins: bin × 256 + place in the node. */
  protected readonly keys = new Int32Array(FEW);
  readonly #set: GrowingSet;
  readonly #occupied = new Uint8Array(256);
  readonly #orders = Array.from({ length: MOST_ORDERS }, () => new Uint8Array(256));
  #feature = 0;
  #drawn = Number.NaN;

  constructor(set: GrowingSet, rows: NodeRows) {
    const { binned, params } = set;
    this.#set = set;
    this.rows = rows;
    this.leastRows = params.minSamplesLeaf > 1 ? params.minSamplesLeaf : 0;
    this.columns = binned.features.map((_, f) => binned.bins.subarray(f * binned.nRows, (f + 1) * binned.nRows));
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
  abstract leaf(values: Float64Array, at: number): void;

  /** Adds the node's rows to the histogram. */
  protected abstract add(bins: Uint8Array): void;

  protected abstract hasRows(bin: number): boolean;

  /**
   * Scores cuts between the bins of `order` that have rows, missing cells tried on both sides; with `only` from 0 up the one
   * after that entry alone.
   *
   * @returns whether the feature varies
   */
  protected abstract sweep(order: Uint8Array, size: number, only: number): boolean;

  /** The same for the rows in `keys`, of which the first `nPresent` are not missing. */
  protected abstract sweepKeys(nPresent: number): void;

  /** Writes orders of the occupied categories along which a good cut of them lies. @returns how many */
  protected abstract sortCategories(occupied: Uint8Array, size: number, orders: Uint8Array[]): number;

  /** Sets the histogram back to zero. */
  protected abstract clear(nBins: number): void;

  /**
   * Looks for a better cut of one feature: all cuts, or with `random` one that is drawn.
   *
   * @returns whether the feature varies in the node
   */
  scan(feature: number, random: Random | undefined): boolean {
    const { binned } = this.#set;
    const n = this.end - this.start;
    const nBins = binned.nBins[feature]!;
    const bins = this.columns[feature]!;
    const numeric = binned.features[feature]!.kind === 'numeric';
    this.#feature = feature;
    this.#drawn = Number.NaN;
    if (numeric && !random && n <= FEW && n < nBins) {
      const nPresent = this.#sortRows(bins);
      if (this.keys[0]! >> 8 === this.keys[n - 1]! >> 8) return false;
      this.sweepKeys(nPresent);
      return true;
    }
    this.add(bins);
    if (this.leastRows > 0) this.#countRows(bins);
    const varies = numeric ? this.#cutNumbers(nBins, random) : this.#cutCategories(nBins, random);
    this.clear(nBins);
    return varies;
  }

  #cutNumbers(nBins: number, random: Random | undefined): boolean {
    if (!random) return this.sweep(ASCENDING, nBins, -1);
    const size = this.#list(nBins);
    return this.sweep(this.#occupied, size, this.#drawPosition(size, random));
  }

  #cutCategories(nBins: number, random: Random | undefined): boolean {
    const size = this.#list(nBins);
    const nOrders = this.sortCategories(this.#occupied, size, this.#orders);
    if (random) return this.sweep(this.#orders[0]!, size, random.below(Math.max(1, size - 1)));
    let varies = false;
    for (let i = 0; i < nOrders; i++) varies = this.sweep(this.#orders[i]!, size, -1);
    return varies;
  }

  #sortRows(bins: Uint8Array): number {
    const { keys, start } = this;
    const { row } = this.rows;
    const n = this.end - start;
    let nPresent = 0;
    for (let i = 0; i < n; i++) {
      const bin = bins[row[start + i]!]!;
      if (bin !== MISSING) nPresent++;
      const key = (bin << 8) | i;
      let at = i;
      for (; at > 0 && keys[at - 1]! > key; at--) keys[at] = keys[at - 1]!;
      keys[at] = key;
    }
    return nPresent;
  }

  #countRows(bins: Uint8Array): void {
    const { count } = this;
    const { row } = this.rows;
    for (let i = this.start; i < this.end; i++) count[bins[row[i]!]!]!++;
  }

  /** Lists the bins that have rows, without the one of missing cells. */
  #list(nBins: number): number {
    const occupied = this.#occupied;
    let size = 0;
    for (let bin = 0; bin < nBins; bin++) if (this.hasRows(bin)) occupied[size++] = bin;
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

  /**
   * Keeps a cut of numbers that is better than all before.
   *
   * @param firstRight the bin that goes right first; -1 when only missing cells do
   */
  protected keepNumbers(score: number, lastLeft: number, firstRight: number, missing: boolean, left: boolean): void {
    const { best } = this;
    best.score = score;
    best.feature = this.#feature;
    best.lastLeft = lastLeft;
    best.firstRight = firstRight;
    best.drawn = this.#drawn;
    best.hasMissing = missing;
    best.missingLeft = left;
    best.categorical = false;
  }

  /** The same for a cut along an order of bins: entries 0 … `position` go left, `next` is the first that does not. */
  protected keep(
    score: number,
    cut: { order: Uint8Array; size: number; position: number; next: number; missing: boolean; missingLeft: boolean },
  ): void {
    const { order, size, position, next, missing, missingLeft } = cut;
    this.keepNumbers(score, order[position]!, next < size ? order[next]! : -1, missing, missingLeft);
    if (this.#set.binned.features[this.#feature]!.kind === 'numeric') return;
    const { goesLeft } = this.best;
    this.best.categorical = true;
    goesLeft.fill(UNSEEN);
    for (let i = 0; i < size; i++) goesLeft[order[i]!] = i <= position ? 1 : 0;
    if (missing) goesLeft[MISSING] = missingLeft ? 1 : 0;
  }
}

/** Sorts bins by ascending key; equal keys keep their order. */
export function sortBins(bins: Uint8Array, size: number, keys: Float64Array, into: Uint8Array): void {
  for (let i = 0; i < size; i++) {
    const bin = bins[i]!;
    const key = keys[bin]!;
    let at = i;
    for (; at > 0 && keys[into[at - 1]!]! > key; at--) into[at] = into[at - 1]!;
    into[at] = bin;
  }
}

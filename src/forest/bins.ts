import type { Column, Table } from '../data/table.ts';
import type { ForestFeature } from './forest.ts';

/** The bin of missing cells, of every feature. */
export const MISSING = 255;
/** Categories beyond the most frequent ones count as missing. */
const MOST_CATEGORIES = 255;

/**
 * Features as small whole numbers. All arrays are shared memory, so that threads read the same.
 *
 * Shapes  bins: nFeatures × nRows, feature by feature · low, high: nFeatures × 256, least and greatest value of each bin
 */
export interface BinnedFeatures {
  readonly nRows: number;
  readonly features: readonly ForestFeature[];
  readonly bins: Uint8Array;
  /** Number of bins without the one of missing cells. */
  readonly nBins: Int32Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/**
 * One bin a value where a feature has at most `maxBins` different ones, so that no split point is lost; else bins that hold
 * about equally many rows.
 *
 * @param table numeric and categorical columns
 */
export function binFeatures(table: Table, maxBins: number): BinnedFeatures {
  const { nRows, columns } = table;
  const nFeatures = columns.length;
  const bins = new Uint8Array(new SharedArrayBuffer(nFeatures * nRows));
  const nBins = new Int32Array(new SharedArrayBuffer(4 * nFeatures));
  const low = new Float64Array(new SharedArrayBuffer(8 * 256 * nFeatures));
  const high = new Float64Array(new SharedArrayBuffer(8 * 256 * nFeatures));
  const features = columns.map((column, f): ForestFeature => {
    const out = bins.subarray(f * nRows, (f + 1) * nRows);
    if (column.kind === 'categorical') {
      const categories = binCategories(column, out);
      nBins[f] = categories.length;
      return { name: column.name, kind: 'categorical', categories };
    }
    nBins[f] = binNumbers(column.values, maxBins, out, low.subarray(f * 256), high.subarray(f * 256));
    return { name: column.name, kind: 'numeric' };
  });
  return { nRows, features, bins, nBins, low, high };
}

function binCategories(column: Extract<Column, { kind: 'categorical' }>, out: Uint8Array): string[] {
  const counts = new Int32Array(column.categories.length);
  for (const code of column.codes) if (code !== -1) counts[code]!++;
  const used = [...counts.keys()].filter((code) => counts[code]! > 0);
  // By name, so that the order of rows does not matter.
  const name = (code: number): string => column.categories[code]!;
  const kept = used
    .sort((a, b) => counts[b]! - counts[a]! || (name(a) < name(b) ? -1 : 1))
    .slice(0, MOST_CATEGORIES)
    .sort((a, b) => (name(a) < name(b) ? -1 : 1));
  const binOf = new Uint8Array(column.categories.length).fill(MISSING);
  for (const [bin, code] of kept.entries()) binOf[code] = bin;
  for (let row = 0; row < out.length; row++) {
    const code = column.codes[row]!;
    out[row] = code === -1 ? MISSING : binOf[code]!;
  }
  return kept.map(name);
}

function binNumbers(
  values: Float64Array,
  maxBins: number,
  out: Uint8Array,
  low: Float64Array,
  high: Float64Array,
): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const distinct: number[] = [];
  for (let i = 0; i < sorted.length && distinct.length <= maxBins; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) distinct.push(sorted[i]!);
  }
  const count = distinct.length <= maxBins ? exactBins(distinct, low, high) : quantileBins(sorted, maxBins, low, high);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    out[row] = Number.isNaN(value) ? MISSING : binOf(value, high, count);
  }
  return count;
}

function exactBins(distinct: readonly number[], low: Float64Array, high: Float64Array): number {
  low.set(distinct);
  high.set(distinct);
  return distinct.length;
}

/** A value never lies in two bins; one that fills a share by itself has its own. */
function quantileBins(sorted: Float64Array, maxBins: number, low: Float64Array, high: Float64Array): number {
  let count = 0;
  let from = 0;
  while (from < sorted.length && count < maxBins) {
    const share = (sorted.length - from) / (maxBins - count);
    let to = count === maxBins - 1 ? sorted.length : Math.min(sorted.length, from + Math.max(1, Math.round(share)));
    let first = to - 1;
    while (first > from && sorted[first - 1] === sorted[to - 1]) first--;
    while (to < sorted.length && sorted[to] === sorted[to - 1]) to++;
    if (first > from && to - first >= share && count < maxBins - 1) to = first;
    low[count] = sorted[from]!;
    high[count] = sorted[to - 1]!;
    count++;
    from = to;
  }
  return count;
}

/** The first bin whose greatest value is not below the value. */
function binOf(value: number, high: Float64Array, count: number): number {
  let from = 0;
  let to = count - 1;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (high[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

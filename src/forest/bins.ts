import type { Column, Table } from '../data/table.ts';
import { binsByRow, isScattered } from './bin-block.ts';
import { binNumbers } from './bin-numbers.ts';
import { type BinnedFeatures, MISSING, MISSING_WIDE } from './binned-features.ts';
import type { ForestFeature } from './forest.ts';

/**
 * One bin a value where a feature has at most `maxBins` different ones, so that no split point is lost; else bins that hold
 * about equally many rows. Each category has its bin.
 *
 * @param table numeric and categorical columns, of at most 65,535 categories each
 */
export function binFeatures(table: Table, maxBins: number): BinnedFeatures {
  const { nRows } = table;
  const nFeatures = table.columns.length;
  const nBins = new Int32Array(new SharedArrayBuffer(4 * nFeatures));
  const low = new Float64Array(new SharedArrayBuffer(8 * 256 * nFeatures));
  const high = new Float64Array(new SharedArrayBuffer(8 * 256 * nFeatures));
  const features: ForestFeature[] = [];
  const columns = table.columns.map((column, f) => {
    const { name } = column;
    if (column.kind === 'categorical') {
      const used = usedCategories(column);
      features.push({ name, kind: 'categorical', categories: used.map((code) => column.categories[code]!) });
      nBins[f] = used.length;
      return binCategories(column, used);
    }
    const bins = new Uint8Array(new SharedArrayBuffer(nRows));
    features.push({ name, kind: 'numeric' });
    nBins[f] = binNumbers(column.values, maxBins, bins, low.subarray(f * 256), high.subarray(f * 256));
    return bins;
  });
  const byRow = isScattered(nRows, nFeatures) ? binsByRow(columns, nRows) : undefined;
  return { nRows, features, columns, byRow, nBins, low, high };
}

type CategoricalColumn = Extract<Column, { kind: 'categorical' }>;

/** Codes of the categories that have rows, by name, so that the order of rows does not matter. */
export function usedCategories({ categories, codes }: CategoricalColumn): number[] {
  const isUsed = new Uint8Array(categories.length);
  for (const code of codes) if (code !== -1) isUsed[code] = 1;
  return [...isUsed.keys()]
    .filter((code) => isUsed[code] === 1)
    .sort((a, b) => (categories[a]! < categories[b]! ? -1 : 1));
}

function binCategories({ categories, codes }: CategoricalColumn, used: readonly number[]): Uint8Array | Uint16Array {
  const isWide = used.length > MISSING;
  const binOf = new Uint16Array(categories.length);
  for (const [bin, code] of used.entries()) binOf[code] = bin;
  const missing = isWide ? MISSING_WIDE : MISSING;
  const bins = isWide
    ? new Uint16Array(new SharedArrayBuffer(2 * codes.length))
    : new Uint8Array(new SharedArrayBuffer(codes.length));
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    bins[row] = code === -1 ? missing : binOf[code]!;
  }
  return bins;
}

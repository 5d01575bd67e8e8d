import { type Column, getColumn, type Table } from '../data/table.ts';
import type { Cells } from './divide-rows.ts';
import type { Forest, ForestFeature } from './forest.ts';

/** The cells of each feature as the forest knows them: categories as its own codes. @throws COLUMN_NOT_FOUND */
export function forestCells(forest: Forest, table: Table): Cells[] {
  return forest.features.map((feature) => {
    const column = featureColumn(feature, getColumn(table, feature.name, 'feature'));
    if (column.kind !== 'categorical') return column.values;
    const codeOf = codesOf(feature);
    const codes = Int32Array.from(column.categories, (text) => codeOf.get(text) ?? -1);
    return column.codes.map((code) => (code === -1 ? -1 : codes[code]!));
  });
}

/** The same of one row: missing numbers are NaN, missing and unknown categories -1. Nothing is allocated. */
export function writeRowCells(forest: Forest, table: Table, row: number, cells: Float64Array): void {
  const { features } = forest;
  for (let f = 0; f < features.length; f++) {
    const feature = features[f]!;
    const there = table.columns[f];
    // Mostly the columns are in the order of the features.
    const found = there?.name === feature.name ? there : getColumn(table, feature.name, 'feature');
    const column = featureColumn(feature, found);
    if (column.kind !== 'categorical') cells[f] = column.values[row]!;
    else {
      const code = column.codes[row]!;
      cells[f] = code === -1 ? -1 : (codesOf(feature).get(column.categories[code]!) ?? -1);
    }
  }
}

function featureColumn(feature: ForestFeature, column: Column): Column {
  if ((feature.kind === 'categorical') === (column.kind === 'categorical')) return column;
  throw new TypeError(`feature "${feature.name}" must be ${feature.kind}`);
}

const known = new WeakMap<ForestFeature, ReadonlyMap<string, number>>();

/** The codes of the categories by their texts. */
function codesOf(feature: ForestFeature): ReadonlyMap<string, number> {
  let codes = known.get(feature);
  if (!codes) {
    codes = new Map(feature.kind === 'categorical' ? feature.categories.map((text, code) => [text, code]) : []);
    known.set(feature, codes);
  }
  return codes;
}

import { type Column, getColumn, type Table } from '../data/table.ts';
import { type Cells, sumLeavesOfMany } from './divide-rows.ts';
import type { Forest, ForestFeature } from './forest.ts';

/** From so many rows on it pays to take them down a tree together. */
const MANY = 128;

/**
 * Means of the trees' leaves. Features are matched by name; categories are translated through their texts, unknown ones count as
 * missing. Rows get the same numbers, bit by bit, alone and among others.
 *
 * @returns nRows × outputs, row-major
 * @throws COLUMN_NOT_FOUND
 */
export function predictForest(forest: Forest, table: Table): Float64Array {
  const { nRows } = table;
  const cells = forestCells(forest, table);
  const sums = nRows < MANY ? sumLeavesOfFew(forest, cells, nRows) : sumLeavesOfMany(forest, cells, nRows);
  const nTrees = forest.treeStart.length - 1;
  for (let i = 0; i < sums.length; i++) sums[i]! /= nTrees;
  return sums;
}

/** The cells of each feature as the forest knows them: categories as its own codes. @throws COLUMN_NOT_FOUND */
export function forestCells(forest: Forest, table: Table): Cells[] {
  return forest.features.map((feature) => cellsOf(feature, getColumn(table, feature.name, 'feature')));
}

function cellsOf(feature: ForestFeature, column: Column): Cells {
  if (feature.kind === 'numeric') {
    if (column.kind === 'categorical') throw new TypeError(`feature "${feature.name}" must be numeric`);
    return column.values;
  }
  if (column.kind !== 'categorical') throw new TypeError(`feature "${feature.name}" must be categorical`);
  const codeOf = new Map(feature.categories.map((text, code) => [text, code]));
  const codes = Int32Array.from(column.categories, (text) => codeOf.get(text) ?? -1);
  return column.codes.map((code) => (code === -1 ? -1 : codes[code]!));
}

/** Row by row. */
function sumLeavesOfFew(forest: Forest, columns: readonly Cells[], nRows: number): Float64Array {
  const { outputs, treeStart, feature, threshold, left, missingLeft, categoryStart, categoryBits, value } = forest;
  const width = columns.length;
  const cells = new Float64Array(nRows * width);
  for (let f = 0; f < width; f++) for (let row = 0; row < nRows; row++) cells[row * width + f] = columns[f]![row]!;
  const isCategorical = Uint8Array.from(columns, (column) => (column instanceof Int32Array ? 1 : 0));
  const sums = new Float64Array(nRows * outputs);
  const nTrees = treeStart.length - 1;
  for (let tree = 0; tree < nTrees; tree++) {
    const root = treeStart[tree]!;
    for (let row = 0; row < nRows; row++) {
      const base = row * width;
      let node = root;
      for (let f = feature[node]!; f >= 0; f = feature[node]!) {
        const cell = cells[base + f]!;
        let goesLeft: boolean;
        if (isCategorical[f] === 1) {
          goesLeft =
            cell < 0
              ? missingLeft[node] === 1
              : ((categoryBits[categoryStart[node]! + (cell >>> 5)]! >>> (cell & 31)) & 1) === 1;
        } else goesLeft = Number.isNaN(cell) ? missingLeft[node] === 1 : cell <= threshold[node]!;
        node = goesLeft ? left[node]! : left[node]! + 1;
      }
      for (let k = 0; k < outputs; k++) sums[row * outputs + k]! += value[node * outputs + k]!;
    }
  }
  return sums;
}

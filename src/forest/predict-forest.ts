import type { Table } from '../data/table.ts';
import { getColumn } from '../data/table.ts';
import type { Forest } from './forest.ts';

/**
 * Means of the trees' leaves. Features are matched by name; categories are translated through their texts, unknown ones count as
 * missing.
 *
 * @returns nRows × outputs, row-major
 * @throws COLUMN_NOT_FOUND
 */
export function predictForest(forest: Forest, table: Table): Float64Array {
  const { nRows } = table;
  const width = forest.features.length;
  const cells = new Float64Array(nRows * width);
  for (const [f, feature] of forest.features.entries()) {
    const column = getColumn(table, feature.name, 'feature');
    if (feature.kind === 'numeric') {
      if (column.kind === 'categorical') throw new TypeError(`feature "${feature.name}" must be numeric`);
      for (let row = 0; row < nRows; row++) cells[row * width + f] = column.values[row]!;
    } else {
      if (column.kind !== 'categorical') throw new TypeError(`feature "${feature.name}" must be categorical`);
      const codeOf = new Map(feature.categories.map((text, code) => [text, code]));
      const codes = Float64Array.from(column.categories, (text) => codeOf.get(text) ?? Number.NaN);
      for (let row = 0; row < nRows; row++) {
        const code = column.codes[row]!;
        cells[row * width + f] = code === -1 ? Number.NaN : codes[code]!;
      }
    }
  }
  return walk(forest, cells, nRows, width);
}

/** Tree by tree, so that a tree stays in the cache; rows in blocks, so that their sums do too. */
const BLOCK = 512;

function walk(forest: Forest, cells: Float64Array, nRows: number, width: number): Float64Array {
  const { outputs, treeStart, feature, threshold, left, missingLeft, categoryStart, categoryBits, value } = forest;
  const isCategorical = Uint8Array.from(forest.features, ({ kind }) => (kind === 'categorical' ? 1 : 0));
  const out = new Float64Array(nRows * outputs);
  const nTrees = treeStart.length - 1;
  for (let from = 0; from < nRows; from += BLOCK) {
    const to = Math.min(nRows, from + BLOCK);
    for (let tree = 0; tree < nTrees; tree++) {
      const root = treeStart[tree]!;
      for (let row = from; row < to; row++) {
        const base = row * width;
        let node = root;
        for (let f = feature[node]!; f >= 0; f = feature[node]!) {
          const cell = cells[base + f]!;
          let goesLeft: boolean;
          if (Number.isNaN(cell)) goesLeft = missingLeft[node] === 1;
          else if (isCategorical[f] === 1) {
            goesLeft = ((categoryBits[categoryStart[node]! + (cell >>> 5)]! >>> (cell & 31)) & 1) === 1;
          } else goesLeft = cell <= threshold[node]!;
          node = goesLeft ? left[node]! : left[node]! + 1;
        }
        const at = row * outputs;
        if (outputs === 1) out[at]! += value[node]!;
        else for (let k = 0; k < outputs; k++) out[at + k]! += value[node * outputs + k]!;
      }
    }
  }
  for (let i = 0; i < out.length; i++) out[i]! /= nTrees;
  return out;
}

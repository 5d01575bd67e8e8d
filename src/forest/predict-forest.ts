import type { Table } from '../data/table.ts';
import { rowsTogether } from './divide-rows.ts';
import type { Forest } from './forest.ts';
import { forestCells } from './forest-cells.ts';
import { leafMeans } from './leaf-means.ts';
import { FEW_ROWS, treeWalk } from './walk-trees.ts';

/**
 * Means of the trees' leaves. Features are matched by name; categories are translated through their texts, unknown ones count as
 * missing. Rows get the same numbers, bit by bit, alone and among others. What is made for this is kept with the forest: whoever
 * asks for one row after another allocates their means alone.
 *
 * @returns nRows × outputs, row-major
 * @throws COLUMN_NOT_FOUND
 */
export function predictForest(forest: Forest, table: Table): Float64Array {
  const { nRows } = table;
  const { outputs } = forest;
  const means = new Float64Array(nRows * outputs);
  if (nRows > 0 && nRows <= FEW_ROWS) {
    const walk = treeWalk(forest);
    for (let row = 0; row < nRows; row++) walk.writeMeans(table, row, means, row * outputs);
    return means;
  }
  const cells = forestCells(forest, table);
  const together = rowsTogether(forest, nRows);
  const ofBlock = leafMeans(forest, together);
  for (let from = 0; from < nRows; from += together)
    ofBlock.write(cells, from, Math.min(nRows, from + together), means);
  return means;
}

import type { Table } from '../data/table.ts';
import { type AtLeaf, type Cells, DividedRows, rowsTogether, strideOf } from './divide-rows.ts';
import { type Forest, treeCount } from './forest.ts';
import { forestCells } from './forest-cells.ts';
import { FEW_ROWS, treeWalk } from './walk-trees.ts';

/** Finds the leaves that rows of a table reach, tree by tree. */
export interface LeafFinder {
  /**
   * @param into gets the number of the leaf's node in the whole forest: of `rows[i]` at i, of every row when `rows` is left out
   * @param rows each in 0 … nRows - 1; in ascending order they are read fastest
   */
  leavesOf(tree: number, into: Int32Array, rows?: Int32Array): void;
}

/**
 * What is made of a table once for all trees. Trees may be asked in any order.
 *
 * @throws COLUMN_NOT_FOUND
 */
export function leafFinder(forest: Forest, table: Table): LeafFinder {
  const { nRows } = table;
  if (nRows > 0 && nRows <= FEW_ROWS) return fewRowsFinder(forest, table);
  const cells = forestCells(forest, table);
  return nRows * strideOf(forest) <= HELD_BYTES ? heldFinder(forest, cells, nRows) : blockFinder(forest, cells, nRows);
}

/** Up to so many bytes the rows are laid out for the trees once, beyond them again for each tree. */
const HELD_BYTES = 1 << 27;

function heldFinder(forest: Forest, cells: readonly Cells[], nRows: number): LeafFinder {
  const together = rowsTogether(forest, nRows);
  const divided = new DividedRows(forest, nRows, together);
  divided.load(cells, 0, nRows);
  const leafOf = new Int32Array(nRows);
  return {
    leavesOf(tree, into, rows) {
      const count = rows?.length ?? nRows;
      const found = rows ? leafOf : into;
      const atLeaf: AtLeaf = (node, places, start, end) => {
        for (let i = start; i < end; i++) found[divided.rowAt(places[i]!)] = node;
      };
      for (let from = 0; from < count; from += together) {
        const end = Math.min(count, from + together);
        if (rows) divided.descendWith(tree, rows, from, end, atLeaf);
        else divided.descend(tree, from, end, atLeaf);
      }
      if (rows) for (let i = 0; i < count; i++) into[i] = leafOf[rows[i]!]!;
    },
  };
}

/** @param cells one array of nRows a feature of the forest */
export function blockFinder(forest: Forest, cells: readonly Cells[], nRows: number): LeafFinder {
  const together = rowsTogether(forest, nRows);
  const divided = new DividedRows(forest, together, together);
  return {
    leavesOf(tree, into, rows) {
      const count = rows?.length ?? nRows;
      for (let from = 0; from < count; from += together) {
        const end = Math.min(count, from + together);
        if (rows) divided.loadRows(cells, rows, from, end);
        else divided.load(cells, from, end);
        divided.descend(tree, 0, end - from, (node, places, start, stop) => {
          for (let i = start; i < stop; i++) into[from + divided.rowAt(places[i]!)] = node;
        });
      }
    },
  };
}

function fewRowsFinder(forest: Forest, table: Table): LeafFinder {
  const nTrees = treeCount(forest);
  const walk = treeWalk(forest);
  const leaves = new Int32Array(table.nRows * nTrees);
  for (let row = 0; row < table.nRows; row++) leaves.set(walk.leaves(table, row), row * nTrees);
  return {
    leavesOf(tree, into, rows) {
      const count = rows?.length ?? table.nRows;
      for (let i = 0; i < count; i++) into[i] = leaves[(rows ? rows[i]! : i) * nTrees + tree]!;
    },
  };
}

/**
 * The leaf that each row reaches in each tree, as a node number in the whole forest.
 *
 * @returns nRows × nTrees, row-major
 * @throws COLUMN_NOT_FOUND
 */
export function applyForest(forest: Forest, table: Table): Int32Array {
  const nTrees = treeCount(forest);
  const finder = leafFinder(forest, table);
  const leaves = new Int32Array(table.nRows * nTrees);
  const ofTree = new Int32Array(table.nRows);
  for (let tree = 0; tree < nTrees; tree++) {
    finder.leavesOf(tree, ofTree);
    for (let row = 0; row < table.nRows; row++) leaves[row * nTrees + tree] = ofTree[row]!;
  }
  return leaves;
}

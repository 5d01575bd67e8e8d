import { cellValue, getColumn, type Table } from './table.ts';

/** Rows of two tables that have the same key, in the order of `left`. */
export interface JoinedRows {
  readonly left: Int32Array;
  readonly right: Int32Array;
}

/**
 * Joins by a key column that both tables have. Keys are compared as text, so `7` in a number column meets "7" in a text
 * column; a missing key meets nothing; where a key stands twice on the right, the last row counts (a corrected label).
 *
 * @throws COLUMN_NOT_FOUND
 */
export function joinRows(left: Table, right: Table, key: string): JoinedRows {
  const leftKey = getColumn(left, key, 'key', 'the left table');
  const rightKey = getColumn(right, key, 'key', 'the right table');
  const rowOf = new Map<string, number>();
  for (let row = 0; row < right.nRows; row++) {
    const value = cellValue(rightKey, row);
    if (value !== null) rowOf.set(String(value), row);
  }
  const leftRows: number[] = [];
  const rightRows: number[] = [];
  for (let row = 0; row < left.nRows; row++) {
    const value = cellValue(leftKey, row);
    const match = value === null ? undefined : rowOf.get(String(value));
    if (match === undefined) continue;
    leftRows.push(row);
    rightRows.push(match);
  }
  return { left: Int32Array.from(leftRows), right: Int32Array.from(rightRows) };
}

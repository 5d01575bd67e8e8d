import { type ReadTexts, TextCells } from './text-cells.ts';
import type { ReadValues, ValueCells } from './value-cells.ts';

/** What a thread found in the cells of a column, beside the cells themselves, which are in shared memory. */
export type ReadCells = ReadValues | ReadTexts;

export function readCellsOf(cells: ValueCells | TextCells): ReadCells {
  if (cells instanceof TextCells)
    return { kind: 'categorical', present: cells.present, entries: cells.dictionary.entries() };
  const { kind, present, integer, misfits, refused } = cells;
  return { kind, present, integer, misfits, refused };
}

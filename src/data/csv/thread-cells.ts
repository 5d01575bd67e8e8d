import type { DictionaryEntries } from './byte-dictionary.ts';
import { TextCells } from './text-cells.ts';
import type { Misfit, ValueCells } from './value-cells.ts';

/** What a thread found in the cells of a column, beside the cells themselves, which are in shared memory. */
export type ReadCells = ReadValues | ReadTexts;

export interface ReadTexts {
  readonly kind: 'categorical';
  readonly present: number;
  readonly entries: DictionaryEntries;
}

export interface ReadValues {
  readonly kind: 'numeric' | 'datetime';
  readonly present: number;
  readonly integer: boolean;
  readonly misfits: readonly Misfit[];
  readonly refused: Misfit | undefined;
}

export function readCellsOf(cells: ValueCells | TextCells): ReadCells {
  if (cells instanceof TextCells)
    return { kind: 'categorical', present: cells.present, entries: cells.dictionary.entries() };
  const { kind, present, integer, misfits, refused } = cells;
  return { kind, present, integer, misfits, refused };
}

import type { UnparsedCell } from '../data/csv/column-builder.ts';
import { cellValue, type Table, takeRows } from '../data/table.ts';
import type { RawColumn } from '../features/fitted-features.ts';
import { reasonsOf } from './cell-reasons.ts';
import type { ReadRows, RejectedRow } from './read-rows.ts';

/** Takes rows with cells that do not fit out of a table that came from no text; they are listed by their number, as JSON. */
export function rejectCells(table: Table, unparsed: readonly UnparsedCell[], inputs: readonly RawColumn[]): ReadRows {
  const reasons = reasonsOf(unparsed, inputs);
  if (reasons.size === 0) return { table, rejected: [] };
  const texts = new Map<number, Map<string, string>>();
  for (const { column, row, text } of unparsed) texts.set(row, (texts.get(row) ?? new Map()).set(column, text));
  const kept: number[] = [];
  const rejected: RejectedRow[] = [];
  for (let row = 0; row < table.nRows; row++) {
    const reason = reasons.get(row);
    if (reason === undefined) {
      kept.push(row);
      continue;
    }
    const cells = table.columns.map((column) => [
      column.name,
      texts.get(row)?.get(column.name) ?? cellValue(column, row),
    ]);
    rejected.push({ line: row + 1, reason, content: JSON.stringify(Object.fromEntries(cells)) });
  }
  return { table: takeRows(table, Int32Array.from(kept)), rejected };
}

import type { Kind, UnparsedCell } from '../csv/column-builder.ts';
import { parseInstant } from '../csv/instant.ts';
import { parseDecimal } from '../csv/number.ts';
import { type CategoricalColumn, type Column, cellValue } from '../table.ts';
import { TextCodes } from './text-codes.ts';

/** The column as one of another kind. Cells that are not of it become missing and are noted. */
export function asKind(column: Column, kind: Kind, unparsed: UnparsedCell[]): Column {
  if (column.kind === kind) return column;
  if (kind === 'categorical') return asTexts(column as Exclude<Column, CategoricalColumn>);
  const values = column.kind === 'categorical' ? readTexts(column, kind) : column.values.map(() => Number.NaN);
  const { name } = column;
  for (let row = 0; row < values.length; row++) {
    if (!Number.isNaN(values[row])) continue;
    const cell = cellValue(column, row);
    if (cell !== null) unparsed.push({ column: name, row, text: String(cell) });
  }
  if (kind === 'datetime') return { kind, name, values };
  return { kind, name, values, integer: values.every((value) => Number.isNaN(value) || Number.isSafeInteger(value)) };
}

/** Each text is read once. */
function readTexts({ codes, categories }: CategoricalColumn, kind: 'numeric' | 'datetime'): Float64Array<ArrayBuffer> {
  const read = categories.map((text) => (kind === 'numeric' ? parseDecimal(text.trim()) : parseInstant(text.trim())));
  return Float64Array.from(codes, (code) => (code === -1 ? Number.NaN : read[code]!));
}

function asTexts(column: Exclude<Column, CategoricalColumn>): Column {
  const texts = new TextCodes();
  const codes = new Int32Array(column.values.length);
  for (let row = 0; row < codes.length; row++) {
    const cell = cellValue(column, row);
    codes[row] = cell === null ? -1 : texts.codeOf(String(cell));
  }
  return { kind: 'categorical', name: column.name, codes, categories: texts.texts };
}

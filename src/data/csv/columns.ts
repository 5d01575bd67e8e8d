import type { Column } from '../table.ts';
import { Dictionary, type Fields } from './fields.ts';
import { parseInstant } from './instant.ts';

export type Kind = Column['kind'];

/** A cell that is not of the kind that its column was asked to be; it counts as missing. */
export interface UnparsedCell {
  readonly column: string;
  /** Among all rows of all parts. */
  readonly row: number;
  readonly text: string;
}

/** In a column of numbers these texts are missing cells too; in a column of texts they may be words. */
const NOT_A_NUMBER = new Set(['NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None']);

/**
 * One column over all parts. Without `kind` it is of the narrowest kind that fits every cell: numeric, datetime, categorical;
 * a column without any value is numeric.
 *
 * @param position of the column in each part
 * @param unparsed gets the cells that do not fit the kind asked for
 */
export function buildColumn(
  name: string,
  parts: readonly Fields[],
  position: readonly number[],
  missing: ReadonlySet<string>,
  kind: Kind | undefined,
  unparsed: UnparsedCell[],
): Column {
  const nRows = parts.reduce((sum, part) => sum + part.nRows, 0);
  const cells = { name, parts, position, missing, nRows };
  if (kind === 'categorical') return texts(cells);
  if (kind !== undefined) return kind === 'numeric' ? numbers(cells, unparsed)! : instants(cells, unparsed)!;
  return numbers(cells, undefined) ?? instants(cells, undefined) ?? texts(cells);
}

interface Cells {
  readonly name: string;
  readonly parts: readonly Fields[];
  readonly position: readonly number[];
  readonly missing: ReadonlySet<string>;
  readonly nRows: number;
}

/** @param unparsed undefined: give up at the first cell that does not fit */
function numbers({ name, parts, position, missing, nRows }: Cells, unparsed: UnparsedCell[] | undefined) {
  const values = new Float64Array(nRows);
  let integer = true;
  let at = 0;
  for (const [p, part] of parts.entries()) {
    const column = position[p]!;
    for (let row = 0; row < part.nRows; row++, at++) {
      const value = part.number(column, row);
      values[at] = value;
      if (!Number.isNaN(value)) {
        if (integer && !Number.isSafeInteger(value)) integer = false;
        continue;
      }
      if (part.isEmpty(column, row)) continue;
      const text = part.text(column, row);
      if (missing.has(text) || NOT_A_NUMBER.has(text)) continue;
      if (!unparsed) return undefined;
      unparsed.push({ column: name, row: at, text });
    }
  }
  return { kind: 'numeric', name, values, integer } as const;
}

function instants({ name, parts, position, missing, nRows }: Cells, unparsed: UnparsedCell[] | undefined) {
  const values = new Float64Array(nRows);
  let at = 0;
  for (const [p, part] of parts.entries()) {
    const column = position[p]!;
    for (let row = 0; row < part.nRows; row++, at++) {
      const text = part.isEmpty(column, row) ? '' : part.text(column, row);
      const isMissing = text === '' || missing.has(text);
      const value = isMissing ? Number.NaN : parseInstant(text);
      values[at] = value;
      if (isMissing || !Number.isNaN(value)) continue;
      if (!unparsed) return undefined;
      unparsed.push({ column: name, row: at, text });
    }
  }
  return { kind: 'datetime', name, values } as const;
}

function texts({ name, parts, position, missing, nRows }: Cells): Column {
  const codes = new Int32Array(nRows);
  const dictionary = new Dictionary();
  let offset = 0;
  for (const [p, part] of parts.entries()) {
    part.encode(position[p]!, dictionary, missing, codes, offset);
    offset += part.nRows;
  }
  return { kind: 'categorical', name, codes, categories: dictionary.texts };
}

import type { Column, Table } from '../table.ts';

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/**
 * The table as RFC 4180 text with a header; numbers in the shortest form that reads back to the same double, instants in ISO 8601,
 * missing cells empty.
 *
 * @param header false: rows only, for appending
 */
export function csvText(table: Table, header = true): string {
  // A blank line would be skipped as one that holds no row.
  const missing = table.columns.length === 1 ? '""' : '';
  const cells = table.columns.map((column) => cellTexts(column, missing));
  const lines: string[] = header ? [table.columns.map((column) => quoted(column.name)).join(',')] : [];
  for (let row = 0; row < table.nRows; row++) {
    let line = '';
    for (let c = 0; c < cells.length; c++) line += c === 0 ? cells[c]!(row) : `,${cells[c]!(row)}`;
    lines.push(line);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function cellTexts(column: Column, missing: string): (row: number) => string {
  if (column.kind === 'categorical') {
    const texts = column.categories.map(quoted);
    return (row) => (column.codes[row] === -1 ? missing : texts[column.codes[row]!]!);
  }
  const { values } = column;
  if (column.kind === 'numeric') return (row) => (Number.isNaN(values[row]) ? missing : String(values[row]));
  return (row) => (Number.isNaN(values[row]) ? missing : isoText(values[row]!));
}

/** A date alone where the instant is midnight UTC, as it was most likely written. */
function isoText(time: number): string {
  const iso = new Date(time).toISOString();
  return time % 86_400_000 === 0 ? iso.slice(0, 10) : iso;
}

/** The text as an RFC 4180 field, in quotes where it needs them. */
export function quoted(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

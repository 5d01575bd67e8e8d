import { csvSettings } from '../../../src/config/data-settings.ts';
import type { Kind, UnparsedCell } from '../../../src/data/csv/column-builder.ts';
import { readCsv } from '../../../src/data/csv/read-csv.ts';
import { tableOfFields } from '../../../src/data/read-table.ts';
import { cellValue, type Table } from '../../../src/data/table.ts';
import type { ErrorCode } from '../../../src/errors/codes.ts';
import { MlopsError } from '../../../src/errors/mlops-error.ts';

export interface ReadText {
  readonly csv?: Record<string, unknown>;
  readonly kinds?: Readonly<Record<string, Kind>>;
  readonly unparsed?: UnparsedCell[];
}

/** The table of CSV texts, each a part named `part 1.csv` and so on; of a single text, `part.csv`. */
export async function readText(text: string | Buffer | readonly string[], options: ReadText = {}): Promise<Table> {
  const parts = typeof text === 'string' || Buffer.isBuffer(text) ? [text] : text;
  const csv = csvSettings.parse(options.csv ?? {});
  const fields = [];
  for (const [i, part] of parts.entries()) {
    const name = parts.length === 1 ? 'part.csv' : `part ${i + 1}.csv`;
    fields.push(await readCsv(name, Buffer.from(part), csv));
  }
  const { kinds } = options;
  return tableOfFields(fields, { csv, ...(kinds === undefined ? {} : { kinds }) }, options.unparsed ?? []);
}

/** Kind and values of each column. */
export function plain(table: Table): Record<string, readonly [Kind, ...(number | string | null)[]]> {
  return Object.fromEntries(
    table.columns.map((column) => [
      column.name,
      [column.kind, ...Array.from({ length: table.nRows }, (_, row) => cellValue(column, row))],
    ]),
  );
}

/** The code and the faults that something fails with. */
export async function failure(run: () => unknown): Promise<{ code: ErrorCode; faults: readonly string[] }> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof MlopsError)) throw error;
    return { code: error.code, faults: error.faults };
  }
  throw new Error('nothing was thrown');
}

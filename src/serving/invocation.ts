import { csvSettings } from '../config/data-settings.ts';
import type { UnparsedCell } from '../data/csv/column-builder.ts';
import { readCsv } from '../data/csv/read-csv.ts';
import { formatFaults } from '../data/fault-list.ts';
import { tableOfFields } from '../data/read-table.ts';
import { columnNames, type Table } from '../data/table.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { kindOf, readKinds } from '../model/read-kinds.ts';
import { type RequestSchema, rowsOfJson } from './json-rows.ts';
import { parseJson } from './json-text.ts';
import { mediaTypeOf } from './media-type.ts';
import { badRequest } from './scoring-error.ts';
import { missingColumn } from './stack-tables.ts';
import { requireInputs, typedRows } from './typed-rows.ts';

const CSV = csvSettings.parse(undefined);

/**
 * The rows of a request to /invocations: MLflow's scoring protocol in JSON or CSV.
 *
 * @param contentType the header
 * @throws ScoringError 400 · 415
 */
export async function parseInvocation(
  contentType: string | undefined,
  body: Buffer,
  schema: RequestSchema,
): Promise<Table> {
  if (mediaTypeOf(contentType, ['application/json', 'text/csv']) === 'text/csv') return csvRows(body, schema);
  return typedRows(rowsOfJson(parseJson(body), schema), schema.inputs, schema.keyColumns);
}

async function csvRows(body: Buffer, { inputs, keyColumns }: RequestSchema): Promise<Table> {
  const unparsed: UnparsedCell[] = [];
  let table: Table;
  try {
    const fields = await readCsv('body', body, CSV);
    table = tableOfFields([fields], { csv: CSV, kinds: readKinds(inputs) }, unparsed);
  } catch (error) {
    if (!(error instanceof MlopsError)) throw error;
    throw badRequest(`Failed to parse input as CSV. ${error.message}`);
  }
  const names = new Set(columnNames(table));
  if (unparsed.length > 0) {
    const faults = unparsed.map(
      ({ column, row, text }) => `row ${row} of column ${column} holds "${text.slice(0, 100)}"`,
    );
    throw badRequest(`Failed to parse input as CSV. ${formatFaults(faults).join('. ')}`);
  }
  requireInputs((name) => names.has(name), inputs);
  const wanted = new Set([...inputs.map(({ name }) => name), ...keyColumns]);
  const absent = inputs.filter(({ name }) => !names.has(name));
  return {
    nRows: table.nRows,
    columns: [
      ...table.columns.filter(({ name }) => wanted.has(name)),
      ...absent.map((input) => missingColumn(input.name, kindOf(input), table.nRows)),
    ],
  };
}

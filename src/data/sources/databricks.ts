import type { Table } from '../table.ts';
import type { DatabricksPart } from './part.ts';
import type { WantedKinds } from './rows.ts';
import type { SourceOptions } from './source-options.ts';

/**
 * The rows of a table or query of a Databricks SQL warehouse. The version of a Delta table that is read is put into
 * `options.versions`.
 *
 * @throws INPUT_INVALID naming every environment variable that is missing · ACCESS_DENIED · DATA_NOT_FOUND and COLUMN_NOT_FOUND in the
 *   warehouse's own words · DATA_UNREADABLE when the connection is lost on the way, or whole numbers are too large to arrive as they
 *   are · COLUMN_DUPLICATE · COLUMN_UNSUPPORTED
 */
export async function readDatabricks(
  part: DatabricksPart,
  options: SourceOptions,
  wanted?: WantedKinds,
): Promise<Table> {
  const { readRows } = await import('../databricks/read-rows.ts');
  return readRows(part, options, wanted);
}

import { randomBytes } from 'node:crypto';
import { csvSettings } from '../../config/data-settings.ts';
import { MlopsError } from '../../errors/mlops-error.ts';
import { listSome } from '../../errors/suggest.ts';
import { readCsv } from '../csv/read-csv.ts';
import { readFields } from '../csv/read-parts.ts';
import { type CategoricalColumn, columnNames, type Table } from '../table.ts';
import type { Warehouse } from './connection.ts';
import type { Parameter } from './parse-uri.ts';
import { quoteName, quoteNames } from './table-name.ts';

/** What rows were made of, and which batch they came in. */
export const INPUT_COLUMN = 'mlops_input';
export const BATCH_COLUMN = 'mlops_batch';
/** Of one INSERT; a statement of a warehouse may have 16 MiB. */
const MOST_ROWS = 5_000;
const MOST_CHARACTERS = 1_000_000;
/** What Delta takes in a name only where columns are mapped. */
const NEEDS_MAPPING = /[ ,;{}()\n\t=]/;

export interface Target {
  /** Its parts. */
  readonly table: readonly string[];
  readonly uri: string;
  /** Else the rows that were rejected. */
  readonly isPredictions: boolean;
}

export interface Batch {
  readonly input: string;
  readonly batch: string;
  /** CSV of RFC 4180 with a header. */
  readonly bytes: Buffer;
}

/**
 * Appends a CSV file to a table, which is made when it is not there. The rows go into a table beside it first, in statements of a few
 * thousand, and from there in one statement, so that nobody sees a part of them; that statement does nothing when the batch is there.
 *
 * @throws OUTPUT_UNWRITABLE when the table has other columns, or a cell does not fit its column
 */
export async function appendBatch(warehouse: Warehouse, target: Target, batch: Batch): Promise<void> {
  const csv = csvSettings.parse({});
  const fields = await readCsv(target.uri, batch.bytes, csv);
  const kinds = Object.fromEntries(fields.header.map((name) => [name, 'categorical' as const]));
  const { table } = readFields([fields], { csv, kinds });
  const names = columnNames(table);
  const parameters = { input: text(batch.input), batch: text(batch.batch) };
  await warehouse.run(createText(target, names));
  const types = await columnTypes(warehouse, target, names);
  const where = quoteNames(target.table);
  const isThere = `SELECT 1 FROM ${where} WHERE ${quoteName(BATCH_COLUMN)} = :batch`;
  if (table.nRows === 0 || (await hasRow(warehouse, `${isThere} LIMIT 1`, { batch: parameters.batch }))) return;
  const staging = quoteNames([
    ...target.table.slice(0, -1),
    `${target.table.at(-1)}__staging_${randomBytes(6).toString('hex')}`,
  ]);
  const cells = names.map((_, c) => `c${c}`);
  const drop = () => warehouse.run(`DROP TABLE IF EXISTS ${staging}`);
  try {
    await warehouse.run(`CREATE TABLE ${staging} (${cells.map((cell) => `${cell} STRING`).join(', ')})`);
    const picked = cells.map((_, c) => `r[${c}]`).join(', ');
    const insert = `INSERT INTO ${staging} SELECT ${picked} FROM (SELECT explode(from_json(:rows, 'ARRAY<ARRAY<STRING>>')) AS r)`;
    for (const rows of jsonRows(table)) await warehouse.run(insert, { rows: text(rows) });
    await requireCount(warehouse, target, staging, table.nRows);
    const columns = [...names, INPUT_COLUMN, BATCH_COLUMN].map(quoteName).join(', ');
    const casts = cells.map((cell, c) => `CAST(${cell} AS ${types[c]})`).join(', ');
    await warehouse.run(
      `INSERT INTO ${where} (${columns}) SELECT ${casts}, :input, :batch FROM ${staging} WHERE NOT EXISTS (${isThere})`,
      parameters,
    );
  } catch (error) {
    // The table beside it stays where the connection is lost, and does no harm there.
    await drop().catch(() => undefined);
    throw error;
  }
  await drop();
}

/** What the model made is typed; what was kept of the input stays the text that it was. */
function createText({ table, isPredictions }: Target, names: readonly string[]): string {
  const isClassification = names.some((name) => name.startsWith('probability_'));
  const typeOf = (name: string): string => {
    if (!isPredictions) return name === 'line' ? 'BIGINT' : 'STRING';
    if (name === 'prediction') return isClassification ? 'STRING' : 'DOUBLE';
    return /^(probability_.*|prediction_(lower|upper))$/s.test(name) ? 'DOUBLE' : 'STRING';
  };
  const columns = [...names, INPUT_COLUMN, BATCH_COLUMN].map((name) => `${quoteName(name)} ${typeOf(name)}`);
  const mapping = names.some((name) => NEEDS_MAPPING.test(name))
    ? " TBLPROPERTIES ('delta.columnMapping.mode' = 'name')"
    : '';
  return `CREATE TABLE IF NOT EXISTS ${quoteNames(table)} (${columns.join(', ')})${mapping}`;
}

/** Types of the columns as they are there, in the order of the names. */
async function columnTypes(warehouse: Warehouse, target: Target, names: readonly string[]): Promise<string[]> {
  const types = new Map<string, string>();
  await warehouse.query(`DESCRIBE TABLE ${quoteNames(target.table)}`, {}, (rows) => {
    for (const { col_name: name, data_type: type } of rows) {
      // Partitions and the like follow behind the columns.
      if (typeof name === 'string' && name !== '' && !name.startsWith('# ') && !types.has(name.toLowerCase()))
        types.set(name.toLowerCase(), String(type));
    }
  });
  const absent = [...names, INPUT_COLUMN, BATCH_COLUMN].filter((name) => !types.has(name.toLowerCase()));
  if (absent.length > 0) {
    throw new MlopsError(
      'OUTPUT_UNWRITABLE',
      `${target.uri} is there, but has no column ${absent.map((name) => `"${name}"`).join(', ')}. Columns: ${listSome([...types.keys()])}. Add them with ALTER TABLE (${INPUT_COLUMN} and ${BATCH_COLUMN} are STRING), or name another table`,
    );
  }
  return names.map((name) => types.get(name.toLowerCase())!);
}

/** A lost or doubled statement would make another number of rows. */
async function requireCount(warehouse: Warehouse, target: Target, staging: string, expected: number): Promise<void> {
  let count: unknown;
  await warehouse.query(`SELECT CAST(COUNT(*) AS STRING) AS n FROM ${staging}`, {}, ([row]) => {
    count ??= row?.n;
  });
  if (count === String(expected)) return;
  throw new MlopsError(
    'OUTPUT_UNWRITABLE',
    `${target.uri}: ${count} of ${expected} rows arrived; nothing was appended: run again`,
  );
}

async function hasRow(warehouse: Warehouse, query: string, parameters: Record<string, Parameter>): Promise<boolean> {
  let found = false;
  await warehouse.query(query, parameters, (rows) => {
    found ||= rows.length > 0;
  });
  return found;
}

/** Arrays of rows as JSON, each small enough for a statement: a value of any content is data there, and no part of the SQL. */
function* jsonRows(table: Table): Generator<string> {
  const columns = table.columns as CategoricalColumn[];
  let rows: string[] = [];
  let size = 0;
  for (let row = 0; row < table.nRows; row++) {
    const cells = columns.map(({ codes, categories }) => (codes[row] === -1 ? null : categories[codes[row]!]!));
    const json = JSON.stringify(cells);
    if (rows.length > 0 && (rows.length === MOST_ROWS || size + json.length > MOST_CHARACTERS)) {
      yield `[${rows.join(',')}]`;
      rows = [];
      size = 0;
    }
    rows.push(json);
    size += json.length;
  }
  if (rows.length > 0) yield `[${rows.join(',')}]`;
}

function text(value: string): Parameter {
  return { type: 'STRING', value };
}

import { listSome } from '../errors/suggest.ts';
import type { RawColumn } from '../features/fitted-features.ts';
import { badRequest, schemaMismatch } from './scoring-error.ts';

/** What a request is read by. */
export interface RequestSchema {
  readonly inputs: readonly RawColumn[];
  /** Further columns that are kept for the log when they are sent. */
  readonly keyColumns: readonly string[];
}

/** Cells of a request by column, before they have types. An absent cell is undefined. */
export interface RawRows {
  readonly nRows: number;
  readonly columns: ReadonlyMap<string, readonly unknown[]>;
}

const FORMATS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;
type Format = (typeof FORMATS)[number];

/** Requests to a language model, which MLflow hands to the signature as they are. */
const CHAT_KEYS = ['messages', 'prompt', 'input'];

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The rows of a JSON body in one of the four forms of MLflow's scoring protocol. Columns that nobody asks for are left out.
 *
 * @throws ScoringError 400
 */
export function rowsOfJson(body: unknown, { inputs, keyColumns }: RequestSchema): RawRows {
  const protocol = `The input must be a JSON dictionary with exactly one of the input fields ${FORMATS.join(', ')}.`;
  if (!isObject(body)) throw badRequest(`Invalid input. ${protocol} Received ${nameOf(body)}`);
  const given = FORMATS.filter((format) => Object.hasOwn(body, format));
  if (given.length === 0 && CHAT_KEYS.some((key) => Object.hasOwn(body, key))) {
    throw schemaMismatch(`The model takes rows of a table: ${describeInputs(inputs)}`);
  }
  if (given.length !== 1) {
    throw badRequest(`${protocol} Received dictionary with input fields: ${given.join(', ') || 'none of them'}`);
  }
  const format = given[0]!;
  const wanted = new Set([...inputs.map(({ name }) => name), ...keyColumns]);
  return READERS[format](body[format], { inputs, wanted });
}

interface Wanted {
  readonly inputs: readonly RawColumn[];
  /** Input and key columns. */
  readonly wanted: ReadonlySet<string>;
}

const READERS: Record<Format, (value: unknown, of: Wanted) => RawRows> = {
  dataframe_split: splitRows,
  dataframe_records(value, { wanted }) {
    if (!Array.isArray(value)) {
      throw badRequest(`Invalid input. Dataframe records format must be a list of records. Got ${nameOf(value)}`);
    }
    return recordRows(value, wanted, 'dataframe_records');
  },
  instances(value, { inputs, wanted }) {
    if (!Array.isArray(value)) throw badRequest(`Invalid input. "instances" must be a list. Got ${nameOf(value)}`);
    return value.some(Array.isArray)
      ? positionalRows(value, inputs, 'instances')
      : recordRows(value, wanted, 'instances');
  },
  inputs(value, of) {
    if (Array.isArray(value)) return READERS.instances(value, of);
    if (!isObject(value))
      throw badRequest(`Invalid input. "inputs" must be a list or a dictionary. Got ${nameOf(value)}`);
    return columnRows(value, of.wanted);
  },
};

function splitRows(value: unknown, { wanted }: Wanted): RawRows {
  if (!isObject(value)) {
    throw badRequest(`Invalid input. Dataframe split format must be a dictionary. Got ${nameOf(value)}`);
  }
  const data = Object.hasOwn(value, 'data') ? value.data : [];
  if (!Array.isArray(data)) throw invalidSplit(`"data" must be a list of rows. Got ${nameOf(data)}`);
  const rows = data.map((row, i) => {
    if (Array.isArray(row)) return row as readonly unknown[];
    throw invalidSplit(`row ${i} of "data" must be a list. Got ${nameOf(row)}`);
  });
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const names = Object.hasOwn(value, 'columns')
    ? columnNames(value.columns)
    : Array.from({ length: width }, (_, i) => String(i));
  if (rows.length > 0 && width !== names.length) {
    throw invalidSplit(`${names.length} columns passed, passed data had ${width} columns`);
  }
  const columns = new Map<string, unknown[]>();
  for (const [c, name] of names.entries()) {
    if (wanted.has(name))
      columns.set(
        name,
        rows.map((row) => row[c]),
      );
  }
  return { nRows: rows.length, columns };
}

function columnNames(value: unknown): string[] {
  if (!Array.isArray(value)) throw invalidSplit(`"columns" must be a list of names. Got ${nameOf(value)}`);
  const names = value.map((name) => {
    if (typeof name === 'string' || typeof name === 'number') return String(name);
    throw invalidSplit(`"columns" must be a list of names. It holds ${nameOf(name)}`);
  });
  const seen = new Set<string>();
  const twice = names.filter((name) => seen.size === seen.add(name).size);
  if (twice.length > 0) throw invalidSplit(`"columns" names ${listSome(twice)} twice`);
  return names;
}

function invalidSplit(why: string): Error {
  return badRequest(
    `Invalid input. Provided dataframe_split field is not a valid dataframe representation in 'split' format. Error: ${why}`,
  );
}

/** A key that some records lack is a missing cell there. */
function recordRows(records: readonly unknown[], wanted: ReadonlySet<string>, field: Format): RawRows {
  const columns = new Map<string, unknown[]>();
  for (const [row, record] of records.entries()) {
    if (!isObject(record))
      throw badRequest(`Invalid input. Row ${row} of "${field}" must be a record. Got ${nameOf(record)}`);
    for (const name of wanted) {
      if (!Object.hasOwn(record, name)) continue;
      let cells = columns.get(name);
      if (!cells) columns.set(name, (cells = new Array(records.length).fill(undefined)));
      cells[row] = record[name];
    }
  }
  return { nRows: records.length, columns };
}

/** Rows without names are an array of numbers to MLflow, in the order of the signature. */
function positionalRows(rows: readonly unknown[], inputs: readonly RawColumn[], field: Format): RawRows {
  const texts = inputs.filter(({ type }) => type === 'string' || type === 'datetime');
  if (texts.length > 0) {
    throw badRequest(
      `Invalid input. Rows without column names hold numbers only, and ${listSome(texts.map(({ name }) => name))} ` +
        'are no numbers in this model. Send records, or dataframe_split',
    );
  }
  const columns = new Map(inputs.map(({ name }) => [name, new Array<unknown>(rows.length)]));
  for (const [i, row] of rows.entries()) {
    if (!Array.isArray(row) || row.length !== inputs.length) {
      const given = Array.isArray(row) ? `${row.length} values` : nameOf(row);
      throw badRequest(`Invalid input. Row ${i} of "${field}" has ${given}, the model takes ${describeInputs(inputs)}`);
    }
    for (const [c, { name }] of inputs.entries()) columns.get(name)![i] = row[c];
  }
  return { nRows: rows.length, columns };
}

function columnRows(value: JsonObject, wanted: ReadonlySet<string>): RawRows {
  const columns = new Map<string, readonly unknown[]>();
  const lengths = new Set<number>();
  for (const name of Object.keys(value)) {
    const cells = Array.isArray(value[name]) ? value[name] : [value[name]];
    lengths.add(cells.length);
    if (wanted.has(name)) columns.set(name, cells);
  }
  if (lengths.size > 1) throw badRequest('Invalid input. The columns of "inputs" are of different lengths');
  return { nRows: lengths.values().next().value ?? 0, columns };
}

export function describeInputs(inputs: readonly RawColumn[]): string {
  return listSome(
    inputs.map(({ name, type, required }) => `'${name}': ${type} (${required ? 'required' : 'optional'})`),
  );
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a JSON value is, in MLflow's words. */
export function nameOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'dictionary';
  return typeof value;
}

import { parseInstant } from '../data/csv/instant.ts';
import type { Table } from '../data/table.ts';
import { didYouMean } from '../errors/suggest.ts';
import type { RawColumn } from '../features/fitted-features.ts';
import { isObject, nameOf, type RequestSchema } from './json-rows.ts';
import { parseJson } from './json-text.ts';
import { mediaTypeOf } from './media-type.ts';
import { ScoringError } from './scoring-error.ts';
import { typedRows } from './typed-rows.ts';

const MOST_FAULTS = 100;

export interface StrictRequest {
  readonly table: Table;
  /** The body was one record, not a list of them. */
  readonly single: boolean;
}

/**
 * The rows of a request to /predict: one record or a list of them, every cell of the type of the signature.
 *
 * @throws ScoringError 400 naming all faults at once · 415
 */
export function parseStrict(contentType: string | undefined, body: Buffer, schema: RequestSchema): StrictRequest {
  mediaTypeOf(contentType, ['application/json']);
  const value = parseJson(body);
  const single = !Array.isArray(value);
  const records: readonly unknown[] = single ? [value] : value;
  const faults: string[] = [];
  for (const [row, record] of records.entries()) {
    checkRecord(record, single ? '' : `[${row}]`, schema, faults);
    if (faults.length > MOST_FAULTS) break;
  }
  if (faults.length > 0) throw invalid(faults);
  const columns = new Map<string, unknown[]>();
  for (const { name } of schema.inputs) columns.set(name, cellsOf(records, name));
  for (const name of schema.keyColumns) {
    const cells = cellsOf(records, name);
    if (cells.some((cell) => cell !== undefined)) columns.set(name, cells);
  }
  return { table: typedRows({ nRows: records.length, columns }, schema.inputs, schema.keyColumns), single };
}

function cellsOf(records: readonly unknown[], name: string): unknown[] {
  return records.map((record) => (isObject(record) && Object.hasOwn(record, name) ? record[name] : undefined));
}

function checkRecord(record: unknown, where: string, { inputs, keyColumns }: RequestSchema, faults: string[]): void {
  if (!isObject(record)) {
    faults.push(`${where || 'the body'}: ${nameOf(record)}, expected a record or a list of records`);
    return;
  }
  const path = (name: string): string => (where === '' ? name : `${where}.${name}`);
  for (const input of inputs) {
    const value = Object.hasOwn(record, input.name) ? record[input.name] : undefined;
    const expected = expectation(input, value);
    if (expected !== undefined) faults.push(`${path(input.name)}: ${shown(value)}, expected ${expected}`);
  }
  const names = inputs.map(({ name }) => name);
  for (const name of Object.keys(record)) {
    if (names.includes(name)) continue;
    if (!keyColumns.includes(name))
      faults.push(`${path(name)}: the model has no such column.${didYouMean(name, names)}`);
    else if (typeof record[name] === 'object' && record[name] !== null) {
      faults.push(`${path(name)}: ${shown(record[name])}, expected a text or a number`);
    }
  }
}

/** What the cell should be; undefined: it is. */
function expectation({ type, required }: RawColumn, value: unknown): string | undefined {
  if (value === undefined || value === null) return required ? WORDS[type] : undefined;
  switch (type) {
    case 'double':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : WORDS.double;
    case 'long':
      return Number.isSafeInteger(value) ? undefined : WORDS.long;
    case 'datetime':
      return typeof value === 'string' && !Number.isNaN(parseInstant(value)) ? undefined : WORDS.datetime;
    case 'string':
      return (typeof value === 'string' && value !== '') || typeof value === 'boolean' ? undefined : WORDS.string;
  }
}

const WORDS = {
  double: 'a number',
  long: 'a whole number',
  string: 'a text',
  datetime: 'an ISO 8601 date or instant',
} as const;

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  return typeof value === 'object' ? nameOf(value) : String(value);
}

function invalid(faults: readonly string[]): ScoringError {
  const more = faults.length > MOST_FAULTS ? ['… and more'] : [];
  const listed = [...faults.slice(0, MOST_FAULTS), ...more];
  return new ScoringError(400, { error_code: 'INPUT_INVALID', message: listed.join('\n'), faults: listed });
}

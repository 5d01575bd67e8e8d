import { Dictionary } from '../data/csv/fields.ts';
import { parseInstant } from '../data/csv/instant.ts';
import { parseDecimal } from '../data/csv/number.ts';
import { formatFaults } from '../data/fault-list.ts';
import type { Column, Table } from '../data/table.ts';
import { listSome } from '../errors/suggest.ts';
import type { RawColumn } from '../features/fitted-features.ts';
import { kindOf } from '../model/read-kinds.ts';
import { describeInputs, nameOf, type RawRows } from './json-rows.ts';
import { badRequest, schemaMismatch } from './scoring-error.ts';
import { missingColumn } from './stack-tables.ts';

/** Texts that Python reads as a number that is none. */
const NO_NUMBER = /^[+-]?(?:nan|inf|infinity)$/i;

/**
 * The rows as a table of the input columns, as leniently as MLflow: numbers may be texts, numbers may be categories, unknown
 * columns are left out, and null is a missing cell. Infinite numbers count as missing.
 *
 * @param keyColumns left in when they are there, for the log
 * @throws ScoringError 400
 */
export function typedRows(rows: RawRows, inputs: readonly RawColumn[], keyColumns: readonly string[]): Table {
  const faults: string[] = [];
  const columns: Column[] = [];
  for (const input of inputs) {
    const cells = rows.columns.get(input.name);
    if (cells) columns.push(lenientColumn(input, cells, faults));
    else if (!input.required) columns.push(missingColumn(input.name, kindOf(input), rows.nRows));
  }
  if (faults.length > 0) {
    throw badRequest(`Invalid input. Data is not compatible with model signature. ${formatFaults(faults).join('. ')}`);
  }
  requireInputs((name) => rows.columns.has(name), inputs);
  for (const name of keyColumns) {
    const cells = rows.columns.get(name);
    if (cells && !inputs.some((input) => input.name === name)) columns.push(keyColumn(name, cells));
  }
  return { nRows: rows.nRows, columns };
}

/** @throws ScoringError 400 naming every required column that is missing */
export function requireInputs(has: (name: string) => boolean, inputs: readonly RawColumn[]): void {
  const absent = inputs.filter(({ name, required }) => required && !has(name)).map(({ name }) => `'${name}'`);
  if (absent.length === 0) return;
  throw schemaMismatch(
    `Failed to enforce schema with [${describeInputs(inputs)}]. Model is missing inputs [${listSome(absent)}].`,
  );
}

function lenientColumn(input: RawColumn, cells: readonly unknown[], faults: string[]): Column {
  const { name } = input;
  const kind = kindOf(input);
  let bad: unknown;
  let row = -1;
  const refuse = (value: unknown, at: number): number => {
    if (row === -1) [bad, row] = [value, at];
    return Number.NaN;
  };
  const column = build();
  if (row !== -1) {
    const what = typeof bad === 'string' ? JSON.stringify(bad.slice(0, 100)) : nameOf(bad);
    faults.push(`Failed to convert column ${name} to type '${input.type}': row ${row} holds ${what}`);
  }
  return column;

  function build(): Column {
    if (kind === 'categorical') {
      const dictionary = new Dictionary();
      const codes = Int32Array.from(cells, (value, i) => {
        const text = textOf(value);
        if (text === undefined) refuse(value, i);
        return text === undefined || text === '' ? -1 : dictionary.codeOf(text);
      });
      return { kind, name, codes, categories: dictionary.texts };
    }
    const convert = kind === 'numeric' ? numberOf : instantOf;
    const values = Float64Array.from(cells, (value, i) => convert(value) ?? refuse(value, i));
    return kind === 'numeric'
      ? { kind, name, values, integer: values.every(Number.isSafeInteger) }
      : { kind, name, values };
  }
}

/** undefined: not a number, and nothing that stands for a missing one. */
function numberOf(value: unknown): number | undefined {
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value === 'number') return Number.isFinite(value) ? value : Number.NaN;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const parsed = parseDecimal(text);
  return Number.isNaN(parsed) && !NO_NUMBER.test(text) ? undefined : parsed;
}

function instantOf(value: unknown): number | undefined {
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value !== 'string') return undefined;
  const parsed = parseInstant(value.trim());
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** Booleans and numbers as a CSV file has them; null is the empty text, a missing cell. */
function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? undefined : String(value);
}

/** Numbers when all its cells are, else texts. */
function keyColumn(name: string, cells: readonly unknown[]): Column {
  const numeric = cells.every((value) => value === null || value === undefined || typeof value === 'number');
  return lenientColumn({ name, type: numeric ? 'double' : 'string', required: false }, cells, []);
}

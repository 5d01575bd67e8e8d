import { didYouMean } from '../../errors/suggest.ts';
import { quoteNames, splitTableName } from './table-name.ts';

/** A value that a query names as `:name`; its type is that of Spark SQL. */
export interface Parameter {
  readonly type: ParameterType;
  readonly value: string;
}

export type ParameterType = (typeof TYPES)[number];

/** What is asked of a warehouse. Plain data. */
export interface Statement {
  /** The table that is read, by its parts; undefined: the source is a query. */
  readonly table?: readonly string[];
  readonly query?: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Of the Delta table. */
  readonly version?: string;
  readonly limit?: number;
  /** Percent of the rows. */
  readonly sample?: number;
  readonly seed?: number;
}

const TYPES = ['STRING', 'BIGINT', 'DOUBLE', 'DECIMAL', 'BOOLEAN', 'DATE', 'TIMESTAMP'] as const;
const OPTIONS = ['version', 'limit', 'sample', 'seed', 'query'] as const;
const FORM = 'databricks://catalog.schema.table or databricks://?query=select …';

/**
 * `databricks://catalog.schema.table?version=12&limit=1000&sample=10&seed=1` or `databricks://?:least=5&query=select … where x > :least`:
 * what stands after `query=` is taken whole, so that it comes last. `:day:DATE=2024-01-31` gives a parameter its type; without one,
 * whole numbers are BIGINT, other numbers DOUBLE, true and false BOOLEAN, and the rest STRING.
 *
 * @returns the statement, or every fault of the form
 */
export function parseDatabricksUri(uri: string): Statement | { readonly faults: readonly string[] } {
  const text = uri.slice('databricks://'.length);
  const named = text.startsWith('?') || text === '' ? { names: [], rest: text } : splitTableName(text);
  if (!named || !/^$|^\?/.test(named.rest)) return { faults: [`expected ${FORM}`] };
  const table = named.names.map(decoded);
  const { options, parameters, faults } = readOptions(named.rest.slice(1));
  const query = options.get('query');
  if ((table.length === 0) === (query === undefined)) return { faults: [`expected ${FORM}`, ...faults] };
  if (query === undefined && Object.keys(parameters).length > 0)
    faults.push('parameters such as ":name=" belong to a query; a table has none');
  if (query !== undefined && options.has('version'))
    faults.push('"version" belongs to a table; write VERSION AS OF in the query');
  const number = (name: string, expected: string, isRight: (value: number) => boolean): number | undefined => {
    const given = options.get(name);
    if (given === undefined) return undefined;
    if (/^\d+(\.\d+)?$/.test(given) && isRight(Number(given))) return Number(given);
    faults.push(`"${name}" is "${given}", expected ${expected}`);
    return undefined;
  };
  const whole = (least: number) => (value: number) => Number.isSafeInteger(value) && value >= least;
  const version = number('version', 'the number of a version of the Delta table', whole(0));
  const limit = number('limit', 'a whole number of rows from 1 up', whole(1));
  const sample = number('sample', 'percent of the rows, above 0 and up to 100', (v) => v > 0 && v <= 100);
  const seed = number('seed', 'a whole number from 0 up', whole(0));
  if (seed !== undefined && sample === undefined) faults.push('"seed" belongs to "sample", which is not there');
  if (faults.length > 0) return { faults };
  return {
    ...(query === undefined ? { table } : { query }),
    parameters,
    ...(version === undefined ? {} : { version: String(version) }),
    ...(limit === undefined ? {} : { limit }),
    ...(sample === undefined ? {} : { sample, seed: seed ?? 0 }),
  };
}

function readOptions(text: string): {
  options: Map<string, string>;
  parameters: Record<string, Parameter>;
  faults: string[];
} {
  const options = new Map<string, string>();
  const parameters: Record<string, Parameter> = {};
  const faults: string[] = [];
  for (let rest = text; rest !== ''; ) {
    const isQuery = rest.startsWith('query=');
    const end = isQuery || !rest.includes('&') ? rest.length : rest.indexOf('&');
    const [, key, value] = /^([^=]*)=?(.*)$/s.exec(rest.slice(0, end))!;
    rest = rest.slice(end + 1);
    const name = decoded(key!);
    if (name.startsWith(':')) {
      const read = readParameter(name, decoded(value!));
      if (typeof read === 'string') faults.push(read);
      else if (Object.hasOwn(parameters, read.name)) faults.push(`"${name}" stands there twice`);
      else parameters[read.name] = { type: read.type, value: read.value };
    } else if (!(OPTIONS as readonly string[]).includes(name)) {
      faults.push(
        `"${name}" is not an option of a table or query. Allowed: ${OPTIONS.join(', ')} and, for a query, :name=value.${didYouMean(name, OPTIONS)}`,
      );
    } else if (options.has(name)) faults.push(`"${name}" stands there twice`);
    else if (value === '') faults.push(`"${name}" has no value`);
    else options.set(name, decoded(value!));
  }
  return { options, parameters, faults };
}

function readParameter(key: string, value: string): (Parameter & { readonly name: string }) | string {
  const [, name, type] = /^:([A-Za-z_]\w*)(?::(\w+))?$/.exec(key) ?? [];
  if (name === undefined)
    return `"${key}" is not the name of a parameter, expected a letter, then letters, digits and _`;
  if (type === undefined) return { name, value, type: typeOf(value) };
  const known = TYPES.find((one) => one === type.toUpperCase());
  return known ? { name, value, type: known } : `"${key}" has the type "${type}". Allowed: ${TYPES.join(', ')}`;
}

/** Texts such as 007 or 1e999 stay texts. */
function typeOf(value: string): ParameterType {
  if (/^(true|false)$/.test(value)) return 'BOOLEAN';
  if (/^-?(0|[1-9]\d{0,17})$/.test(value)) return 'BIGINT';
  return /^-?(0|[1-9]\d*)\.\d+$/.test(value) ? 'DOUBLE' : 'STRING';
}

/** @param version that was found to be the latest, where none is asked for */
export function statementText(statement: Statement, version?: string): string {
  const { table, query, limit, sample, seed } = statement;
  const asOf = statement.version ?? version;
  const from = table
    ? `${quoteNames(table)}${asOf === undefined ? '' : ` VERSION AS OF ${asOf}`}`
    : `(${query!.replace(/[\s;]+$/, '')}\n)`;
  if (!table && limit === undefined && sample === undefined) return query!;
  const sampled = sample === undefined ? '' : ` TABLESAMPLE (${sample} PERCENT) REPEATABLE (${seed})`;
  return `SELECT * FROM ${from}${sampled}${limit === undefined ? '' : ` LIMIT ${limit}`}`;
}

/** Percent signs of a URI decoded; a text with others, such as `like '5%'`, is meant as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

import { MlopsError } from '../../errors/mlops-error.ts';
import type { Kind } from '../csv/column-builder.ts';
import type { DatabricksPart } from '../sources/part.ts';
import { type Cell, RowTable, type WantedKinds } from '../sources/rows.ts';
import { NO_COLUMNS, type SourceOptions } from '../sources/source-options.ts';
import type { Table } from '../table.ts';
import { type ResultColumn, type Row, Warehouse } from './connection.ts';
import { statementText } from './parse-uri.ts';
import { isStatementError } from './refusals.ts';
import { quoteNames } from './table-name.ts';

const NESTED = new Set(['ARRAY', 'MAP', 'STRUCT', 'UNION', 'USER_DEFINED']);

/**
 * The rows of a table or query, which go into typed columns chunk by chunk. The latest version of a Delta table is looked up first and
 * read from the first row to the last, whatever is written meanwhile; it is told to `versions`.
 */
export async function readRows(part: DatabricksPart, options: SourceOptions, wanted?: WantedKinds): Promise<Table> {
  const { statement, name } = part;
  const deed = {
    name,
    otherwise: 'DATA_UNREADABLE' as const,
    grant: 'SELECT on it, USE SCHEMA and USE CATALOG on what it is in',
  };
  const warehouse = await Warehouse.open(deed, options);
  try {
    const version = statement.version ?? (statement.table && (await latestVersion(warehouse, statement.table)));
    const reading = new Reading(name, wanted);
    const text = statementText(statement, version);
    const columns = await warehouse.query(text, statement.parameters, (rows, columns) => reading.add(rows, columns));
    const table = reading.table(columns);
    if (version !== undefined) options.versions?.set(name, version);
    return table;
  } finally {
    await warehouse.close();
  }
}

/** Undefined: it is no Delta table, or its history may not be read. */
async function latestVersion(warehouse: Warehouse, table: readonly string[]): Promise<string | undefined> {
  let version: unknown;
  try {
    await warehouse.query(`DESCRIBE HISTORY ${quoteNames(table)} LIMIT 1`, {}, ([row]) => {
      version ??= row?.version;
    });
  } catch (error) {
    // A view, a table of another format, or none: then reading it tells why.
    if (error instanceof MlopsError && isStatementError(error.cause)) return undefined;
    throw error;
  }
  return /^\d+$/.test(String(version)) ? String(version) : undefined;
}

class Reading {
  readonly #source: string;
  readonly #wanted: WantedKinds;
  #table: RowTable | undefined;
  /** Of those columns whose numbers the driver may have rounded. */
  readonly #rounded = new Set<number>();

  constructor(source: string, wanted: WantedKinds = { unparsed: [] }) {
    this.#source = source;
    this.#wanted = wanted;
  }

  add(rows: readonly Row[], columns: readonly ResultColumn[]): void {
    const table = this.#begun(columns);
    const readers = columns.map(({ name, type }, c) => this.#readerOf(name, type, c));
    const cells: Cell[] = new Array(columns.length);
    for (const row of rows) {
      for (let c = 0; c < readers.length; c++) cells[c] = readers[c]!(row);
      table.push(cells);
    }
  }

  /** @throws DATA_UNREADABLE when numbers were rounded, and as `RowTable` */
  table(columns: readonly ResultColumn[]): Table {
    const table = this.#begun(columns);
    if (this.#rounded.size > 0) {
      throw new MlopsError(
        'DATA_UNREADABLE',
        [...this.#rounded].map((c) => {
          const { name } = columns[c]!;
          return `${this.#source}: "${name}" holds whole numbers beyond 2^53; write CAST(${name} AS STRING) in a ?query=`;
        }),
      );
    }
    return table.table();
  }

  #begun(columns: readonly ResultColumn[]): RowTable {
    if (this.#table) return this.#table;
    const { columns: isNeeded = () => true, exclude = NO_COLUMNS, onLeftOut } = this.#wanted;
    const nested = columns.filter(({ name, type }) => NESTED.has(type) && isNeeded(name));
    const refused = nested.filter(({ name }) => !exclude.includes(name));
    if (refused.length > 0) {
      throw new MlopsError(
        'COLUMN_UNSUPPORTED',
        refused.map(
          ({ name, type }) =>
            `${this.#source}: column "${name}" holds values of type ${type}; put it under data.exclude, or take what is needed of it in a ?query=`,
        ),
      );
    }
    for (const { name } of nested) onLeftOut?.(name);
    const leftOut = new Set(nested.map(({ name }) => name));
    this.#table = new RowTable(
      this.#source,
      columns.map(({ name }) => name),
      {
        ...this.#wanted,
        // Told by the warehouse; else instants would be texts until the last row is there.
        kinds: { ...instants(columns), ...this.#wanted.kinds },
        columns: (name) => isNeeded(name) && !leftOut.has(name),
      },
    );
    return this.#table;
  }

  #readerOf(name: string, type: string, c: number): (row: Row) => Cell {
    const cell = (row: Row): Cell => row[name] as Cell;
    // Exact texts where they come as Arrow; a column of numbers holds the nearest double.
    if (type === 'DECIMAL' && this.#wanted.kinds?.[name] !== 'categorical') {
      return (row) => {
        const value = cell(row);
        return typeof value === 'string' ? Number(value) : value;
      };
    }
    if (type !== 'BIGINT') return cell;
    return (row) => {
      const value = cell(row);
      // Two ids would become one.
      if (typeof value === 'number' && !Number.isSafeInteger(value)) this.#rounded.add(c);
      return value;
    };
  }
}

function instants(columns: readonly ResultColumn[]): Record<string, Kind> {
  return Object.fromEntries(
    columns.filter(({ type }) => type === 'DATE' || type === 'TIMESTAMP').map(({ name }) => [name, 'datetime']),
  );
}

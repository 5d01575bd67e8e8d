import { MlopsError } from '../../errors/mlops-error.ts';
import type { Kind, UnparsedCell } from '../csv/column-builder.ts';
import type { Table } from '../table.ts';
import { type Cell, RowColumn } from './row-column.ts';
import { type ColumnNames, NO_COLUMNS } from './source-options.ts';

export type { Cell } from './row-column.ts';

/** What columns must be, and where cells of another kind are noted. */
export interface WantedKinds {
  readonly kinds?: Readonly<Record<string, Kind>>;
  readonly unparsed: UnparsedCell[];
  /** Columns that are needed; default: all. */
  readonly columns?: (name: string) => boolean;
  /** Columns that are left out where they hold bytes, which are refused of others. */
  readonly exclude?: ColumnNames;
  /** Told of each of those. */
  readonly onLeftOut?: (name: string) => void;
}

/**
 * A table while rows of a database come in, which are let go one by one.
 *
 * @throws COLUMN_DUPLICATE · DATA_UNREADABLE without columns
 */
export class RowTable {
  readonly #source: string;
  readonly #names: readonly string[];
  readonly #wanted: WantedKinds;
  readonly #columns: (RowColumn | undefined)[];
  /** Where bytes were met first, by column. */
  readonly #bytesAt = new Map<number, number>();
  #nRows = 0;

  constructor(source: string, names: readonly string[], wanted: WantedKinds) {
    if (names.length === 0) throw new MlopsError('DATA_UNREADABLE', `${source}: the query gives no columns`);
    const twice = names.filter((name, i) => names.indexOf(name) !== i);
    if (twice.length > 0) {
      throw new MlopsError(
        'COLUMN_DUPLICATE',
        [...new Set(twice)].map((name) => `${source}: two columns are named "${name}"; use AS`),
      );
    }
    const kinds = new Map(Object.entries(wanted.kinds ?? {}));
    const { columns: isNeeded = () => true, unparsed } = wanted;
    this.#source = source;
    this.#names = names;
    this.#wanted = wanted;
    this.#columns = names.map((name) => (isNeeded(name) ? new RowColumn(name, kinds.get(name), unparsed) : undefined));
  }

  /** The cells of a row, in the order of the names. */
  push(row: readonly Cell[]): void {
    const columns = this.#columns;
    for (let c = 0; c < columns.length; c++) {
      let cell = row[c];
      if (cell instanceof Uint8Array && columns[c]) {
        if (!this.#bytesAt.has(c)) this.#bytesAt.set(c, this.#nRows + 1);
        cell = null;
      }
      columns[c]?.push(cell);
    }
    this.#nRows++;
  }

  /** To be called once, behind the last row. @throws COLUMN_UNSUPPORTED naming every column of bytes */
  table(): Table {
    const { exclude = NO_COLUMNS, onLeftOut } = this.#wanted;
    const names = this.#names;
    const refused = [...this.#bytesAt].filter(([c]) => !exclude.includes(names[c]!));
    if (refused.length > 0) {
      throw new MlopsError(
        'COLUMN_UNSUPPORTED',
        refused.map(
          ([c, row]) =>
            `${this.#source}: column "${names[c]}" holds bytes (row ${row}); put it under data.exclude, or name others in a ?query=`,
        ),
      );
    }
    for (const c of this.#bytesAt.keys()) {
      this.#columns[c] = undefined;
      onLeftOut?.(names[c]!);
    }
    const columns = this.#columns.filter((column) => column !== undefined).map((column) => column.column());
    return { nRows: this.#nRows, columns };
  }
}

/**
 * A table of all rows.
 *
 * @throws COLUMN_DUPLICATE · COLUMN_UNSUPPORTED naming every column of bytes · DATA_UNREADABLE without columns
 */
export function tableFromRows(
  source: string,
  names: readonly string[],
  rows: Iterable<readonly Cell[]>,
  wanted: WantedKinds = { unparsed: [] },
): Table {
  const table = new RowTable(source, names, wanted);
  for (const row of rows) table.push(row);
  return table.table();
}

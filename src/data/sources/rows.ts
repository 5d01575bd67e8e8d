import { MlopsError } from '../../errors/mlops-error.ts';
import type { Kind, UnparsedCell } from '../csv/column-builder.ts';
import type { Table } from '../table.ts';
import { type Cell, RowColumn } from './row-column.ts';

export type { Cell } from './row-column.ts';

/** What columns must be, and where cells of another kind are noted. */
export interface WantedKinds {
  readonly kinds?: Readonly<Record<string, Kind>>;
  readonly unparsed: UnparsedCell[];
  /** Columns that are needed; default: all. */
  readonly columns?: (name: string) => boolean;
  /** Columns that are left out where they hold bytes, which are refused of others. */
  readonly exclude?: readonly string[];
  /** Told of each of those. */
  readonly onLeftOut?: (name: string) => void;
}

/**
 * A table of rows of a database, which are let go one by one.
 *
 * @throws COLUMN_DUPLICATE · COLUMN_UNSUPPORTED naming every column of bytes · DATA_UNREADABLE without columns
 */
export function tableFromRows(
  source: string,
  names: readonly string[],
  rows: Iterable<readonly Cell[]>,
  wanted: WantedKinds = { unparsed: [] },
): Table {
  if (names.length === 0) throw new MlopsError('DATA_UNREADABLE', `${source}: the query gives no columns`);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) {
    throw new MlopsError(
      'COLUMN_DUPLICATE',
      [...new Set(twice)].map((name) => `${source}: two columns are named "${name}"; use AS`),
    );
  }
  const kinds = new Map(Object.entries(wanted.kinds ?? {}));
  const { columns: isNeeded = () => true, exclude = [], onLeftOut } = wanted;
  const columns = names.map((name) =>
    isNeeded(name) ? new RowColumn(name, kinds.get(name), wanted.unparsed) : undefined,
  );
  /** Where bytes were met first, by column. */
  const bytesAt = new Map<number, number>();
  let nRows = 0;
  for (const row of rows) {
    for (let c = 0; c < columns.length; c++) {
      let cell = row[c];
      if (cell instanceof Uint8Array && columns[c]) {
        if (!bytesAt.has(c)) bytesAt.set(c, nRows + 1);
        cell = null;
      }
      columns[c]?.push(cell);
    }
    nRows++;
  }
  const refused = [...bytesAt].filter(([c]) => !exclude.includes(names[c]!));
  if (refused.length > 0) {
    throw new MlopsError(
      'COLUMN_UNSUPPORTED',
      refused.map(
        ([c, row]) =>
          `${source}: column "${names[c]}" holds bytes (row ${row}); put it under data.exclude, or name others in a ?query=`,
      ),
    );
  }
  for (const c of bytesAt.keys()) {
    columns[c] = undefined;
    onLeftOut?.(names[c]!);
  }
  return { nRows, columns: columns.filter((column) => column !== undefined).map((column) => column.column()) };
}

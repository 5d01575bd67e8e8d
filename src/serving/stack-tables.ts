import { concatTables } from '../data/concat.ts';
import type { Column, Table } from '../data/table.ts';
import { conformColumn } from '../model/conform.ts';

type Kind = Column['kind'];

/**
 * The rows of tables that may lack columns of one another, under one another. Cells of a column that a table lacks are
 * missing; a column that is of different kinds becomes texts.
 *
 * @param kinds columns that are there in any case, first and in this order, with their kinds
 */
export function stackTables(tables: readonly Table[], kinds: Readonly<Record<string, Kind>>): Table {
  const kindOf = new Map<string, Kind>(Object.entries(kinds));
  for (const table of tables) {
    for (const { name, kind } of table.columns) {
      const seen = kindOf.get(name);
      if (seen === undefined) kindOf.set(name, kind);
      else if (seen !== kind && !Object.hasOwn(kinds, name)) kindOf.set(name, 'categorical');
    }
  }
  const none: Table = { nRows: 0, columns: [] };
  const alike = [none, ...tables].map((table): Table => {
    const byName = new Map(table.columns.map((column) => [column.name, column]));
    const columns = [...kindOf].map(([name, kind]) => {
      const column = byName.get(name);
      return column ? conformColumn(column, kind) : missingColumn(name, kind, table.nRows);
    });
    return { nRows: table.nRows, columns };
  });
  return concatTables(alike, 'the prediction log');
}

/** A column without any value. */
export function missingColumn(name: string, kind: Kind, nRows: number): Column {
  if (kind === 'categorical') return { kind, name, codes: new Int32Array(nRows).fill(-1), categories: [] };
  const values = new Float64Array(nRows).fill(Number.NaN);
  return kind === 'numeric' ? { kind, name, values, integer: true } : { kind, name, values };
}

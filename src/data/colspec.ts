import type { Column, Table } from './table.ts';

/** A column as MLflow's schemas name it. */
export interface ColumnSpec {
  readonly type: 'double' | 'long' | 'string' | 'datetime';
  readonly name: string;
}

/** The columns of a table in MLflow's terms; its `long` cannot be missing, so that whole numbers with gaps are `double`. */
export function columnSpecs(table: Table): ColumnSpec[] {
  return table.columns.map((column) => ({ type: typeOf(column), name: column.name }));
}

function typeOf(column: Column): ColumnSpec['type'] {
  if (column.kind === 'categorical') return 'string';
  if (column.kind === 'datetime') return 'datetime';
  return column.integer && !column.values.some((value) => Number.isNaN(value)) ? 'long' : 'double';
}

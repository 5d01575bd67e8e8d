import { type Column, getColumn, type Table } from '../data/table.ts';
import type { Operation, Rows } from './step-kind.ts';
import { stepKind } from './steps/registry.ts';

/** The columns of the table, and those that the operations make of them, which take the place of what has their name. */
export function applyOperations(operations: readonly Operation[], table: Table): Table {
  if (operations.length === 0) return table;
  const columns = new Map(table.columns.map((column) => [column.name, column]));
  for (const operation of operations) {
    const cells = operation.inputs.map((name) => columns.get(name) ?? getColumn(table, name, 'feature'));
    for (const column of applyOperation(operation, cells, table)) columns.set(column.name, column);
  }
  return { nRows: table.nRows, columns: [...columns.values()] };
}

export function applyOperation(operation: Operation, columns: readonly Column[], rows: Rows): readonly Column[] {
  return stepKind(operation.kind).apply!(operation, columns, rows);
}

/** Without the operations that nothing needs, and the raw columns that the others and `wanted` read. */
export function prune(
  operations: readonly Operation[],
  wanted: readonly string[],
): { operations: Operation[]; inputs: Set<string> } {
  const needed = new Set(wanted);
  const kept: Operation[] = [];
  for (const operation of operations.toReversed()) {
    if (!operation.outputs.some((name) => needed.has(name))) continue;
    kept.push(operation);
    for (const name of operation.outputs) needed.delete(name);
    for (const name of operation.inputs) needed.add(name);
  }
  return { operations: kept.reverse(), inputs: needed };
}

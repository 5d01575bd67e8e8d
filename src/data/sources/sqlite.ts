import { DatabaseSync } from 'node:sqlite';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { Table } from '../table.ts';
import type { SqlitePart } from './part.ts';
import { type Cell, tableFromRows } from './rows.ts';

/**
 * The rows of a table or query of an SQLite file, which is opened for reading only.
 *
 * @throws DATA_NOT_FOUND · DATA_UNREADABLE with SQLite's own words
 */
export function readSqlite(part: SqlitePart): Table {
  let db: DatabaseSync;
  try {
    db = new DatabaseSync(part.path, { readOnly: true });
  } catch (error) {
    throw new MlopsError('DATA_NOT_FOUND', `${part.name}: ${(error as Error).message}`, { cause: error });
  }
  try {
    const statement = db.prepare(part.query);
    const names = statement.columns().map((column) => column.name);
    const rows = statement.all() as Record<string, Cell>[];
    return tableFromRows(part.name, names, rows);
  } catch (error) {
    if (error instanceof MlopsError) throw error;
    throw new MlopsError('DATA_UNREADABLE', `${part.name}: ${(error as Error).message}`, { cause: error });
  } finally {
    db.close();
  }
}

import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { MlopsError } from '../../errors/mlops-error.ts';
import { didYouMean, listSome } from '../../errors/suggest.ts';
import type { Table } from '../table.ts';
import type { SqlitePart } from './part.ts';
import { prepareReading } from './read-only.ts';
import { type Cell, tableFromRows, type WantedKinds } from './rows.ts';

/** How long another process may hold the lock of the file. */
const LOCK_MS = 10_000;

/**
 * The rows of a table or query of an SQLite file, which is opened for reading only.
 *
 * @throws DATA_NOT_FOUND without the file or the table · DATA_UNREADABLE with SQLite's own words, or when the query does
 *   more than read · COLUMN_DUPLICATE · COLUMN_UNSUPPORTED
 */
export function readSqlite(part: SqlitePart, wanted?: WantedKinds): Table {
  if (!existsSync(part.path))
    throw new MlopsError('DATA_NOT_FOUND', `"data" is "${part.name}", but no such file is there`);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(part.path, { readOnly: true, timeout: LOCK_MS });
    return rowsOf(db, part, wanted);
  } catch (error) {
    if (error instanceof MlopsError) throw error;
    const { message } = error as Error;
    const missing = /^no such table: (.+)$/.exec(message)?.[1];
    if (db && missing !== undefined) throw noSuchTable(db, part, missing, error);
    throw new MlopsError('DATA_UNREADABLE', `${part.name}: ${message}`, { cause: error });
  } finally {
    db?.close();
  }
}

function rowsOf(db: DatabaseSync, part: SqlitePart, wanted: WantedKinds | undefined): Table {
  const statement = prepareReading(db, part.name, part.query);
  statement.setReturnArrays(true);
  const names = statement.columns().map((column) => column.name);
  const rows = () => statement.iterate() as Iterable<unknown> as Iterable<readonly Cell[]>;
  try {
    return tableFromRows(part.name, names, rows(), wanted);
  } catch (error) {
    // Whole numbers beyond 2^53: slower as BigInt, and only where they are.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_OUT_OF_RANGE') throw error;
    if (wanted) wanted.unparsed.length = 0;
    statement.setReadBigInts(true);
    return tableFromRows(part.name, names, rows(), wanted);
  }
}

function noSuchTable(db: DatabaseSync, part: SqlitePart, missing: string, cause: unknown): MlopsError {
  const query =
    "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\'";
  const tables = db
    .prepare(`${query} order by name`)
    .all()
    .map((row) => String(row.name));
  const there = tables.length === 0 ? 'It has no table' : `Tables: ${listSome(tables)}`;
  return new MlopsError(
    'DATA_NOT_FOUND',
    `"data" is "${part.name}", but the file has no table "${missing}". ${there}.${didYouMean(missing, tables)}`,
    { cause },
  );
}

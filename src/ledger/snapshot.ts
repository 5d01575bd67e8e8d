import { z } from 'zod';
import type { StoreDatabase } from '../tracking/sqlite/store-database.ts';
import { isArtifactPath, isPortable, type Locations } from './locations.ts';
import type { LedgerContents } from './operation.ts';
import { damaged, FORMAT, jsonLines, parseLine } from './segment.ts';

/** The tables that operations write to, those that others refer to first. */
const TABLES = [
  ...['experiments', 'runs', 'params', 'tags', 'metrics', 'latest_metrics', 'datasets', 'inputs', 'input_tags'],
  ...['logged_models', 'logged_model_tags', 'registered_models', 'registered_model_tags'],
  ...['registered_model_aliases', 'model_versions', 'model_version_tags'],
] as const;

/** Columns that say where artifacts are. */
const LOCATIONS = new Set(['artifact_location', 'artifact_uri', 'storage_location']);

const FILES = { table: 'files', columns: ['path', 'digest', 'size'] };

const headerSchema = z.strictObject({ format: z.literal(FORMAT), through: z.int().min(1) });
const tableSchema = z.strictObject({ table: z.string(), columns: z.array(z.string()) });
const rowSchema = z.array(z.union([z.string(), z.number(), z.null()]));
const fileSchema = z.tuple([z.string().refine(isArtifactPath), z.string().regex(/^[0-9a-f]{64}$/), z.int().min(0)]);

type Value = string | number | null;

/**
 * The state after segment `through` as text, one row a line, so that opening a ledger does not read its whole log. The same
 * state gives the same text.
 */
export function writeSnapshot({ db, files, locations }: LedgerContents, through: number): string {
  const lines: unknown[] = [{ format: FORMAT, through }];
  for (const table of TABLES) {
    const columns = columnsOf(db, table);
    lines.push({ table, columns });
    for (const row of db.all(`SELECT ${columns.join(', ')} FROM ${table} ORDER BY rowid`)) {
      lines.push(columns.map((column) => toText(column, row[column] as Value, locations)));
    }
  }
  lines.push(FILES);
  for (const [path, { digest, size }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push([path, digest, size]);
  }
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Puts a snapshot into an empty store, inside a transaction that the caller holds. @throws LEDGER_DAMAGED */
export function readSnapshot({ db, files, locations }: LedgerContents, path: string, text: string): void {
  const [header, ...lines] = jsonLines(path, text);
  parseLine(path, 1, headerSchema, header);
  // The row that every new store has; the snapshot has its own.
  db.run('DELETE FROM experiments');
  let table: { name: string; columns: string[]; insert: string } | undefined;
  lines.forEach((line, i) => {
    const at = i + 2;
    if (!Array.isArray(line)) {
      table = tableOf(db, path, at, parseLine(path, at, tableSchema, line));
    } else if (table === undefined) {
      throw damaged(path, at, 'is a row of no table');
    } else if (table.name === FILES.table) {
      const [file, digest, size] = parseLine(path, at, fileSchema, line);
      files.set(file, { digest, size });
    } else {
      const row = parseLine(path, at, rowSchema, line);
      if (row.length !== table.columns.length) throw damaged(path, at, `has ${row.length} values`);
      const values = table.columns.map((column, c) => toValue(path, at, column, row[c]!, locations));
      db.run(table.insert, ...values);
    }
  });
}

function tableOf(db: StoreDatabase, path: string, line: number, { table, columns }: z.output<typeof tableSchema>) {
  if (table === FILES.table) return { name: table, columns, insert: '' };
  // Names from the branch become SQL only when they are those of the schema.
  const known = TABLES.some((name) => name === table) ? columnsOf(db, table) : [];
  const unknown = columns.filter((column) => !known.includes(column));
  if (known.length === 0 || columns.length === 0 || unknown.length > 0) {
    throw damaged(path, line, `names a table or column that the store does not have: ${table} ${unknown.join(', ')}`);
  }
  const places = columns.map(() => '?').join(', ');
  return { name: table, columns, insert: `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})` };
}

function columnsOf(db: StoreDatabase, table: string): string[] {
  return db.all('SELECT name FROM pragma_table_info(?)', table).map((row) => String(row.name));
}

function toText(column: string, value: Value, locations: Locations): Value {
  return typeof value === 'string' && LOCATIONS.has(column) ? locations.toPortable(value) : value;
}

function toValue(path: string, line: number, column: string, value: Value, locations: Locations): Value {
  if (typeof value !== 'string' || !LOCATIONS.has(column)) return value;
  if (!isPortable(value)) throw damaged(path, line, `has a place of artifacts that no other machine has: ${value}`);
  return locations.toLocal(value);
}

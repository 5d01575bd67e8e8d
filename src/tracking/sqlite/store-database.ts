import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { checkSchema } from './check-schema.ts';
import { CREATE_TABLES, SCHEMA_REVISION } from './schema.ts';
import { databaseError } from './sqlite-errors.ts';

export type Row = Record<string, SQLOutputValue>;

export interface OpenDatabase {
  /** Absolute path of the file; created with its folder when it does not exist. */
  readonly path: string;
  /** Where new experiments keep their artifacts: a folder or a URI. */
  readonly artifactRoot: string;
  readonly now: () => number;
  /** How long a write waits for another process. */
  readonly busyTimeoutMs?: number;
}

const BUSY_TIMEOUT_MS = 20_000;

/**
 * One SQLite file with MLflow's tables. Reads and writes are short and synchronous; every write is one transaction that
 * holds the write lock from its first read, so that two processes never decide on the same state.
 */
export class StoreDatabase {
  readonly path: string;
  readonly artifactRoot: string;
  /** SQL condition on the tables that newer schemas divide into workspaces: those of the default workspace. */
  readonly ownWorkspace: { readonly experiments: string; readonly models: string };
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor({ path, artifactRoot, now, busyTimeoutMs = BUSY_TIMEOUT_MS }: OpenDatabase) {
    this.path = path;
    this.artifactRoot = artifactRoot;
    try {
      mkdirSync(dirname(path), { recursive: true });
      this.#db = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
    } catch (error) {
      throw databaseError(error, path);
    }
    try {
      this.#guard(() => this.#create(now()));
      const tables = this.#guard(() => this.#tables());
      checkSchema(tables, path);
      const scope = (table: string) =>
        tables.get(table)!.some((column) => column.name === 'workspace') ? "workspace = 'default'" : '1';
      this.ownWorkspace = { experiments: scope('experiments'), models: scope('registered_models') };
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#guard(() => this.#statement(sql).all(...values));
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(...values));
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return this.#guard(() => Number(this.#statement(sql).run(...values).changes));
  }

  /** Runs `work` as one transaction under the write lock; whatever it throws leaves the file as it was. */
  write<T>(work: () => T): T {
    this.#guard(() => this.#db.exec('BEGIN IMMEDIATE'));
    try {
      const result = work();
      this.#guard(() => this.#db.exec('COMMIT'));
      return result;
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    if (!this.#db.isOpen) return;
    this.#statements.clear();
    this.#db.close();
  }

  /** Creates all tables in an empty file, in one transaction: another process sees none of them or all. */
  #create(now: number): void {
    const isEmpty = () => this.#db.prepare('SELECT count(*) AS n FROM sqlite_master').get()!.n === 0;
    if (!isEmpty()) return;
    this.write(() => {
      if (!isEmpty()) return;
      this.#db.exec(CREATE_TABLES);
      this.#db.prepare('INSERT INTO alembic_version (version_num) VALUES (?)').run(SCHEMA_REVISION);
      this.#db
        .prepare(
          `INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
           VALUES (0, 'Default', ?, 'active', ?, ?)`,
        )
        .run(joinLocation(this.artifactRoot, '0'), now, now);
    });
  }

  #tables(): Map<string, { name: string; required: boolean }[]> {
    const rows = this.#db
      .prepare(
        `SELECT m.name AS table_name, c.name AS name, c."notnull" AS required, c.dflt_value AS initial
         FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`,
      )
      .all();
    const tables = new Map<string, { name: string; required: boolean }[]>();
    for (const row of rows) {
      const columns = tables.get(String(row.table_name)) ?? [];
      columns.push({ name: String(row.name), required: row.required === 1 && row.initial === null });
      tables.set(String(row.table_name), columns);
    }
    return tables;
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw databaseError(error, this.path);
    }
  }
}

/** `<location>/<path>` for folders and URIs alike. */
export function joinLocation(location: string, path: string): string {
  if (path === '') return location;
  return `${location.replace(/\/+$/, '')}/${path}`;
}

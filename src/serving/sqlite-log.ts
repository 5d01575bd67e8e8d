import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { MlopsError } from '../errors/mlops-error.ts';
import { databaseError } from '../tracking/sqlite/sqlite-errors.ts';
import type { LogStore, StoredRecord } from './log-record.ts';

/** In the header of the file: `MLPL`. */
const APPLICATION_ID = 0x4d4c504c;
const SCHEMA_VERSION = 1;

/** How long a write waits for other processes; it does so without holding up this one. */
const PATIENCE_MS = 20_000;
const RETRY_MS = 20;

/** One row a record; the view shows one row a prediction, for people. */
const SCHEMA = `
CREATE TABLE requests (
  number INTEGER PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE,
  time INTEGER NOT NULL,
  model_name TEXT NOT NULL,
  model_version INTEGER NOT NULL,
  model_digest TEXT NOT NULL,
  latency_ms REAL NOT NULL,
  rows INTEGER NOT NULL,
  inputs TEXT NOT NULL,
  outputs TEXT NOT NULL
) STRICT;
CREATE INDEX requests_by_model ON requests (model_name, model_digest, time);
CREATE VIEW predictions AS
  SELECT request_id, cell.key AS row, time, model_name, model_version, latency_ms, cell.value AS prediction
  FROM requests, json_each(requests.outputs, '$.columns[0].values') AS cell;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;

const INSERT = `
INSERT INTO requests (request_id, time, model_name, model_version, model_digest, latency_ms, rows, inputs, outputs)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (request_id) DO UPDATE SET rows = excluded.rows, inputs = excluded.inputs, outputs = excluded.outputs`;

const SELECT = `
SELECT request_id AS id, time, model_name AS model, model_version AS version, model_digest AS digest,
  latency_ms AS latencyMs, rows, inputs, outputs
FROM requests WHERE model_name = ? AND model_digest = ? AND time >= ? ORDER BY number`;

/**
 * Opens or creates a log in an SQLite file, which several processes may write to at once.
 *
 * @throws LOG_DAMAGED when the file is something else · PERMISSION_DENIED · STORE_LOCKED
 */
export function openSqliteLog(path: string): LogStore {
  const db = guarded(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    return new DatabaseSync(path, { timeout: PATIENCE_MS });
  });
  try {
    guarded(path, () => {
      if (isEmpty(db)) create(db);
      checkVersion(db, path);
      // Readers and a writer do not wait for one another. A commit survives the end of the process; the disk is waited for
      // when the journal is folded in.
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 0');
    });
  } catch (error) {
    db.close();
    throw error;
  }
  return storeOf(db, path);
}

/** Opens a log for reading; undefined: there is no file. @throws LOG_DAMAGED */
export function readSqliteLog(path: string): LogStore | undefined {
  if (!existsSync(path)) return undefined;
  // Not as a read-only connection: when it is the last one to close, it would leave the journal lying about.
  const db = guarded(path, () => new DatabaseSync(path, { timeout: PATIENCE_MS }));
  try {
    guarded(path, () => {
      db.exec('PRAGMA query_only = 1');
      checkVersion(db, path);
    });
  } catch (error) {
    db.close();
    throw error;
  }
  return storeOf(db, path);
}

function storeOf(db: DatabaseSync, path: string): LogStore {
  return {
    write: async (records) => {
      if (records.length === 0) return;
      const deadline = performance.now() + PATIENCE_MS;
      while (!tryWrite(db, path, records, performance.now() >= deadline)) await sleep(RETRY_MS);
    },
    has: async (id) =>
      guarded(path, () => db.prepare('SELECT 1 AS found FROM requests WHERE request_id = ?').get(id) !== undefined),
    read: async ({ model, digest, from }) =>
      guarded(path, () => db.prepare(SELECT).all(model, digest, from) as unknown as StoredRecord[]),
    close: async () => {
      if (db.isOpen) db.close();
    },
  };
}

/** @returns false when another process is writing and this was not the last attempt */
function tryWrite(db: DatabaseSync, path: string, records: readonly StoredRecord[], last: boolean): boolean {
  try {
    guarded(path, () => {
      db.exec('BEGIN IMMEDIATE');
      const insert = db.prepare(INSERT);
      for (const r of records) {
        insert.run(r.id, r.time, r.model, r.version, r.digest, r.latencyMs, r.rows, r.inputs, r.outputs);
      }
      db.exec('COMMIT');
    });
    return true;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    if (!last && error instanceof MlopsError && error.code === 'STORE_LOCKED') return false;
    throw error;
  }
}

function isEmpty(db: DatabaseSync): boolean {
  return pragma(db, 'application_id') === 0 && db.prepare('SELECT count(*) AS n FROM sqlite_master').get()!.n === 0;
}

/** Another process sees no table or all of them. */
function create(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    if (isEmpty(db)) db.exec(SCHEMA);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function checkVersion(db: DatabaseSync, path: string): void {
  if (pragma(db, 'application_id') !== APPLICATION_ID) {
    throw new MlopsError('LOG_DAMAGED', `${path} is an SQLite database, but no prediction log; name another file`);
  }
  const version = pragma(db, 'user_version');
  if (version !== SCHEMA_VERSION) {
    throw new MlopsError(
      'LOG_DAMAGED',
      `${path} is a prediction log of schema ${version}, this version of the toolkit reads schema ${SCHEMA_VERSION}`,
    );
  }
}

function pragma(db: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()![name]);
}

/** SQLite's errors in the words of the log. */
function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const known = databaseError(error, path);
    if (known instanceof MlopsError && (known.code === 'STORE_DAMAGED' || known.code === 'STORE_SCHEMA_UNKNOWN')) {
      throw new MlopsError('LOG_DAMAGED', known.message, { cause: error });
    }
    throw known;
  }
}

import { MlopsError } from '../../errors/mlops-error.ts';
import { didYouMean, listSome } from '../../errors/suggest.ts';
import type { Row, StoreDatabase } from '../../tracking/sqlite/store-database.ts';
import { WRITTEN_ONCE } from '../names.ts';

/** What changes a registry, with every number and time decided; see TrackingOperation. */
export type RegistryOperation =
  | { op: 'createRegisteredModel'; name: string; description: string; time: number }
  | { op: 'setRegisteredModelTag'; name: string; key: string; value: string }
  | {
      op: 'createModelVersion';
      name: string;
      version: number;
      modelId: string;
      runId: string;
      /** `''`: where the logged model is. */
      storageLocation: string;
      description: string;
      tags: Readonly<Record<string, string>>;
      time: number;
    }
  | { op: 'setAlias'; name: string; alias: string; version: number; time: number }
  | { op: 'deleteAlias'; name: string; alias: string; time: number }
  | { op: 'setModelVersionTag'; name: string; version: number; key: string; value: string };

/** Applies one operation inside a transaction that the caller holds. */
export function applyRegistry(db: StoreDatabase, operation: RegistryOperation): void {
  switch (operation.op) {
    case 'createRegisteredModel':
      insertModel(db, operation.name, operation.description, operation.time);
      return;
    case 'setRegisteredModelTag':
      setRegisteredModelTag(db, operation);
      return;
    case 'createModelVersion':
      createModelVersion(db, operation);
      return;
    case 'setAlias':
      requireVersion(db, operation.name, operation.version);
      db.run(
        `INSERT INTO registered_model_aliases (alias, version, name) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET version = excluded.version`,
        operation.alias,
        operation.version,
        operation.name,
      );
      touch(db, operation.name, operation.time);
      return;
    case 'deleteAlias':
      requireModel(db, operation.name);
      db.run(
        `DELETE FROM registered_model_aliases WHERE name = ? AND alias = ? AND ${db.ownWorkspace.models}`,
        operation.name,
        operation.alias,
      );
      touch(db, operation.name, operation.time);
      return;
    case 'setModelVersionTag': {
      const { name, version, key, value } = operation;
      requireVersion(db, name, version);
      setVersionTag(db, name, version, key, value);
      return;
    }
  }
}

type Operation<Name extends RegistryOperation['op']> = Extract<RegistryOperation, { op: Name }>;

export function requireModel(db: StoreDatabase, name: string): Row {
  const row = db.get(
    `SELECT name, creation_time, last_updated_time, description FROM registered_models
     WHERE name = ? AND ${db.ownWorkspace.models}`,
    name,
  );
  if (row) return row;
  const names = modelNames(db);
  throw new MlopsError(
    'MODEL_NOT_FOUND',
    `there is no registered model "${name}". Registered models: ${listSome(names) || 'none'}.${didYouMean(name, names)}`,
  );
}

/** All names but those of prompts, which MLflow keeps in the same table. */
export function modelNames(db: StoreDatabase): string[] {
  const own = db.ownWorkspace.models;
  return db
    .all(
      `SELECT name FROM registered_models WHERE ${own} AND name NOT IN
         (SELECT name FROM registered_model_tags WHERE key = 'mlflow.prompt.is_prompt' AND value = 'true' AND ${own})
       ORDER BY name`,
    )
    .map((row) => String(row.name));
}

const VERSION_COLUMNS = 'version, creation_time, description, source, run_id, status, storage_location';

/** Rows of the versions that are not deleted, newest first. */
export function versionRows(db: StoreDatabase, name: string): Row[] {
  return db.all(
    `SELECT ${VERSION_COLUMNS} FROM model_versions
     WHERE name = ? AND current_stage <> 'Deleted_Internal' AND ${db.ownWorkspace.models} ORDER BY version DESC`,
    name,
  );
}

export function requireVersion(db: StoreDatabase, name: string, version: number): Row {
  requireModel(db, name);
  const rows = versionRows(db, name);
  const row = rows.find((candidate) => candidate.version === version);
  if (row) return row;
  const there = rows.map((candidate) => String(candidate.version));
  throw new MlopsError(
    'MODEL_VERSION_NOT_FOUND',
    `model "${name}" has no version ${version}. Versions: ${listSome(there) || 'none'}`,
  );
}

/** The number that the next version gets; those of deleted versions are not given again. */
export function nextVersion(db: StoreDatabase, name: string): number {
  const row = db.get(
    `SELECT coalesce(max(version), 0) AS last FROM model_versions WHERE name = ? AND ${db.ownWorkspace.models}`,
    name,
  );
  return Number(row!.last) + 1;
}

function insertModel(db: StoreDatabase, name: string, description: string, time: number): void {
  db.run(
    `INSERT OR IGNORE INTO registered_models (name, creation_time, last_updated_time, description) VALUES (?, ?, ?, ?)`,
    name,
    time,
    time,
    description,
  );
}

function setRegisteredModelTag(db: StoreDatabase, { name, key, value }: Operation<'setRegisteredModelTag'>): void {
  requireModel(db, name);
  if (key.startsWith(WRITTEN_ONCE)) {
    const known = db.get(
      `SELECT value FROM registered_model_tags WHERE name = ? AND key = ? AND ${db.ownWorkspace.models}`,
      name,
      key,
    )?.value;
    if (known !== undefined && known !== value) {
      throw new MlopsError(
        'LEDGER_CONFLICT',
        `"${key}" of model "${name}" has been written by another run in the meantime: ${String(known).slice(0, 200)}`,
      );
    }
  }
  db.run(
    `INSERT INTO registered_model_tags (key, value, name) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET value = excluded.value`,
    key,
    value,
    name,
  );
}

function createModelVersion(db: StoreDatabase, version: Operation<'createModelVersion'>): void {
  const { name, time, modelId } = version;
  insertModel(db, name, '', time);
  const logged = db.get('SELECT artifact_location, experiment_id FROM logged_models WHERE model_id = ?', modelId);
  if (!logged && version.storageLocation === '')
    throw new MlopsError('MODEL_NOT_FOUND', `there is no logged model "${modelId}" in ${db.path}`);
  db.run(
    `INSERT INTO model_versions (name, version, creation_time, last_updated_time, description, current_stage, source, run_id,
       status, storage_location) VALUES (?, ?, ?, ?, ?, 'None', ?, ?, 'READY', ?)`,
    name,
    version.version,
    time,
    time,
    version.description,
    `models:/${modelId}`,
    version.runId,
    version.storageLocation || String(logged!.artifact_location),
  );
  for (const [key, value] of Object.entries(version.tags)) setVersionTag(db, name, version.version, key, value);
  if (logged) noteVersion(db, modelId, Number(logged.experiment_id), { name, version: version.version });
  touch(db, name, time);
}

/** MLflow lists in a tag of the logged model as which versions it is registered. */
function noteVersion(
  db: StoreDatabase,
  modelId: string,
  experimentId: number,
  entry: { name: string; version: number },
): void {
  const key = 'mlflow.modelVersions';
  const known = db.get('SELECT tag_value FROM logged_model_tags WHERE model_id = ? AND tag_key = ?', modelId, key);
  const entries = [...(JSON.parse(String(known?.tag_value ?? '[]')) as unknown[]), entry];
  db.run(
    `INSERT INTO logged_model_tags (model_id, experiment_id, tag_key, tag_value) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET tag_value = excluded.tag_value`,
    modelId,
    experimentId,
    key,
    JSON.stringify(entries),
  );
}

function setVersionTag(db: StoreDatabase, name: string, version: number, key: string, value: string): void {
  db.run(
    `INSERT INTO model_version_tags (key, value, name, version) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET value = excluded.value`,
    key,
    value,
    name,
    version,
  );
}

function touch(db: StoreDatabase, name: string, time: number): void {
  db.run(`UPDATE registered_models SET last_updated_time = ? WHERE name = ? AND ${db.ownWorkspace.models}`, time, name);
}

import { MlopsError } from '../../errors/mlops-error.ts';
import type { DatasetInput, Metric, RunStatus } from '../tracking-store.ts';
import { joinLocation, type StoreDatabase } from './store-database.ts';

/**
 * What changes a tracking store, with every id and time decided: applying the same operations to an empty store gives the
 * same store, which is how the ledger rebuilds one. Times in milliseconds since the epoch.
 */
export type TrackingOperation =
  | {
      op: 'createExperiment';
      experimentId: string;
      name: string;
      time: number;
      /** Default: below the artifact root of the database. */
      artifactLocation?: string | undefined;
    }
  | {
      op: 'createRun';
      runId: string;
      experimentId: string;
      runName: string;
      time: number;
      tags: Readonly<Record<string, string>>;
    }
  | {
      op: 'logBatch';
      runId: string;
      params: Readonly<Record<string, string>>;
      metrics: readonly Metric[];
      tags: Readonly<Record<string, string>>;
    }
  | { op: 'logDatasets'; runId: string; datasets: readonly (DatasetInput & { datasetId: string; inputId: string })[] }
  | { op: 'endRun'; runId: string; status: RunStatus; time: number }
  | {
      op: 'createLoggedModel';
      modelId: string;
      name: string;
      experimentId: string;
      runId: string;
      outputId: string;
      time: number;
    }
  | { op: 'finalizeLoggedModel'; modelId: string; status: 'READY' | 'FAILED'; time: number };

/** How MLflow numbers the status of a logged model. */
export const LOGGED_MODEL_STATUS = { PENDING: 1, READY: 2, FAILED: 3 } as const;

/** The largest double stands for infinity in MLflow's SQL stores. */
export const STORED_INFINITY = Number.MAX_VALUE;

/** Applies one operation inside a transaction that the caller holds. */
export function applyTracking(db: StoreDatabase, operation: TrackingOperation): void {
  switch (operation.op) {
    case 'createExperiment':
      createExperiment(db, operation);
      return;
    case 'createRun':
      createRun(db, operation);
      return;
    case 'logBatch':
      requireRun(db, operation.runId);
      for (const [key, value] of Object.entries(operation.params)) setParam(db, operation.runId, key, value);
      addMetrics(db, operation.runId, operation.metrics);
      setRunTags(db, operation.runId, operation.tags);
      return;
    case 'logDatasets':
      logDatasets(db, operation);
      return;
    case 'endRun':
      requireRun(db, operation.runId);
      db.run(
        'UPDATE runs SET status = ?, end_time = ? WHERE run_uuid = ?',
        operation.status,
        operation.time,
        operation.runId,
      );
      return;
    case 'createLoggedModel':
      createLoggedModel(db, operation);
      return;
    case 'finalizeLoggedModel':
      db.run(
        'UPDATE logged_models SET status = ?, last_updated_timestamp_ms = ? WHERE model_id = ?',
        LOGGED_MODEL_STATUS[operation.status],
        operation.time,
        operation.modelId,
      );
      return;
  }
}

type Operation<Name extends TrackingOperation['op']> = Extract<TrackingOperation, { op: Name }>;

/** Where an active run is, or the error that there is none. */
export function requireRun(db: StoreDatabase, runId: string): { experimentId: number } {
  const row = db.get('SELECT experiment_id, lifecycle_stage FROM runs WHERE run_uuid = ?', runId);
  if (!row) throw new MlopsError('RUN_NOT_FOUND', `there is no run "${runId}" in ${db.path}`);
  if (row.lifecycle_stage !== 'active') throw new MlopsError('RUN_NOT_FOUND', `run "${runId}" has been deleted`);
  return { experimentId: Number(row.experiment_id) };
}

function createExperiment(db: StoreDatabase, operation: Operation<'createExperiment'>): void {
  const { experimentId, name, time } = operation;
  db.run(
    `INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
     VALUES (?, ?, ?, 'active', ?, ?)`,
    Number(experimentId),
    name,
    operation.artifactLocation ?? joinLocation(db.artifactRoot, experimentId),
    time,
    time,
  );
}

function experimentLocation(db: StoreDatabase, experimentId: string): string {
  const row = db.get('SELECT artifact_location FROM experiments WHERE experiment_id = ?', Number(experimentId));
  if (!row)
    throw new MlopsError('EXPERIMENT_NOT_FOUND', `there is no experiment with id ${experimentId} in ${db.path}`);
  return String(row.artifact_location);
}

function createRun(db: StoreDatabase, run: Operation<'createRun'>): void {
  const location = joinLocation(experimentLocation(db, run.experimentId), `${run.runId}/artifacts`);
  db.run(
    `INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time,
       source_version, lifecycle_stage, artifact_uri, experiment_id)
     VALUES (?, ?, 'UNKNOWN', '', '', ?, 'RUNNING', ?, NULL, '', 'active', ?, ?)`,
    run.runId,
    run.runName,
    run.tags['mlflow.user'] ?? '',
    run.time,
    location,
    Number(run.experimentId),
  );
  setRunTags(db, run.runId, { 'mlflow.runName': run.runName, ...run.tags });
}

function setParam(db: StoreDatabase, runId: string, key: string, value: string): void {
  const known = db.get('SELECT value FROM params WHERE run_uuid = ? AND key = ?', runId, key)?.value;
  if (known === value) return;
  if (known !== undefined) {
    throw new MlopsError(
      'RECORD_INVALID',
      `param "${key}" of run ${runId} is "${known}" and cannot become "${value}": a param of a run is written once`,
    );
  }
  db.run('INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)', key, value, runId);
}

/** All points, and of each metric the latest: the greatest by step, then time, then value, whatever the order of arrival. */
function addMetrics(db: StoreDatabase, runId: string, metrics: readonly Metric[]): void {
  const latest = new Map<string, Metric>();
  for (const metric of metrics) {
    const [value, isNan] = stored(metric.value);
    db.run(
      'INSERT OR IGNORE INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)',
      metric.key,
      value,
      metric.timestamp,
      runId,
      metric.step,
      isNan,
    );
    const known = latest.get(metric.key);
    if (known === undefined || isLater(metric, known)) latest.set(metric.key, metric);
  }
  for (const { key, value, timestamp, step } of latest.values()) {
    db.run(
      `INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp, step = excluded.step,
         is_nan = excluded.is_nan
       WHERE (excluded.step, excluded.timestamp, excluded.value) > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)`,
      key,
      stored(value)[0],
      timestamp,
      step,
      stored(value)[1],
      runId,
    );
  }
}

function isLater(a: Metric, b: Metric): boolean {
  if (a.step !== b.step) return a.step > b.step;
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp;
  return stored(a.value)[0] > stored(b.value)[0];
}

/** As MLflow writes it: a number, and whether it stands for NaN. */
function stored(value: number): [value: number, isNan: 0 | 1] {
  return Number.isNaN(value) ? [0, 1] : [Math.max(-STORED_INFINITY, Math.min(STORED_INFINITY, value)), 0];
}

function setRunTags(db: StoreDatabase, runId: string, tags: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(tags)) {
    db.run(
      'INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      key,
      value,
      runId,
    );
    if (key === 'mlflow.runName') db.run('UPDATE runs SET name = ? WHERE run_uuid = ?', value, runId);
  }
}

function logDatasets(db: StoreDatabase, { runId, datasets }: Operation<'logDatasets'>): void {
  const { experimentId } = requireRun(db, runId);
  for (const dataset of datasets) {
    db.run(
      `INSERT OR IGNORE INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source,
         dataset_schema, dataset_profile) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      dataset.datasetId,
      experimentId,
      dataset.name,
      dataset.digest,
      dataset.sourceType,
      dataset.source,
      dataset.schema,
      dataset.profile,
    );
    const { dataset_uuid: id } = db.get(
      'SELECT dataset_uuid FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?',
      experimentId,
      dataset.name,
      dataset.digest,
    )!;
    const added = db.run(
      `INSERT OR IGNORE INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step)
       VALUES (?, 'DATASET', ?, 'RUN', ?, 0)`,
      dataset.inputId,
      String(id),
      runId,
    );
    if (added > 0) {
      db.run(
        "INSERT INTO input_tags (input_uuid, name, value) VALUES (?, 'mlflow.data.context', ?)",
        dataset.inputId,
        dataset.context,
      );
    }
  }
}

function createLoggedModel(db: StoreDatabase, model: Operation<'createLoggedModel'>): void {
  const location = joinLocation(experimentLocation(db, model.experimentId), `models/${model.modelId}/artifacts`);
  db.run(
    `INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms,
       last_updated_timestamp_ms, status, lifecycle_stage, source_run_id) VALUES (?, ?, ?, ?, ?, ?, ?, 'active', ?)`,
    model.modelId,
    Number(model.experimentId),
    model.name,
    location,
    model.time,
    model.time,
    LOGGED_MODEL_STATUS.PENDING,
    model.runId,
  );
  requireRun(db, model.runId);
  db.run(
    `INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step)
     VALUES (?, 'RUN_OUTPUT', ?, 'MODEL_OUTPUT', ?, 0)`,
    model.outputId,
    model.runId,
    model.modelId,
  );
}

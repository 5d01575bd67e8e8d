import { randomUUID } from 'node:crypto';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { ArtifactAccess } from '../artifacts/artifact-access.ts';
import { openArtifacts } from '../artifacts/open-artifacts.ts';
import { checkBatch, checkDatasets, checkExperimentName, checkLoggedModelName } from '../limits.ts';
import type {
  ArtifactStore,
  Experiment,
  LoggedModel,
  Metric,
  Run,
  RunStatus,
  SearchRuns,
  TrackingStore,
} from '../tracking-store.ts';
import { applyTracking, LOGGED_MODEL_STATUS, type TrackingOperation } from './operations.ts';
import { readRuns, storedMetric } from './read-runs.ts';
import { searchQuery } from './search-runs.ts';
import { joinLocation, type Row, type StoreDatabase } from './store-database.ts';

export interface SqliteStoreOptions {
  readonly uri: string;
  readonly db: StoreDatabase;
  readonly now: () => number;
  readonly access: ArtifactAccess;
  /** The id of a new experiment; by default the next number. Called inside the transaction that creates it. */
  readonly newExperimentId?: (name: string) => string;
  /** Where new experiments keep artifacts, when not below the artifact root of the database. */
  readonly experimentRoot?: string | undefined;
  /** Told of every operation once it is committed. */
  readonly onCommit?: (operation: TrackingOperation) => void;
}

/** MLflow's tracking store on its own tables in one SQLite file. */
export class SqliteTrackingStore implements TrackingStore {
  readonly uri: string;
  readonly #db: StoreDatabase;
  readonly #now: () => number;
  readonly #access: ArtifactAccess;
  readonly #newExperimentId: (name: string) => string;
  readonly #experimentRoot: string | undefined;
  readonly #onCommit: (operation: TrackingOperation) => void;

  constructor({ uri, db, now, access, newExperimentId, experimentRoot, onCommit }: SqliteStoreOptions) {
    this.uri = uri;
    this.#db = db;
    this.#now = now;
    this.#access = access;
    this.#newExperimentId =
      newExperimentId ?? (() => String(Number(db.get('SELECT max(experiment_id) AS last FROM experiments')!.last) + 1));
    this.#experimentRoot = experimentRoot;
    this.#onCommit = onCommit ?? (() => undefined);
  }

  async getExperimentByName(name: string): Promise<Experiment | undefined> {
    return this.#experiment(name);
  }

  async getOrCreateExperiment(name: string): Promise<Experiment> {
    const found = this.#experiment(name);
    if (found) return found;
    checkExperimentName(name);
    this.#commit(() => {
      if (this.#experiment(name)) return undefined;
      const experimentId = this.#newExperimentId(name);
      const root = this.#experimentRoot;
      return {
        ...{ op: 'createExperiment', experimentId, name, time: this.#now() },
        ...(root === undefined ? {} : { artifactLocation: joinLocation(root, experimentId) }),
      };
    });
    return this.#experiment(name)!;
  }

  async listExperiments(): Promise<Experiment[]> {
    return this.#db
      .all(
        `SELECT experiment_id, name, artifact_location FROM experiments
         WHERE lifecycle_stage = 'active' AND ${this.#db.ownWorkspace.experiments} ORDER BY experiment_id`,
      )
      .map(toExperiment);
  }

  async createRun(run: Parameters<TrackingStore['createRun']>[0]): Promise<Run> {
    checkBatch({ tags: run.tags });
    const { experimentId, runName, startTime: time, tags, runId = newId() } = run;
    this.#commit(() => ({ op: 'createRun', runId, experimentId, runName, time, tags }));
    return this.getRun(runId);
  }

  async logBatch(runId: string, batch: Parameters<TrackingStore['logBatch']>[1]): Promise<void> {
    checkBatch(batch);
    const { params = {}, metrics = [], tags = {} } = batch;
    this.#commit(() => ({ op: 'logBatch', runId, params, metrics, tags }));
  }

  async logDatasets(runId: string, datasets: Parameters<TrackingStore['logDatasets']>[1]): Promise<void> {
    checkDatasets(datasets);
    const named = datasets.map((dataset) => ({ ...dataset, datasetId: newId(), inputId: newId() }));
    this.#commit(() => ({ op: 'logDatasets', runId, datasets: named }));
  }

  async endRun(runId: string, status: RunStatus, endTime: number): Promise<void> {
    this.#commit(() => ({ op: 'endRun', runId, status, time: endTime }));
  }

  async getRun(runId: string): Promise<Run> {
    const [run] = readRuns(this.#db, [runId]);
    if (!run) throw new MlopsError('RUN_NOT_FOUND', `there is no run "${runId}" in ${this.uri}`);
    return run;
  }

  async getMetricHistory(runId: string, key: string): Promise<Metric[]> {
    await this.getRun(runId);
    return this.#db
      .all(
        'SELECT value, timestamp, step, is_nan FROM metrics WHERE run_uuid = ? AND key = ? ORDER BY step, timestamp, value',
        runId,
        key,
      )
      .map((row) => ({ key, value: storedMetric(row), timestamp: Number(row.timestamp), step: Number(row.step) }));
  }

  async searchRuns(search: SearchRuns): Promise<Run[]> {
    const { sql, values } = searchQuery(search);
    return readRuns(
      this.#db,
      this.#db.all(sql, ...values).map((row) => String(row.run_uuid)),
    );
  }

  async createLoggedModel(model: Parameters<TrackingStore['createLoggedModel']>[0]): Promise<LoggedModel> {
    checkLoggedModelName(model.name);
    const { name, experimentId, sourceRunId: runId, modelId = `m-${newId()}` } = model;
    this.#commit(() => ({
      op: 'createLoggedModel',
      modelId,
      name,
      experimentId,
      runId,
      outputId: newId(),
      time: this.#now(),
    }));
    return this.getLoggedModel(modelId);
  }

  async finalizeLoggedModel(modelId: string, status: 'READY' | 'FAILED'): Promise<void> {
    await this.getLoggedModel(modelId);
    this.#commit(() => ({ op: 'finalizeLoggedModel', modelId, status, time: this.#now() }));
  }

  async getLoggedModel(modelId: string): Promise<LoggedModel> {
    const row = this.#db.get(`SELECT ${LOGGED_MODEL} WHERE model_id = ? AND lifecycle_stage = 'active'`, modelId);
    if (!row) throw new MlopsError('MODEL_NOT_FOUND', `there is no logged model "${modelId}" in ${this.uri}`);
    return toLoggedModel(row);
  }

  async listLoggedModels(runId: string): Promise<LoggedModel[]> {
    return this.#db
      .all(
        `SELECT ${LOGGED_MODEL} WHERE source_run_id = ? AND lifecycle_stage = 'active'
         ORDER BY creation_timestamp_ms DESC, rowid DESC`,
        runId,
      )
      .map(toLoggedModel);
  }

  artifacts(location: string): ArtifactStore {
    return openArtifacts(location, this.#access);
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #commit(decide: () => TrackingOperation | undefined): void {
    const operation = this.#db.write(() => {
      const decided = decide();
      if (decided) applyTracking(this.#db, decided);
      return decided;
    });
    if (operation) this.#onCommit(operation);
  }

  #experiment(name: string): Experiment | undefined {
    const row = this.#db.get(
      `SELECT experiment_id, name, artifact_location, lifecycle_stage FROM experiments
       WHERE name = ? AND ${this.#db.ownWorkspace.experiments}`,
      name,
    );
    if (row && row.lifecycle_stage !== 'active') {
      throw new MlopsError(
        'EXPERIMENT_NOT_FOUND',
        `experiment "${name}" has been deleted in ${this.uri}; restore it with \`mlflow experiments restore\` or choose another name`,
      );
    }
    return row && toExperiment(row);
  }
}

const LOGGED_MODEL = 'model_id, name, experiment_id, source_run_id, artifact_location, status FROM logged_models';

/** 32 hexadecimal digits, as MLflow names runs. */
function newId(): string {
  return randomUUID().replaceAll('-', '');
}

function toExperiment(row: Row): Experiment {
  return {
    experimentId: String(row.experiment_id),
    name: String(row.name),
    artifactLocation: String(row.artifact_location),
  };
}

function toLoggedModel(row: Row): LoggedModel {
  const status = Object.entries(LOGGED_MODEL_STATUS).find(([, number]) => number === row.status)?.[0] ?? 'PENDING';
  return {
    modelId: String(row.model_id),
    name: String(row.name),
    experimentId: String(row.experiment_id),
    sourceRunId: String(row.source_run_id ?? ''),
    artifactLocation: String(row.artifact_location),
    status: status as LoggedModel['status'],
  };
}

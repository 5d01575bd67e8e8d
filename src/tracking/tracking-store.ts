/** MLflow's entities and the operations on them that the toolkit needs; names and meanings are MLflow's. */

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

export interface Experiment {
  readonly experimentId: string;
  readonly name: string;
  readonly artifactLocation: string;
}

export interface Metric {
  readonly key: string;
  /** NaN and ±Infinity are allowed, as in MLflow. */
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly step: number;
}

export interface DatasetInput {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  /** JSON texts, as in MLflow. */
  readonly source: string;
  readonly schema: string;
  readonly profile: string;
  /** `training` or `evaluation`: MLflow's `mlflow.data.context` input tag. */
  readonly context: string;
}

export interface Run {
  readonly runId: string;
  readonly experimentId: string;
  readonly runName: string;
  readonly status: RunStatus;
  readonly startTime: number;
  readonly endTime: number | null;
  readonly artifactUri: string;
  readonly params: Readonly<Record<string, string>>;
  /** The latest value of each metric. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly datasets: readonly DatasetInput[];
}

export interface LoggedModel {
  /** `m-` and 32 hex digits. */
  readonly modelId: string;
  readonly name: string;
  readonly experimentId: string;
  readonly sourceRunId: string;
  readonly artifactLocation: string;
  readonly status: 'PENDING' | 'READY' | 'FAILED';
}

export interface SearchRuns {
  readonly experimentIds: readonly string[];
  /** MLflow's search syntax, e.g. `metrics.rmse < 50 and tags.stage = 'x'`. */
  readonly filter?: string;
  /** e.g. `['metrics.rmse ASC', 'attributes.start_time DESC']`; default: newest first. */
  readonly orderBy?: readonly string[];
  readonly maxResults?: number;
}

export interface TrackingStore {
  readonly uri: string;
  getExperimentByName(name: string): Promise<Experiment | undefined>;
  getOrCreateExperiment(name: string): Promise<Experiment>;
  listExperiments(): Promise<Experiment[]>;
  createRun(run: {
    experimentId: string;
    runName: string;
    startTime: number;
    tags: Readonly<Record<string, string>>;
    /** Of a copy; kept where the store does not give ids itself. */
    runId?: string;
  }): Promise<Run>;
  logBatch(
    runId: string,
    batch: {
      params?: Readonly<Record<string, string>>;
      metrics?: readonly Metric[];
      tags?: Readonly<Record<string, string>>;
    },
  ): Promise<void>;
  logDatasets(runId: string, datasets: readonly DatasetInput[]): Promise<void>;
  endRun(runId: string, status: RunStatus, endTime: number): Promise<void>;
  /** @throws RUN_NOT_FOUND */
  getRun(runId: string): Promise<Run>;
  getMetricHistory(runId: string, key: string): Promise<Metric[]>;
  searchRuns(search: SearchRuns): Promise<Run[]>;
  createLoggedModel(model: {
    name: string;
    experimentId: string;
    sourceRunId: string;
    /** Of a copy; kept where the store does not give ids itself. */
    modelId?: string;
  }): Promise<LoggedModel>;
  finalizeLoggedModel(modelId: string, status: 'READY' | 'FAILED'): Promise<void>;
  getLoggedModel(modelId: string): Promise<LoggedModel>;
  /** The logged models whose source is the run, newest first. */
  listLoggedModels(runId: string): Promise<LoggedModel[]>;
  /** Where files under a location of this store are read and written. */
  artifacts(location: string): ArtifactStore;
  close(): Promise<void>;
}

/** Files below one artifact location (a run's `artifactUri`, a logged model's `artifactLocation`). */
export interface ArtifactStore {
  readonly location: string;
  /** Uploads a file or a whole folder to `path` below the location; whole or not at all. */
  upload(localPath: string, path: string): Promise<void>;
  /** Paths of all files below `path`, relative to the location. */
  list(path: string): Promise<{ path: string; size: number }[]>;
  /**
   * The folder or file at `path` as a local path: the very place for a local store, else a download into `into`.
   *
   * @throws ARTIFACT_NOT_FOUND
   */
  fetch(path: string, into: string): Promise<string>;
}

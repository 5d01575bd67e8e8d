import { z } from 'zod';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { ArtifactAccess } from '../artifacts/artifact-access.ts';
import { DirectArtifacts } from '../artifacts/direct-artifacts.ts';
import { openArtifacts } from '../artifacts/open-artifacts.ts';
import { ServedArtifacts, servedPath } from '../artifacts/served-artifacts.ts';
import type { TransferSettings } from '../artifacts/transfer-settings.ts';
import { checkBatch, checkDatasets, checkExperimentName, checkLoggedModelName } from '../limits.ts';
import { parseFilter, parseOrderBy } from '../search-filter.ts';
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
import { pairs, wireBatches } from './batches.ts';
import { isRefusal, orUndefined, translating } from './refusal.ts';
import type { RestClient } from './rest-client.ts';
import { allPages, nothing, page, wireExperiment, wireLoggedModel, wireMetric, wireRun } from './wire.ts';

const PAGE = 1_000;
const METRICS_PAGE = 25_000;
const DATASETS_AT_ONCE = 1_000;
const DEFAULT_MAX_RESULTS = 1_000;
/** Setting what is set already changes nothing. */
const REPEATABLE = { repeatable: true };
/** Each one makes another. */
const ONCE = { repeatable: false };

/** MLflow's tracking store behind its REST API. */
export class RestTrackingStore implements TrackingStore {
  readonly uri: string;
  readonly #client: RestClient;
  readonly #access: ArtifactAccess;
  readonly #direct: DirectArtifacts;

  constructor(client: RestClient, access: ArtifactAccess, transfers: TransferSettings) {
    this.uri = client.url;
    this.#client = client;
    this.#access = access;
    this.#direct = new DirectArtifacts(client, transfers);
  }

  async getExperimentByName(name: string): Promise<Experiment | undefined> {
    const schema = z.object({ experiment: wireExperiment });
    const query = { experiment_name: name };
    const found = await orUndefined(this.#client.get('mlflow/experiments/get-by-name', query, schema));
    if (!found) return undefined;
    const { active, ...experiment } = found.experiment;
    if (active) return experiment;
    throw new MlopsError(
      'EXPERIMENT_NOT_FOUND',
      `experiment "${name}" has been deleted in ${this.uri}; restore it with \`mlflow experiments restore\` or choose another name`,
    );
  }

  async getOrCreateExperiment(name: string): Promise<Experiment> {
    const found = await this.getExperimentByName(name);
    if (found) return found;
    checkExperimentName(name);
    try {
      // A name is given once, so that a repeated request finds what the first one made.
      await this.#client.send('POST', 'mlflow/experiments/create', { name }, nothing, REPEATABLE);
    } catch (error) {
      if (!isRefusal(error, 'RESOURCE_ALREADY_EXISTS')) throw error;
    }
    const created = await this.getExperimentByName(name);
    if (created) return created;
    throw new MlopsError('EXPERIMENT_NOT_FOUND', `experiment "${name}" vanished from ${this.uri} while it was made`);
  }

  async listExperiments(): Promise<Experiment[]> {
    const schema = page('experiments', wireExperiment);
    const all = await allPages((token) =>
      this.#post('mlflow/experiments/search', { max_results: PAGE, page_token: token }, schema),
    );
    return all
      .map(({ active, ...experiment }) => experiment)
      .sort((a, b) => a.experimentId.localeCompare(b.experimentId, 'en', { numeric: true }));
  }

  async createRun({ experimentId, runName, startTime, tags }: Parameters<TrackingStore['createRun']>[0]): Promise<Run> {
    checkBatch({ tags });
    const body = {
      experiment_id: experimentId,
      run_name: tags['mlflow.runName'] ?? runName,
      start_time: startTime,
      user_id: tags['mlflow.user'] ?? '',
      tags: pairs(tags),
    };
    const schema = z.object({ run: wireRun });
    const created = await translating(this.#client.send('POST', 'mlflow/runs/create', body, schema, ONCE), {
      RESOURCE_DOES_NOT_EXIST: [
        'EXPERIMENT_NOT_FOUND',
        () => `there is no experiment with id ${experimentId} in ${this.uri}`,
      ],
    });
    return withoutStage(created.run);
  }

  async logBatch(runId: string, batch: Parameters<TrackingStore['logBatch']>[1]): Promise<void> {
    checkBatch(batch);
    const requests = wireBatches(batch);
    if (requests.length === 0) await this.getRun(runId);
    for (const request of requests) {
      const sent = this.#client.send(
        'POST',
        'mlflow/runs/log-batch',
        { run_id: runId, ...request },
        nothing,
        REPEATABLE,
      );
      await translating(sent, {
        ...this.#noRun(runId),
        INVALID_PARAMETER_VALUE: ['RECORD_INVALID', (said) => `run ${runId} in ${this.uri}: ${said}`],
      });
    }
  }

  async logDatasets(runId: string, datasets: Parameters<TrackingStore['logDatasets']>[1]): Promise<void> {
    checkDatasets(datasets);
    for (let start = 0; start < datasets.length; start += DATASETS_AT_ONCE) {
      const body = {
        run_id: runId,
        datasets: datasets.slice(start, start + DATASETS_AT_ONCE).map(({ context, sourceType, ...dataset }) => ({
          tags: pairs({ 'mlflow.data.context': context }),
          dataset: { ...dataset, source_type: sourceType },
        })),
      };
      const sent = this.#client.send('POST', 'mlflow/runs/log-inputs', body, nothing, REPEATABLE);
      await translating(sent, this.#noRun(runId));
    }
  }

  async endRun(runId: string, status: RunStatus, endTime: number): Promise<void> {
    const body = { run_id: runId, status, end_time: endTime };
    const options = { repeatable: true, evenIfStopped: true };
    await translating(this.#client.send('POST', 'mlflow/runs/update', body, nothing, options), this.#noRun(runId));
  }

  async getRun(runId: string): Promise<Run> {
    const schema = z.object({ run: wireRun });
    const { run } = await translating(
      this.#client.get('mlflow/runs/get', { run_id: runId }, schema),
      this.#noRun(runId),
    );
    if (!run.active) throw new MlopsError('RUN_NOT_FOUND', `run "${runId}" has been deleted`);
    return withoutStage(run);
  }

  async getMetricHistory(runId: string, key: string): Promise<Metric[]> {
    const schema = page('metrics', wireMetric);
    const query = { run_id: runId, metric_key: key, max_results: METRICS_PAGE };
    const all = await translating(
      allPages((token) => this.#client.get('mlflow/metrics/get-history', { ...query, page_token: token }, schema)),
      this.#noRun(runId),
    );
    return all.sort((a, b) => a.step - b.step || a.timestamp - b.timestamp || a.value - b.value);
  }

  async searchRuns(search: SearchRuns): Promise<Run[]> {
    const { experimentIds, filter = '', orderBy = [], maxResults: most = DEFAULT_MAX_RESULTS } = search;
    // Read here first, so that faults are told in the same words for every store.
    parseFilter(filter);
    for (const order of orderBy) parseOrderBy(order);
    if (experimentIds.length === 0) return [];
    const schema = page('runs', wireRun);
    const body = { experiment_ids: experimentIds, filter, order_by: orderBy, max_results: Math.min(most, PAGE) };
    const runs = await translating(
      allPages((token) => this.#post('mlflow/runs/search', { ...body, page_token: token }, schema), most),
      { INVALID_PARAMETER_VALUE: ['FILTER_INVALID', (said) => `${this.uri} does not take "${filter}": ${said}`] },
    );
    return runs.map(withoutStage);
  }

  async createLoggedModel(model: Parameters<TrackingStore['createLoggedModel']>[0]): Promise<LoggedModel> {
    checkLoggedModelName(model.name);
    const { name, experimentId, sourceRunId: runId } = model;
    await this.getRun(runId);
    const body = { experiment_id: experimentId, name, source_run_id: runId };
    const schema = z.object({ model: wireLoggedModel });
    const created = await this.#client.send('POST', 'mlflow/logged-models', body, schema, ONCE);
    const { modelId } = created.model;
    const outputs = { run_id: runId, models: [{ model_id: modelId, step: 0 }] };
    await translating(this.#client.send('POST', 'mlflow/runs/outputs', outputs, nothing, ONCE), this.#noRun(runId));
    return created.model;
  }

  async finalizeLoggedModel(modelId: string, status: 'READY' | 'FAILED'): Promise<void> {
    const wire = status === 'READY' ? 'LOGGED_MODEL_READY' : 'LOGGED_MODEL_UPLOAD_FAILED';
    const body = { model_id: modelId, status: wire };
    const options = { repeatable: true, evenIfStopped: status === 'FAILED' };
    const sent = this.#client.send('PATCH', this.#modelPath(modelId), body, nothing, options);
    await translating(sent, this.#noModel(modelId));
  }

  async getLoggedModel(modelId: string): Promise<LoggedModel> {
    const schema = z.object({ model: wireLoggedModel });
    const answer = this.#client.get(this.#modelPath(modelId), {}, schema);
    return (await translating(answer, this.#noModel(modelId))).model;
  }

  async listLoggedModels(runId: string): Promise<LoggedModel[]> {
    const { experimentId } = await this.getRun(runId);
    const schema = page('models', wireLoggedModel);
    const body = {
      experiment_ids: [experimentId],
      filter: `source_run_id = '${runId}'`,
      order_by: [{ field_name: 'creation_timestamp', ascending: false }],
    };
    return allPages((token) => this.#post('mlflow/logged-models/search', { ...body, page_token: token }, schema));
  }

  artifacts(location: string): ArtifactStore {
    const path = servedPath(location, this.uri);
    if (path !== undefined) {
      const { downloads } = this.#access;
      return new ServedArtifacts({ location, path, client: this.#client, downloads, direct: this.#direct });
    }
    const isFolder = /^file:/.test(location) || !/^[A-Za-z][A-Za-z0-9+.-]+:/.test(location);
    if (isFolder && !isLoopback(this.uri)) {
      throw new MlopsError(
        'ARTIFACT_LOCATION_UNSUPPORTED',
        `${this.uri} keeps these artifacts in "${location}", a folder of its own machine. Start it with --artifacts-destination, so that it serves them, and use a new experiment`,
      );
    }
    return openArtifacts(location, this.#access);
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  /** Searches are sent as POST and change nothing. */
  #post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    return this.#client.send('POST', path, body, schema, REPEATABLE);
  }

  #modelPath(modelId: string): string {
    return `mlflow/logged-models/${encodeURIComponent(modelId)}`;
  }

  #noRun(runId: string) {
    return {
      RESOURCE_DOES_NOT_EXIST: ['RUN_NOT_FOUND', () => `there is no run "${runId}" in ${this.uri}`],
    } as const;
  }

  #noModel(modelId: string) {
    return {
      RESOURCE_DOES_NOT_EXIST: ['MODEL_NOT_FOUND', () => `there is no logged model "${modelId}" in ${this.uri}`],
    } as const;
  }
}

function withoutStage({ active, ...run }: Run & { active: boolean }): Run {
  return run;
}

function isLoopback(url: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
}

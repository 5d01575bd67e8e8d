import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MlopsError } from '../../errors/mlops-error.ts';
import type { LoggedModel, Run, TrackingStore } from '../../tracking/tracking-store.ts';

/** Names the run that a run was copied from, so that copying again goes on where it stopped. */
const COPIED_TAG = 'mlops.copied_from';
const COMPLETE_TAG = 'mlops.copy_complete';
const PAGE = 1000;

export interface CopyRuns {
  readonly from: TrackingStore;
  readonly to: TrackingStore;
  /** A folder of this process. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly onRun: (done: number, total: number) => void;
}

/** Ids of the destination by those of the source. */
export interface CopiedIds {
  readonly runs: Map<string, string>;
  readonly models: Map<string, string>;
}

/** All runs of all experiments with params, metric histories, tags, datasets, logged models and files, oldest first. */
export async function copyRuns(copy: CopyRuns): Promise<CopiedIds> {
  const ids: CopiedIds = { runs: new Map(), models: new Map() };
  const work: { run: Run; experiment: string }[] = [];
  for (const { experimentId, name } of await copy.from.listExperiments()) {
    const runs = await allRuns(copy.from, [experimentId]);
    work.push(...runs.map((run) => ({ run, experiment: name })));
    if (runs.length > 0 || name !== 'Default') await copy.to.getOrCreateExperiment(name);
  }
  work.sort((a, b) => a.run.startTime - b.run.startTime);
  const before = await copiedBefore(copy.to);
  for (const [i, { run, experiment }] of work.entries()) {
    copy.signal.throwIfAborted();
    const { experimentId } = await copy.to.getOrCreateExperiment(experiment);
    const known = before.get(run.runId);
    const target = known ?? (await begin(copy.to, experimentId, run));
    ids.runs.set(run.runId, target.runId);
    const complete = target.tags[COMPLETE_TAG] === 'true';
    if (!complete) {
      await copyEntries(copy, run, target.runId);
      await copyFiles(copy, copy.from, run.artifactUri, copy.to, target.artifactUri);
    }
    await copyLoggedModels(copy, run, target, ids.models);
    if (!complete) {
      await copy.to.logBatch(target.runId, { tags: { [COMPLETE_TAG]: 'true' } });
      if (run.endTime !== null) await copy.to.endRun(target.runId, run.status, run.endTime);
    }
    copy.onRun(i + 1, work.length);
  }
  return ids;
}

/** Every run, in pages by time, since a store gives out so many at once. */
export async function allRuns(store: TrackingStore, experimentIds: readonly string[]): Promise<Run[]> {
  const orderBy = ['attributes.start_time ASC', 'attributes.run_id ASC'];
  const runs = new Map<string, Run>();
  for (let since = 0; ; ) {
    const filter = `attributes.start_time >= ${since}`;
    const page = await store.searchRuns({ experimentIds, filter, orderBy, maxResults: PAGE });
    for (const run of page) runs.set(run.runId, run);
    const last = page.at(-1)?.startTime ?? 0;
    if (page.length < PAGE) return [...runs.values()];
    if (last === since) {
      throw new MlopsError(
        'RECORD_INVALID',
        `more than ${PAGE} runs of ${store.uri} began in the same millisecond, ${since}`,
      );
    }
    since = last;
  }
}

async function copiedBefore(store: TrackingStore): Promise<Map<string, Run>> {
  const experiments = await store.listExperiments();
  const runs = await allRuns(
    store,
    experiments.map(({ experimentId }) => experimentId),
  );
  return new Map(runs.flatMap((run) => (run.tags[COPIED_TAG] === undefined ? [] : [[run.tags[COPIED_TAG], run]])));
}

/** Keeps the id where the store lets the caller choose it. */
function begin(to: TrackingStore, experimentId: string, run: Run): Promise<Run> {
  const { runId, runName, startTime } = run;
  const tags = { ...ownTags(run), [COPIED_TAG]: runId };
  return to.createRun({ experimentId, runName, startTime, tags, runId });
}

/** The tags of a run without those of an earlier copying. */
export function ownTags({ tags }: Run): Record<string, string> {
  const { [COPIED_TAG]: _from, [COMPLETE_TAG]: _complete, ...own } = tags;
  return own;
}

async function copyEntries({ from, to }: CopyRuns, run: Run, runId: string): Promise<void> {
  const histories = await Promise.all(Object.keys(run.metrics).map((key) => from.getMetricHistory(run.runId, key)));
  await to.logBatch(runId, { params: run.params, metrics: histories.flat() });
  if (run.datasets.length > 0) await to.logDatasets(runId, run.datasets);
}

async function copyLoggedModels(copy: CopyRuns, run: Run, target: Run, models: Map<string, string>): Promise<void> {
  const there = await copy.to.listLoggedModels(target.runId);
  const source = await copy.from.listLoggedModels(run.runId);
  for (const model of source.toReversed()) {
    // Of one run a name stands for one model.
    const known = there.find(({ name, status }) => name === model.name && status === model.status);
    const copied = known ?? (await copyModel(copy, model, target));
    models.set(model.modelId, copied.modelId);
  }
}

async function copyModel(copy: CopyRuns, model: LoggedModel, target: Run): Promise<LoggedModel> {
  const { name, modelId } = model;
  const { experimentId, runId: sourceRunId } = target;
  const made = await copy.to.createLoggedModel({ name, experimentId, sourceRunId, modelId });
  if (model.status === 'READY')
    await copyFiles(copy, copy.from, model.artifactLocation, copy.to, made.artifactLocation);
  if (model.status !== 'PENDING') await copy.to.finalizeLoggedModel(made.modelId, model.status);
  return copy.to.getLoggedModel(made.modelId);
}

async function copyFiles(
  { scratch }: CopyRuns,
  from: TrackingStore,
  source: string,
  to: TrackingStore,
  target: string,
): Promise<void> {
  const store = from.artifacts(source);
  if ((await store.list('')).length === 0) return;
  const into = await mkdtemp(join(scratch, 'copy-'));
  try {
    await to.artifacts(target).upload(await store.fetch('', join(into, 'files')), '');
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}

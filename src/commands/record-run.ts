import { createHash } from 'node:crypto';
import type { Origin } from '../forge/forge.ts';
import type { Run } from '../tracking/tracking-store.ts';
import { VERSION } from '../version.ts';
import { experimentName, type Session } from './session.ts';

/** MLflow's: the run that a run is nested in. */
export const PARENT_TAG = 'mlflow.parentRunId';
/** Marks the runs that the retraining schedule counts. */
export const TRAINING_TAG = 'mlops.training';

/**
 * Records `work` as a run of the project's experiment: FINISHED when it ends, KILLED when it was interrupted, FAILED when
 * it throws.
 */
export async function recordRun<T>(session: Session, command: string, work: (run: Run) => Promise<T>): Promise<T> {
  const { stores, context, project } = session;
  const experiment = await stores.tracking.getOrCreateExperiment(experimentName(project));
  const startTime = context.now();
  const run = await stores.tracking.createRun({
    experimentId: experiment.experimentId,
    runName: runName(startTime),
    startTime,
    tags: {
      ...originTags(context.forge.origin, command),
      [TRAINING_TAG]: 'true',
      'mlops.config_digest': digestOf(project),
    },
  });
  try {
    const result = await work(run);
    context.signal.throwIfAborted();
    await stores.tracking.endRun(run.runId, 'FINISHED', context.now());
    return result;
  } catch (error) {
    const status = context.signal.aborted ? 'KILLED' : 'FAILED';
    await stores.tracking.endRun(run.runId, status, context.now());
    throw error;
  }
}

/** MLflow's own tags for where a run comes from, so that its pages show them. */
function originTags(origin: Origin, command: string): Record<string, string> {
  const tags: Record<string, string | undefined> = {
    'mlflow.user': origin.actor,
    'mlflow.source.name': origin.runUrl ?? `mlops ${command}`,
    'mlflow.source.type': origin.host === 'local' ? 'LOCAL' : 'JOB',
    'mlflow.source.git.commit': origin.commit,
    'mlflow.source.git.branch': origin.branch,
    'mlflow.source.git.repoURL': origin.repository,
    'mlops.event': origin.event,
    'mlops.version': VERSION,
  };
  return Object.fromEntries(Object.entries(tags).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** `train-2026-11-24-0415`: sorts by time and can be read aloud. */
function runName(time: number): string {
  return `train-${new Date(time).toISOString().slice(0, 16).replace('T', '-').replace(':', '')}`;
}

/** What of mlops.yaml makes a model: a retrain is due when it changed. */
export function digestOf(project: Session['project']): string {
  const { data, model, search, ...rest } = project;
  const features = (rest as Record<string, unknown>).features;
  const { 'n-jobs': _speedOnly, ...learned } = model;
  return createHash('sha256')
    .update(
      JSON.stringify({
        data: { ...data, source: undefined },
        features,
        model: learned,
        search: search?.mode === 'on' ? search : undefined,
      }),
    )
    .digest('hex')
    .slice(0, 16);
}

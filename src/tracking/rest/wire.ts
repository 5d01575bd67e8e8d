import { z } from 'zod';
import type { DatasetInput, Experiment, LoggedModel, Metric, Run } from '../tracking-store.ts';

/** MLflow's JSON, read into the toolkit's entities. What MLflow leaves out when it is empty has a default here. */

/** Some servers write 64-bit numbers as texts. */
export const whole = z.union([z.number(), z.string().regex(/^-?\d+$/)]).transform(Number);

/** NaN and infinities come as texts, or infinities as the largest double when the server keeps them in SQL. */
const measured = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]).transform((given) => {
  const value = Number(given);
  return Math.abs(value) === Number.MAX_VALUE ? value * 2 : value;
});

export const keyValues = z
  .array(z.object({ key: z.string(), value: z.string().default('') }))
  .default([])
  .transform((entries) => Object.fromEntries(entries.map(({ key, value }) => [key, value])));

/** The answer to what only changes something. */
export const nothing = z.object({});

export const wireExperiment = z
  .object({
    experiment_id: z.string(),
    name: z.string(),
    artifact_location: z.string().default(''),
    lifecycle_stage: z.string().default('active'),
  })
  .transform((wire): Experiment & { active: boolean } => ({
    experimentId: wire.experiment_id,
    name: wire.name,
    artifactLocation: wire.artifact_location,
    active: wire.lifecycle_stage === 'active',
  }));

export const wireMetric = z
  .object({ key: z.string(), value: measured.default(0), timestamp: whole.default(0), step: whole.default(0) })
  .transform((wire): Metric => wire);

const wireDataset = z
  .object({
    tags: keyValues,
    dataset: z.object({
      name: z.string(),
      digest: z.string(),
      source_type: z.string().default(''),
      source: z.string().default(''),
      schema: z.string().default(''),
      profile: z.string().default(''),
    }),
  })
  .transform(
    ({ tags, dataset: { source_type: sourceType, ...dataset } }): DatasetInput => ({
      ...dataset,
      sourceType,
      context: tags['mlflow.data.context'] ?? '',
    }),
  );

const wireInfo = z.object({
  run_id: z.string(),
  experiment_id: z.string(),
  run_name: z.string().default(''),
  status: z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']),
  start_time: whole.default(0),
  end_time: whole.nullish(),
  artifact_uri: z.string().default(''),
  lifecycle_stage: z.string().default('active'),
});

export const wireRun = z
  .object({
    info: wireInfo,
    data: z.object({ params: keyValues, tags: keyValues, metrics: z.array(wireMetric).default([]) }).prefault({}),
    inputs: z.object({ dataset_inputs: z.array(wireDataset).default([]) }).prefault({}),
  })
  .transform(({ info, data, inputs }): Run & { active: boolean } => ({
    runId: info.run_id,
    experimentId: info.experiment_id,
    runName: info.run_name,
    status: info.status,
    startTime: info.start_time,
    endTime: info.end_time ?? null,
    artifactUri: info.artifact_uri,
    params: data.params,
    metrics: Object.fromEntries(data.metrics.map(({ key, value }) => [key, value])),
    tags: data.tags,
    datasets: inputs.dataset_inputs,
    active: info.lifecycle_stage === 'active',
  }));

const STATUS: Readonly<Record<string, LoggedModel['status']>> = {
  LOGGED_MODEL_READY: 'READY',
  LOGGED_MODEL_UPLOAD_FAILED: 'FAILED',
};

export const wireLoggedModel = z
  .object({
    info: z.object({
      model_id: z.string(),
      name: z.string().default(''),
      experiment_id: z.string(),
      source_run_id: z.string().default(''),
      artifact_uri: z.string(),
      status: z.string(),
    }),
  })
  .transform(
    ({ info }): LoggedModel => ({
      modelId: info.model_id,
      name: info.name,
      experimentId: info.experiment_id,
      sourceRunId: info.source_run_id,
      artifactLocation: info.artifact_uri,
      status: STATUS[info.status] ?? 'PENDING',
    }),
  );

/** One page of a list under `name`, with the token of the next. */
export function page<T>(name: string, item: z.ZodType<T>) {
  return z
    .object({ [name]: z.array(item).default([]), next_page_token: z.string().default('') })
    .transform((wire) => ({ items: wire[name] as T[], next: wire.next_page_token as string }));
}

/** All items of a paged list, or the first `most`. */
export async function allPages<T>(
  fetchPage: (token: string | undefined) => Promise<{ items: T[]; next: string }>,
  most = Number.POSITIVE_INFINITY,
): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const { items, next } = await fetchPage(token);
    all.push(...items);
    token = next === '' || items.length === 0 ? undefined : next;
  } while (token !== undefined && all.length < most);
  return all.slice(0, most);
}

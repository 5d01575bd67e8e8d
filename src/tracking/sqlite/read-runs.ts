import type { DatasetInput, Run, RunStatus } from '../tracking-store.ts';
import { STORED_INFINITY } from './operations.ts';
import type { Row, StoreDatabase } from './store-database.ts';

/** Active runs with all that belongs to them, in the order of `runIds`; ids that are not there are left out. */
export function readRuns(db: StoreDatabase, runIds: readonly string[]): Run[] {
  if (runIds.length === 0) return [];
  // One statement whatever the number of ids.
  const ids = JSON.stringify(runIds);
  const among = 'IN (SELECT value FROM json_each(?))';
  const rows = db.all(
    `SELECT run_uuid, experiment_id, name, status, start_time, end_time, artifact_uri FROM runs
     WHERE lifecycle_stage = 'active' AND run_uuid ${among}`,
    ids,
  );
  const parts = new Map(
    rows.map((row) => [
      String(row.run_uuid),
      {
        params: {} as Record<string, string>,
        metrics: {} as Record<string, number>,
        tags: {} as Record<string, string>,
        datasets: [] as DatasetInput[],
      },
    ]),
  );
  const each = (found: Row[], put: (part: NonNullable<ReturnType<typeof parts.get>>, row: Row) => void) => {
    for (const row of found) {
      const part = parts.get(String(row.run_uuid));
      if (part) put(part, row);
    }
  };
  each(db.all(`SELECT run_uuid, key, value FROM params WHERE run_uuid ${among} ORDER BY key`, ids), (part, row) => {
    part.params[String(row.key)] = String(row.value);
  });
  each(db.all(`SELECT run_uuid, key, value FROM tags WHERE run_uuid ${among} ORDER BY key`, ids), (part, row) => {
    part.tags[String(row.key)] = String(row.value);
  });
  each(
    db.all(`SELECT run_uuid, key, value, is_nan FROM latest_metrics WHERE run_uuid ${among} ORDER BY key`, ids),
    (part, row) => {
      part.metrics[String(row.key)] = storedMetric(row);
    },
  );
  each(
    db.all(
      `SELECT i.destination_id AS run_uuid, d.*, t.value AS context FROM inputs i
       JOIN datasets d ON d.dataset_uuid = i.source_id
       LEFT JOIN input_tags t ON t.input_uuid = i.input_uuid AND t.name = 'mlflow.data.context'
       WHERE i.destination_type = 'RUN' AND i.source_type = 'DATASET' AND i.destination_id ${among} ORDER BY i.rowid`,
      ids,
    ),
    (part, row) => part.datasets.push(toDataset(row)),
  );
  const runs = new Map(rows.map((row) => [String(row.run_uuid), toRun(row, parts.get(String(row.run_uuid))!)]));
  return runIds.flatMap((id) => runs.get(id) ?? []);
}

/** The value of a row of `metrics` or `latest_metrics`. */
export function storedMetric({ value, is_nan }: Row): number {
  if (is_nan) return Number.NaN;
  const number = Number(value);
  return Math.abs(number) >= STORED_INFINITY ? Math.sign(number) * Number.POSITIVE_INFINITY : number;
}

function toRun(row: Row, parts: Pick<Run, 'params' | 'metrics' | 'tags' | 'datasets'>): Run {
  return {
    runId: String(row.run_uuid),
    experimentId: String(row.experiment_id),
    runName: String(row.name ?? ''),
    status: String(row.status) as RunStatus,
    startTime: Number(row.start_time ?? 0),
    endTime: row.end_time === null ? null : Number(row.end_time),
    artifactUri: String(row.artifact_uri),
    ...parts,
  };
}

function toDataset(row: Row): DatasetInput {
  return {
    name: String(row.name),
    digest: String(row.digest),
    sourceType: String(row.dataset_source_type),
    source: String(row.dataset_source),
    schema: String(row.dataset_schema ?? ''),
    profile: String(row.dataset_profile ?? ''),
    context: String(row.context ?? ''),
  };
}

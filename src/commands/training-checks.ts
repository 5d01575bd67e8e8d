import type { CheckResult } from '../data/checks/check-result.ts';
import { overlap } from '../data/checks/overlap.ts';
import { type KnownInput, schemaDrift } from '../data/checks/schema-drift.ts';
import { dropColumns, type Table } from '../data/table.ts';
import { modelName, type Session } from './session.ts';
import { requireChecks, warnOfChecks } from './validate.ts';

/**
 * What can be checked only when the split and the registry are known: held-out rows among the training rows, and other columns
 * than the last trained version had.
 *
 * @throws DATA_CHECK_FAILED
 */
export async function checkTraining(
  session: Session,
  table: Table,
  split: { readonly training: Table; readonly heldOut: Table },
): Promise<CheckResult[]> {
  const { project, context } = session;
  const { checks, exclude } = project.data;
  const last = await lastTrained(session);
  const left = new Set(exclude);
  const results = [
    ...overlap(split.training, split.heldOut, checks),
    ...(last
      ? schemaDrift(
          dropColumns(table, exclude),
          last.columns.filter(({ name }) => !left.has(name)),
          last.version,
          checks,
        )
      : []),
  ];
  warnOfChecks(context, results);
  requireChecks(results);
  return results;
}

/** The columns of the table that the newest version was trained on, which MLflow keeps with the run's dataset. */
async function lastTrained({
  project,
  stores,
}: Session): Promise<{ version: string; columns: KnownInput[] } | undefined> {
  const name = modelName(project);
  if (!(await stores.registry.findRegisteredModel(name))) return undefined;
  const [newest] = await stores.registry.listModelVersions(name);
  if (!newest || newest.runId === '') return undefined;
  const run = await stores.tracking.getRun(newest.runId);
  const schema = run.datasets.find(({ context }) => context === 'training')?.schema;
  const columns = schema === undefined ? undefined : (JSON.parse(schema) as { mlflow_colspec?: KnownInput[] });
  return columns?.mlflow_colspec && { version: `${name} v${newest.version}`, columns: columns.mlflow_colspec };
}

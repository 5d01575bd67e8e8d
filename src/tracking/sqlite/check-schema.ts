import { MlopsError } from '../../errors/mlops-error.ts';

/** Every column that this toolkit reads or writes, by table. */
const COLUMNS: Readonly<Record<string, string>> = {
  alembic_version: 'version_num',
  experiments: 'experiment_id name artifact_location lifecycle_stage creation_time last_update_time',
  runs: 'run_uuid name source_type source_name entry_point_name user_id status start_time end_time source_version lifecycle_stage artifact_uri experiment_id',
  params: 'key value run_uuid',
  tags: 'key value run_uuid',
  metrics: 'key value timestamp run_uuid step is_nan',
  latest_metrics: 'key value timestamp step is_nan run_uuid',
  datasets: 'dataset_uuid experiment_id name digest dataset_source_type dataset_source dataset_schema dataset_profile',
  inputs: 'input_uuid source_type source_id destination_type destination_id step',
  input_tags: 'input_uuid name value',
  logged_models:
    'model_id experiment_id name artifact_location creation_timestamp_ms last_updated_timestamp_ms status lifecycle_stage source_run_id',
  logged_model_tags: 'model_id experiment_id tag_key tag_value',
  logged_model_params: 'model_id experiment_id param_key param_value',
  logged_model_metrics:
    'model_id metric_name metric_timestamp_ms metric_step metric_value experiment_id run_id dataset_uuid dataset_name dataset_digest',
  registered_models: 'name creation_time last_updated_time description',
  registered_model_tags: 'key value name',
  registered_model_aliases: 'alias version name',
  model_versions:
    'name version creation_time last_updated_time description user_id current_stage source run_id status storage_location',
  model_version_tags: 'key value name version',
};

/**
 * Checks what the file has against what this toolkit uses, column by column and not by MLflow's revision, so that a file
 * which a newer MLflow has migrated stays in use as long as it can be written to.
 *
 * @throws STORE_SCHEMA_UNKNOWN
 */
export function checkSchema(
  tables: ReadonlyMap<string, readonly { name: string; required: boolean }[]>,
  path: string,
): void {
  if (!tables.has('alembic_version')) {
    throw new MlopsError(
      'STORE_SCHEMA_UNKNOWN',
      `${path} is a database, but not one of MLflow: it has no table "alembic_version"`,
    );
  }
  const faults: string[] = [];
  for (const [table, text] of Object.entries(COLUMNS)) {
    const ours = text.split(' ');
    const theirs = tables.get(table);
    if (!theirs) {
      faults.push(`table "${table}" is missing`);
      continue;
    }
    const names = new Set(theirs.map(({ name }) => name));
    for (const name of ours) if (!names.has(name)) faults.push(`column "${table}.${name}" is missing`);
    for (const { name, required } of theirs)
      if (required && !ours.includes(name))
        faults.push(`column "${table}.${name}" needs a value that is not known here`);
  }
  if (faults.length > 0) {
    throw new MlopsError(
      'STORE_SCHEMA_UNKNOWN',
      `${path} has tables of an MLflow before 3.0 or of one newer than this version knows: ${faults.join('; ')}`,
    );
  }
}

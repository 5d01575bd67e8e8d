import { define, type ErrorCodeInfo } from './define-code.ts';

/** Codes of tracking stores, registries, the ledger and artifacts. Sorted by name. */
export const STORE_CODES = {
  ALIAS_INVALID: define(1, 'A model version cannot have this alias.', 'Choose another alias.'),
  ALIAS_NOT_FOUND: define(
    1,
    'The registered model has no such alias.',
    'Use one of the aliases listed, or set it first.',
  ),
  ARTIFACT_LOCATION_UNSUPPORTED: define(
    1,
    'The artifacts are at a place that this store cannot reach.',
    'Open the store through the server that keeps them, or choose another artifact root.',
  ),
  ARTIFACT_NOT_FOUND: define(
    1,
    'The artifact or model directory does not exist.',
    'Use one of the artifacts listed; artifacts may have been deleted.',
  ),
  ARTIFACT_PATH_INVALID: define(
    1,
    'An artifact path leaves the place that it belongs to.',
    'Use a relative path below the artifacts.',
  ),
  COPY_REFUSED: define(
    1,
    'A store cannot be copied as it is to another one.',
    'Look at the entry named; nothing of it was copied, all before it was.',
  ),
  EXPERIMENT_NOT_FOUND: define(
    1,
    'The experiment is not in the store, or has been deleted.',
    'Check the name and the tracking URI.',
  ),
  FILTER_INVALID: define(
    2,
    "The filter or the order is not in MLflow's search syntax.",
    'Correct it at the character named.',
  ),
  HISTORY_DAMAGED: define(
    1,
    'An entry of the promotion history cannot be read or does not fit the chain.',
    'Look at the named tag; the ledger has every earlier state.',
  ),
  LEDGER_CONFLICT: define(
    1,
    'Another run wrote the same entry of the promotion history first.',
    'Look at the history, then run again.',
  ),
  LEDGER_DAMAGED: define(
    1,
    'A file of the ledger branch is not what this toolkit writes.',
    'Update the toolkit if the file is newer; else restore it from an earlier commit of the branch.',
  ),
  LEDGER_UNREACHABLE: define(
    1,
    'The ledger branch cannot be read or written.',
    'Check the remote, and that the job has `contents: write`.',
  ),
  MODEL_NAME_INVALID: define(1, 'A registered model cannot have this name.', 'Choose a name without "/" and ":".'),
  MODEL_NOT_FOUND: define(
    1,
    'The registered or logged model is not in the store.',
    'Use one of the models listed, and check the tracking and registry URIs.',
  ),
  MODEL_VERSION_NOT_FOUND: define(1, 'The registered model has no such version.', 'Use one of the versions listed.'),
  RECORD_INVALID: define(
    1,
    "A param, metric, tag or name breaks MLflow's limits.",
    'Shorten or rename each entry named.',
  ),
  RUN_NOT_FOUND: define(
    1,
    'The run is not in the tracking store.',
    'Use a run id that `mlops runs` lists, and check the tracking URI.',
  ),
  STORE_DAMAGED: define(
    1,
    'The database file of the store is damaged.',
    'Restore it from a copy or from the ledger; `sqlite3 FILE .recover` saves what is left.',
  ),
  STORE_LOCKED: define(
    1,
    'Another process holds the write lock of the store.',
    'Run again when the other process has ended.',
  ),
  STORE_REFUSED: define(
    1,
    'The MLflow server understood the request and refuses it.',
    'Read its answer in the message; nothing was changed there.',
  ),
  STORE_SCHEMA_UNKNOWN: define(
    1,
    'The file is not a database with a schema of MLflow that this version knows.',
    'Check the path; migrate an older store with `mlflow db upgrade`, or update the toolkit.',
  ),
  STORE_UNREACHABLE: define(
    1,
    'The MLflow server gave no usable answer.',
    'Check the URI and that the server runs, then run again.',
  ),
  TRACKING_URI_INVALID: define(
    2,
    'The tracking or registry URI has none of the known forms.',
    'Write it in one of the forms listed.',
  ),
} as const satisfies Record<string, ErrorCodeInfo>;

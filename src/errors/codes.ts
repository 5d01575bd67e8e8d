import { define, type ErrorCodeInfo } from './define-code.ts';
import { STORE_CODES } from './store-codes.ts';

/** Codes of data, models, commands and the code host. Sorted by name. */
const OTHER_CODES = {
  ACCESS_DENIED: define(
    1,
    'The object store or the workspace refuses the credentials, or there are none.',
    'Do what the message names.',
  ),
  CHAMPION_INCOMPARABLE: define(
    1,
    'The champion and the challenger do not solve the same task.',
    'Name another champion, or none.',
  ),
  COLUMN_DUPLICATE: define(1, 'Two columns of a table have the same name.', 'Rename one of them in the header.'),
  COLUMN_NOT_FOUND: define(1, 'A column that is asked for is not in the table.', 'Use one of the columns listed.'),
  COLUMN_UNSUPPORTED: define(1, 'A column holds lists, structs or bytes.', 'Put it under data.exclude, or flatten it.'),
  CONFIG_INVALID: define(2, 'mlops.yaml has unknown keys or values that are not allowed.', 'Correct each line named.'),
  CONFIG_NOT_FOUND: define(
    2,
    'The configuration file does not exist.',
    'Check --config, or write one with `mlops init`.',
  ),
  CSV_MALFORMED: define(
    1,
    'A CSV file breaks the rules of RFC 4180 at the named line.',
    'Correct the line, or set the dialect under data.csv.',
  ),
  DATA_CHANGED: define(1, 'A file or object was written to while it was read.', 'Run again when nothing writes to it.'),
  DATA_CHECK_FAILED: define(
    1,
    'A data check that is set to fail has failed.',
    'Correct the data, or change the check under data.checks.',
  ),
  DATA_EMPTY: define(1, 'The table has no rows.', 'Check the source and its filters.'),
  DATA_NOT_FOUND: define(
    1,
    'No file, object or table matches the source.',
    'Check the path; globs are relative to the working directory.',
  ),
  DATA_UNREADABLE: define(1, 'The source exists and cannot be read.', 'Check its permissions and format.'),
  DEPLOYMENT_DAMAGED: define(
    1,
    'The pointer of an environment cannot be read.',
    'Restore the file, or deploy a version again.',
  ),
  DEPLOYMENT_LOCKED: define(
    1,
    'Another deployment to the same environment is under way.',
    'Wait for it to end, then run again.',
  ),
  DEPLOYMENT_REFUSED: define(
    1,
    'A guard of the environment refuses the version.',
    'Do what the guard asks for, or choose another version.',
  ),
  DEPLOYMENT_VALIDATION_FAILED: define(
    1,
    'The version did not prove itself in the environment; what was served before is served still.',
    'Look at the differences named, then register and deploy again.',
  ),
  DISK_FULL: define(
    1,
    'There is no space left where the output is written.',
    'Free space or write elsewhere; nothing half-written was kept.',
  ),
  ENVIRONMENT_NOT_FOUND: define(
    2,
    'The environment is not in mlops.yaml.',
    'Use one of the environments listed, or add it under environments.',
  ),
  EVALUATION_EMPTY: define(
    1,
    'There is no row to evaluate on.',
    'Evaluate on rows that the models were not trained on, with rows set to all.',
  ),
  EVALUATION_INVALID: define(
    1,
    'The evaluation cannot be read or does not have the form that evaluate writes.',
    'Write it again with `mlops evaluate`.',
  ),
  EXPORT_UNSUPPORTED: define(
    2,
    'A step of the features cannot be said in ONNX.',
    'Leave the step out, or set model.export to native-only: the model then has no python_function and no onnx flavor.',
  ),
  FEATURES_INVALID: define(2, 'A step under features.steps does not fit the columns.', 'Correct each step named.'),
  FILE_EXISTS: define(1, 'A file that would be written is there already.', 'Remove or rename it, then run again.'),
  FORGE_DENIED: define(
    1,
    'The token may not do what is asked for on the code host.',
    'Add the line under permissions: that the message names to the job, or give another github-token.',
  ),
  FORGE_LIMITED: define(1, 'The code host takes no more requests for now.', 'Run the step again after the time named.'),
  FORGE_REFUSED: define(
    1,
    'The code host understood the request and refuses it.',
    'Read its answer in the message; nothing was changed there.',
  ),
  FORGE_UNREACHABLE: define(
    1,
    'The code host gave no usable answer.',
    'Run the step again; look at its status page when it happens again.',
  ),
  GATE_INVALID: define(
    2,
    'A gate names what is not measured, or has no limit.',
    'Correct each entry named under gates.',
  ),
  INPUT_INVALID: define(
    2,
    'An input or flag is unknown, missing, of the wrong type or out of range.',
    'Correct each input named.',
  ),
  INTERNAL: define(1, 'A bug in the toolkit.', 'Report it with the stack that is printed.'),
  INTERRUPTED: define(
    1,
    'The run was stopped by SIGINT or SIGTERM (exit status 130 or 143).',
    'Run it again; nothing half-written was kept.',
  ),
  LOG_DAMAGED: define(
    1,
    'The prediction log cannot be read.',
    'Move the file away, or restore it from a copy; predictions then go to a new one.',
  ),
  MODEL_ALTERED: define(
    1,
    'The files of a model are not those that were registered.',
    'Restore the files, or train and register again.',
  ),
  MODEL_INVALID: define(
    1,
    'The folder is not a whole model of this toolkit, or a file in it is damaged.',
    'Train it again, or restore the files named.',
  ),
  MODEL_URI_INVALID: define(2, 'The model URI has none of the known forms.', 'Write it in one of the forms listed.'),
  NDJSON_MALFORMED: define(1, 'A line of NDJSON is not one JSON object.', 'Correct each line named.'),
  NOTHING_DEPLOYED: define(1, 'The environment has no version yet.', 'Deploy one with `mlops deploy`.'),
  OUTPUT_CONFLICT: define(1, 'Another run wrote the same output meanwhile.', 'Run again; nothing was overwritten.'),
  OUTPUT_UNWRITABLE: define(
    1,
    'The object store or the warehouse does not take the output.',
    'Check what the message names.',
  ),
  PAST_UNKNOWN: define(
    1,
    'A lag of the model needs earlier rows that neither the request nor the model has.',
    'Give all rows since the end of training along, train again, or set "unknown: missing" for the lag.',
  ),
  PERMISSION_DENIED: define(
    1,
    'The file system refuses to read or write the path.',
    'Change its permissions or choose another path.',
  ),
  PORT_UNAVAILABLE: define(1, 'The port cannot be listened on.', 'Choose another --port, or 0 for a free one.'),
  PREDICTION_INVALID: define(
    1,
    'A model gives predictions that are not finite numbers.',
    'Look at the rows and the model; train it again.',
  ),
  PROFILE_INVALID: define(
    1,
    'The profile that a model keeps of its training data cannot be read.',
    'Train the model again with this version.',
  ),
  PROFILE_MISSING: define(
    1,
    'The model has no reference profile to compare with.',
    'Train it again with this toolkit.',
  ),
  SEARCH_FAILED: define(
    1,
    'Every trial of the hyperparameter search failed.',
    'Correct what the reasons name, under search or model of mlops.yaml.',
  ),
  SPLIT_EMPTY: define(
    1,
    'The split leaves no row to train on or none to evaluate on.',
    'Change data.split, or give more rows.',
  ),
  TARGET_INVALID: define(
    1,
    'The target column cannot be learned: constant, all missing, or one class.',
    'Choose another target or correct the data.',
  ),
  WORKFLOW_NOT_FOUND: define(
    1,
    'The workflow that should be started is not on the default branch.',
    'Copy it to .github/workflows/ there, or correct its name.',
  ),
} as const satisfies Record<string, ErrorCodeInfo>;

export type ErrorCode = keyof typeof OTHER_CODES | keyof typeof STORE_CODES;

/** Every code that a command can fail with, sorted by name. docs/errors.md is generated from this list. */
export const ERROR_CODES = Object.fromEntries(
  Object.entries({ ...OTHER_CODES, ...STORE_CODES }).sort(([a], [b]) => (a < b ? -1 : 1)),
) as Readonly<Record<ErrorCode, ErrorCodeInfo>>;

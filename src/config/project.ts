import { z } from 'zod';
import { dataSettings } from './data-settings.ts';
import { duration } from './duration.ts';
import { featureSettings } from './features.ts';
import { evaluationSettings, gateSettings } from './gates.ts';
import { modelSettings } from './model-settings.ts';
import { monitoringSettings } from './monitoring.ts';
import { searchSettings } from './search.ts';

// A file is checked once a process: compiling a checker for it takes longer than the check.
z.config({ jitless: true });

const name = z.string().min(1);

const trackingSettings = z
  .strictObject({
    'tracking-uri': name
      .default('sqlite:///mlflow.db')
      .describe("Where runs are kept, in MLflow's own terms: sqlite:///mlflow.db, or http(s)://… of an MLflow server."),
    'registry-uri': name.optional().describe('Where registered models are kept; default: the tracking URI.'),
    'experiment-name': name.optional().describe('The experiment that runs belong to; default: the name of the model.'),
    'artifact-root': name
      .optional()
      .describe('Folder, or s3://bucket/prefix, of the artifacts of a SQLite store; default: mlruns beside it.'),
  })
  .prefault({});

const environmentSettings = z.strictObject({
  target: z
    .enum(['auto', 'local', 'registry'])
    .default('auto')
    .describe(
      'What serves this environment. local: a folder. registry: the alias named after it. auto: registry on a GitHub runner, whose disk is thrown away, else local.',
    ),
  path: name.optional().describe('Folder of a local target; default: deployments/<environment>.'),
  promotion: z
    .enum(['auto', 'manual'])
    .default('manual')
    .describe('auto: the pipeline deploys here by itself when the gates are passed.'),
  requires: name.optional().describe('The environment in which a version must have been validated before.'),
});

const ledgerSettings = z
  .strictObject({
    mode: z
      .enum(['auto', 'on', 'off'])
      .default('auto')
      .describe('Keep a SQLite store on a branch of the repository. auto: on a GitHub runner.'),
    branch: name.default('mlops-ledger').describe('The branch.'),
    remote: name.default('origin').describe('The git remote or URL.'),
  })
  .prefault({});

const predictionLogSettings = z
  .strictObject({
    path: name
      .default('predictions.db')
      .describe('Where predictions are logged: a SQLite file (.db), or a folder for NDJSON segments.'),
    enabled: z.boolean().default(true).describe('Log predictions at all.'),
  })
  .prefault({});

const retrainSettings = z
  .strictObject({
    every: duration
      .default('30d')
      .describe('The longest time between two successful trainings, in days (30d) or hours (12h).'),
    'on-drift': z.boolean().default(true).describe('Retrain as soon as monitoring recommends it.'),
  })
  .prefault({});

const batchSettings = z
  .strictObject({
    source: z
      .union([name, z.array(name).min(1)])
      .optional()
      .describe('Files to score: paths or globs of CSV, Parquet or NDJSON files, s3://…, sqlite:///….'),
    output: name.default('predictions').describe('Folder, or s3://bucket/prefix, of the scored files.'),
    'keep-columns': z.array(name).default([]).describe('Columns of the input that are written beside the prediction.'),
    'max-reject-share': z.number().min(0).max(1).default(0).describe('Largest share of rows that may be rejected.'),
  })
  .prefault({});

/** The environments of a project that names none. */
const DEFAULT_ENVIRONMENTS = {
  staging: { promotion: 'auto' as const },
  production: { promotion: 'manual' as const, requires: 'staging' },
};

/** The whole of mlops.yaml. Everything that is generated about configuration comes from here. */
export const projectSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[^/:@\s][^/:@]*$/)
    .optional()
    .describe('Name of the registered model; neither / nor : nor @.'),
  data: z
    .strictObject(dataSettings)
    .prefault({})
    .describe('The table: where it is, what is predicted, what is held out.'),
  features: featureSettings.describe('What is made of the columns before the forest sees them.'),
  model: modelSettings.describe("The forest: scikit-learn's hyperparameters under its names."),
  search: searchSettings.optional().describe('Hyperparameters that are searched before the model is trained.'),
  tracking: trackingSettings.describe('Where runs, models and their files are kept.'),
  evaluation: evaluationSettings.describe('How a model is compared with the champion.'),
  gates: gateSettings.describe('Limits that a model must keep.'),
  environments: z
    .record(z.string().regex(/^[a-z][a-z0-9-]*$/), environmentSettings)
    .prefault(DEFAULT_ENVIRONMENTS)
    .describe('Where versions are deployed, in the order of promotion.'),
  batch: batchSettings.describe('Scoring files in bulk.'),
  'prediction-log': predictionLogSettings.describe('The record of predictions made.'),
  monitoring: monitoringSettings.describe('How production is compared with training.'),
  retrain: retrainSettings.describe('When a model is trained again.'),
  ledger: ledgerSettings.describe('How the embedded store lasts between runners.'),
});

export type ProjectInput = z.input<typeof projectSchema>;
export type Project = z.output<typeof projectSchema>;

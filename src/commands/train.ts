import type { ReportDocument } from '../reports/document.ts';
import { formatNumber } from '../reports/format.ts';
import { defineCommand, field } from './command.ts';
import { type LoadedData, loadData, shape, sourcesOf } from './load-data.ts';
import { recordRun } from './record-run.ts';
import { withSession } from './session.ts';
import { type TrainedModel, trainModel } from './train-model.ts';
import { checkData, requireChecks } from './validate.ts';

/** What of mlops.yaml an input overrides when a model is trained; the pipeline has the same. */
export const TRAINING_INPUTS = {
  data: field('data.source', { required: true, example: 'data/hours.csv' }),
  target: field('data.target', { required: true, example: 'cnt' }),
  name: field('name', { example: 'bikes' }),
  task: field('model.task'),
  engine: field('model.engine'),
  'n-estimators': field('model.n-estimators', { example: '200' }),
  criterion: field('model.criterion'),
  'max-depth': field('model.max-depth'),
  'max-features': field('model.max-features'),
  'min-samples-split': field('model.min-samples-split'),
  'min-samples-leaf': field('model.min-samples-leaf'),
  'max-leaf-nodes': field('model.max-leaf-nodes'),
  'max-samples': field('model.max-samples'),
  'class-weight': field('model.class-weight'),
  'random-state': field('model.random-state'),
  'n-jobs': field('model.n-jobs'),
  'tracking-uri': field('tracking.tracking-uri'),
  'registry-uri': field('tracking.registry-uri'),
  'experiment-name': field('tracking.experiment-name'),
} as const;

export const train = defineCommand({
  name: 'train',
  summary: 'Train a random forest and record the run.',
  description:
    'Reads and checks the table, holds rows out, derives features, grows the forest, and records parameters, metrics, data and the model in MLflow’s format as one run.',
  inputs: TRAINING_INPUTS,
  outputs: {
    'run-id': 'MLflow run id.',
    'model-uri': 'Where the model is: runs:/<run-id>/model.',
    metrics: 'Metrics on the held-out rows, a JSON object.',
    'data-digest': 'SHA-256 of the content of the training table.',
    'model-digest': 'SHA-256 that the same data, settings and seed give again.',
  },
  permissions: { contents: 'write: to keep runs and models on the ledger branch (not with an MLflow server)' },
  branding: { icon: 'cpu', color: 'green' },
  run: async (_inputs, project, context) =>
    withSession(project, context, async (session) => {
      const { trained, data } = await recordRun(session, 'train', async (run) => {
        const data = await loadData(project, context, sourcesOf(project.data.source!));
        requireChecks(checkData(project, context, data));
        return { data, trained: await trainModel(session, run, data) };
      });
      const modelUri = `runs:/${trained.run.runId}/model`;
      return {
        outputs: {
          'run-id': trained.run.runId,
          'model-uri': modelUri,
          metrics: trained.metrics,
          'data-digest': data.digest,
          'model-digest': trained.model.digest,
        },
        summary: trainingReport(trained, data),
        next: [`mlops evaluate --model-uri ${modelUri}`, `mlops register --model-uri ${modelUri}`],
      };
    }),
});

export function trainingReport(trained: TrainedModel, data: LoadedData): ReportDocument {
  const { model, run, metrics } = trained;
  return {
    title: `Trained ${model.info.name}`,
    lead: `${model.info.task} of ${model.info.target} on ${shape(data.table)}`,
    facts: [
      { label: 'run', value: run.runId },
      { label: 'trees', value: formatNumber(model.info.params.nEstimators) },
    ],
    sections: [
      {
        title: 'Metrics on held-out rows',
        blocks: [
          {
            kind: 'table',
            columns: [{ label: 'Metric' }, { label: 'Value', align: 'right' }],
            rows: Object.entries(metrics).map(([key, value]) => [{ text: key, code: true }, formatNumber(value)]),
          },
        ],
      },
    ],
    footer: [`data ${data.digest.slice(0, 12)} · model ${model.digest.slice(0, 12)}`],
  };
}

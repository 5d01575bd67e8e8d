import type { CheckResult } from '../data/checks/check-result.ts';
import { impurityImportances } from '../forest/impurity-importances.ts';
import type { Block, ReportDocument } from '../reports/document.ts';
import { formatNumber } from '../reports/format.ts';
import { defineCommand, field } from './command.ts';
import { type LoadedData, loadData, shape, sourcesOf } from './load-data.ts';
import { neededColumns } from './needed-columns.ts';
import { recordRun } from './record-run.ts';
import { searchSections } from './search-report.ts';
import { withSession } from './session.ts';
import { type TrainedModel, trainModel } from './train-model.ts';
import { checkData, failedChecks, requireChecks } from './validate.ts';

/** Features that are shown, the most important first. */
const MOST_IMPORTANCES = 20;

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
  'oob-score': field('model.oob-score'),
  calibration: field('model.calibration', { example: 'isotonic' }),
  'prediction-intervals': field('model.prediction-intervals', { example: '0.9' }),
  'n-jobs': field('model.n-jobs'),
  search: field('search.mode'),
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
      const { trained, data, checks } = await recordRun(session, 'train', async (run) => {
        const data = await loadData(project, context, sourcesOf(project.data.source!), {
          needed: neededColumns(project),
        });
        const results = checkData(project, context, data);
        requireChecks(results);
        const trained = await trainModel(session, run, data);
        return { data, trained, checks: [...results, ...trained.checks] };
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
        summary: trainingReport(trained, data, checks),
        next: [`mlops evaluate --model-uri ${modelUri}`, `mlops register --model-uri ${modelUri}`],
      };
    }),
});

function figures(label: string, rows: readonly (readonly [string, number])[]): Block {
  return {
    kind: 'table',
    columns: [{ label }, { label: 'Value', align: 'right' }],
    rows: rows.map(([name, value]) => [{ text: name, code: true }, formatNumber(value)]),
  };
}

export function trainingReport(
  trained: TrainedModel,
  data: LoadedData,
  checks: readonly CheckResult[],
): ReportDocument {
  const { model, run, metrics } = trained;
  const { oobMetrics = {} } = model.info;
  return {
    title: `Trained ${model.info.name}`,
    lead: `${model.info.task} of ${model.info.target} on ${shape(data.table)}`,
    facts: [
      { label: 'run', value: run.runId },
      { label: 'trees', value: formatNumber(model.info.params.nEstimators) },
    ],
    sections: [
      { title: 'Metrics on held-out rows', blocks: [figures('Metric', Object.entries(metrics))] },
      ...(Object.keys(oobMetrics).length > 0
        ? [{ title: 'Metrics out of bag', blocks: [figures('Metric', Object.entries(oobMetrics))] }]
        : []),
      {
        title: 'Importances of features (mean decrease of impurity)',
        collapsed: true,
        blocks: [
          figures(
            'Feature',
            impurityImportances(model.forest)
              .slice(0, MOST_IMPORTANCES)
              .map(({ feature, importance }) => [feature, importance]),
          ),
        ],
      },
      ...searchSections(trained.search),
      ...failedChecks(checks),
    ],
    footer: [`data ${data.digest.slice(0, 12)} · model ${model.digest.slice(0, 12)}`],
  };
}

import { z } from 'zod';
import { loadModel } from '../model/load-model.ts';
import { defineCommand, field, input } from './command.ts';
import { evaluateModel, findChampion, negativeVerdict, recordEvaluation } from './evaluate-model.ts';
import { loadData, sourcesOf } from './load-data.ts';
import { findModel, withSession } from './session.ts';
import { writeHtmlReport, writeJson } from './write-report.ts';

/** Which model is the champion; the pipeline asks the same. */
export const CHAMPION_INPUT = input(
  z.string().min(1).optional(),
  'The model to compare with, e.g. models:/bikes@production; none: no comparison. Default: the version that serves the last environment.',
);

export const evaluate = defineCommand({
  name: 'evaluate',
  summary: 'Compare a model with the champion and decide by the gates.',
  description:
    'Scores the model and the champion on the same rows that neither was trained on, compares them with confidence intervals, applies the gates of mlops.yaml, and writes the verdict as JSON and as a report.',
  inputs: {
    'model-uri': input(
      z.string().min(1),
      'The challenger: runs:/<run-id>/model, models:/<name>/<version> or a folder.',
      'runs:/…/model',
    ),
    data: field('data.source', { required: true, example: 'data/hours.csv' }),
    name: field('name', { example: 'bikes' }),
    champion: CHAMPION_INPUT,
    rows: input(
      z.enum(['auto', 'all']).default('auto'),
      'auto: the rows that neither model was trained on. all: every row, for data that are new to both.',
    ),
    report: input(z.string().min(1).default('reports/evaluation.html'), 'Where the HTML report is written.'),
    evaluation: input(
      z.string().min(1).default('reports/evaluation.json'),
      'Where the JSON is written that report reads.',
    ),
    'tracking-uri': field('tracking.tracking-uri'),
    'registry-uri': field('tracking.registry-uri'),
  },
  outputs: {
    verdict: 'pass, warn or fail.',
    reason: 'The verdict in a sentence.',
    metrics: 'Metrics of the challenger, a JSON object.',
    report: 'Path of the HTML report.',
    evaluation: 'Path of the JSON.',
  },
  permissions: { contents: 'write: to keep the verdict on the ledger branch (not with an MLflow server)' },
  branding: { icon: 'bar-chart-2', color: 'green' },
  run: async (inputs, project, context) =>
    withSession(project, context, async (session) => {
      const found = await findModel(session, inputs['model-uri']);
      const model = await loadModel(found.directory);
      const champion = await findChampion(session, inputs.champion);
      const data = await loadData(project, context, sourcesOf(project.data.source!));
      const challenger = { model, uri: found.uri, ...(found.version === undefined ? {} : { version: found.version }) };
      const { evaluation, report } = await evaluateModel(session, data, { challenger, champion }, inputs.rows);
      const runId = found.runId ?? model.info.runId;
      if (runId) await recordEvaluation(session, runId, evaluation);
      const negative = negativeVerdict(evaluation, project);
      return {
        outputs: {
          verdict: evaluation.verdict,
          reason: evaluation.reason,
          metrics: evaluation.metrics,
          report: await writeHtmlReport({ ...context, s3: project.data.s3 }, inputs.report, report),
          evaluation: await writeJson({ ...context, s3: project.data.s3 }, inputs.evaluation, evaluation),
        },
        ...(negative === undefined ? {} : { negative }),
        summary: report,
        ...(evaluation.verdict === 'fail' ? {} : { next: [`mlops register --model-uri ${inputs['model-uri']}`] }),
      };
    }),
});

import { z } from 'zod';
import { VERDICT_TAG } from '../deployment/guards.ts';
import { formatNumber, formatTime } from '../reports/format.ts';
import type { Run } from '../tracking/tracking-store.ts';
import { defineCommand, field, input } from './command.ts';
import { PARENT_TAG } from './record-run.ts';
import { experimentName, withSession } from './session.ts';

const METRIC_COLUMNS = 3;
const MOST_RESULTS = 1000;
/** Shown before others, in this order. */
const FIRST_METRICS = ['rmse', 'mae', 'r2', 'roc_auc', 'f1_macro', 'log_loss', 'accuracy'];

export const runs = defineCommand({
  name: 'runs',
  summary: 'The runs of an experiment.',
  description:
    'Lists runs with their status, metrics and verdict, newest first. Without a filter runs that are nested in others, as the trials of a search, are left out.',
  inputs: {
    'experiment-name': field('tracking.experiment-name'),
    filter: input(z.string().optional(), 'MLflow’s search syntax.', 'metrics.rmse < 50'),
    'max-results': input(z.int().min(1).max(MOST_RESULTS).default(20), 'Most runs that are listed.'),
    'tracking-uri': field('tracking.tracking-uri'),
  },
  outputs: { runs: 'The runs, a JSON list.' },
  run: async (inputs, project, context) =>
    withSession(project, context, async ({ stores }) => {
      const name = experimentName(project);
      const experiments = await stores.tracking.listExperiments();
      const asked = project.tracking['experiment-name'] ?? project.name ?? project.data.source;
      const experiment = asked === undefined ? undefined : await stores.tracking.getExperimentByName(name);
      const ids = experiment ? [experiment.experimentId] : experiments.map((e) => e.experimentId);
      const list = (maxResults: number) =>
        stores.tracking.searchRuns({
          experimentIds: ids,
          ...(inputs.filter === undefined ? {} : { filter: inputs.filter }),
          maxResults,
        });
      const most = inputs['max-results'];
      let found = await list(most);
      // A search has many trials; MLflow's syntax cannot say "without a tag".
      if (inputs.filter === undefined && found.some(isNested)) {
        found = (await list(MOST_RESULTS)).filter((run) => !isNested(run)).slice(0, most);
      }
      const measured = new Set(found.flatMap((run) => Object.keys(run.metrics)));
      const metrics = [...new Set([...FIRST_METRICS.filter((key) => measured.has(key)), ...measured])];
      return {
        outputs: { runs: found as unknown as readonly string[] },
        summary: {
          title: experiment ? `Runs of ${experiment.name}` : 'Runs',
          ...(found.length === 0 ? { lead: 'None yet. Train one with: mlops train' } : {}),
          sections:
            found.length === 0
              ? []
              : [{ title: 'Newest first', blocks: [runsTable(found, metrics.slice(0, METRIC_COLUMNS))] }],
        },
      };
    }),
});

function isNested(run: Run): boolean {
  return run.tags[PARENT_TAG] !== undefined;
}

function runsTable(found: readonly Run[], metrics: readonly string[]) {
  return {
    kind: 'table' as const,
    columns: [
      ...['Run', 'Name', 'Started', 'Status', 'Verdict'].map((label) => ({ label })),
      ...metrics.map((label) => ({ label, align: 'right' as const })),
    ],
    rows: found.map((run) => [
      { text: run.runId, code: true },
      run.runName,
      formatTime(run.startTime),
      run.status,
      run.tags[VERDICT_TAG] ?? '',
      ...metrics.map((key) => (run.metrics[key] === undefined ? '' : formatNumber(run.metrics[key]))),
    ]),
  };
}

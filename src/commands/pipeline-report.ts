import type { Cell, ReportDocument, State } from '../reports/document.ts';
import { describeMetrics, formatNumber } from '../reports/format.ts';
import type { PipelineOutcome } from './pipeline-outcome.ts';
import { searchSections } from './search-report.ts';
import { failedChecks } from './validate.ts';

/** What happened, stage by stage, in one table. */
export function pipelineReport(outcome: PipelineOutcome): ReportDocument {
  const { evaluation, version } = outcome;
  const state = evaluation.verdict;
  return {
    title: version ? `${version.name} v${version.version}` : 'No new version',
    verdict: { state, text: evaluation.reason },
    sections: [
      {
        title: 'What happened',
        blocks: [
          {
            kind: 'table',
            columns: [{ label: '' }, { label: 'Stage' }, { label: 'Outcome' }],
            rows: stages(outcome).map(([stageState, name, text]): Cell[] => [
              { text: stageState, state: stageState },
              name,
              text,
            ]),
          },
        ],
      },
      ...searchSections(outcome.search),
      ...failedChecks(outcome.checks),
    ],
    footer: [`run ${outcome.runId}`, ...outcome.reports.map((path) => `report ${path}`)],
  };
}

function stages(outcome: PipelineOutcome): [State, string, string][] {
  const { evaluation, version, deployed, predicted, monitored, checks } = outcome;
  const warnings = checks.filter((check) => !check.passed).length;
  const rows: [State, string, string][] = [
    ['pass', 'ingest', `${formatNumber(outcome.rows)} rows`],
    [warnings > 0 ? 'warn' : 'pass', 'validate', `${checks.length} checks, ${warnings} with a warning`],
    ['pass', 'train', `${formatNumber(outcome.trees)} trees`],
    [evaluation.verdict, 'evaluate', describeMetrics(evaluation.metrics)],
    version
      ? ['pass', 'register', `${version.name} v${version.version}`]
      : ['fail', 'register', 'not registered: the gates refused it'],
  ];
  for (const { environment, promoted, note } of deployed) rows.push([promoted ? 'pass' : 'info', environment, note]);
  if (predicted) {
    const reused = predicted.reused > 0 ? ` (${predicted.reused} files as before)` : '';
    rows.push([
      'pass',
      'predict',
      `${formatNumber(predicted.rows)} rows in ${predicted.outputs.length} files${reused}${predicted.log ? `, logged in ${predicted.log}` : ''}`,
    ]);
  }
  if (monitored) rows.push([monitored.drift || monitored.degraded ? 'warn' : 'pass', 'monitor', monitored.reason]);
  return rows;
}

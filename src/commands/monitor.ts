import { z } from 'zod';
import { renderMarkdown } from '../reports/markdown/render.ts';
import { defineCommand, field, input } from './command.ts';
import { monitorModel } from './monitor-model.ts';
import { servedModel } from './predict-files.ts';
import { withSession } from './session.ts';
import { uploadReport, writeHtmlReport, writeJson } from './write-report.ts';

const ISSUE_BYTES = 60_000;
const sources = z.array(z.string().min(1)).min(1).optional();

export const monitor = defineCommand({
  name: 'monitor',
  summary: 'Compare what production sees with what the model was trained on.',
  description:
    'Looks for drift of data and predictions against the profile kept in the model, and for a loss of performance where labels have arrived. Reads the prediction log, or scores the files given. On drift one issue is opened and kept up to date; it is closed when the drift is gone.',
  inputs: {
    model: input(
      z.string().min(1).optional(),
      'Model URI or folder; default: what the environment serves.',
      'models:/bikes@production',
    ),
    environment: input(
      z.string().min(1).optional(),
      'The environment whose model is monitored; default: the last one of mlops.yaml.',
    ),
    current: input(sources, 'Files to look at; default: the prediction log.', 'incoming/*.csv'),
    labels: input(sources, 'Files with the actual values, joined by monitoring.key.', 'labels.csv'),
    days: input(z.number().gt(0).optional(), 'Only predictions of the log of so many days.', '7'),
    report: input(z.string().min(1).default('reports/monitoring.html'), 'Where the HTML report is written.'),
    issue: input(z.boolean().default(true), 'Open, update and close an issue on the code host.'),
    'fail-on': input(
      z.enum(['never', 'drift', 'degraded']).default('never'),
      'What makes the verdict negative (exit status 3).',
    ),
    'tracking-uri': field('tracking.tracking-uri'),
    'registry-uri': field('tracking.registry-uri'),
  },
  outputs: {
    drift: 'true when the data drifted.',
    degraded: 'true when the model is worse than at training.',
    'retrain-recommended': 'true when a retrain is recommended; schedule then says it is due.',
    reason: 'In a sentence.',
    metrics: 'Figures, a JSON object.',
    report: 'Path of the HTML report.',
  },
  permissions: {
    contents: 'write: to keep the recommendation on the ledger branch (not with an MLflow server)',
    issues: 'write: to open and close the issue',
  },
  branding: { icon: 'activity', color: 'green' },
  run: async (inputs, project, context) =>
    withSession(project, context, async (session) => {
      const served = await servedModel(session, inputs);
      const since = inputs.days === undefined ? undefined : context.now() - inputs.days * 86_400_000;
      const { monitoring, report } = await monitorModel(session, served, { ...inputs, since });
      const place = { ...context, s3: project.data.s3 };
      const path = await writeHtmlReport(place, inputs.report, report);
      await writeJson(place, path.replace(/\.html$/, '.json'), monitoring);
      await uploadReport(context, 'monitoring-report', path);
      const problem = monitoring.drift || monitoring.degraded;
      if (inputs.issue) {
        const id = `monitor-${served.name}`;
        const markdown = renderMarkdown(report, { maxBytes: ISSUE_BYTES });
        if (problem) {
          const title = `${served.name}: ${monitoring.degraded ? 'performance lost' : 'data drift'}`;
          await context.forge.upsertIssue({ id, title, markdown, labels: ['mlops'] });
        } else await context.forge.closeIssue(id, markdown);
      }
      const negative =
        (inputs['fail-on'] === 'drift' && problem) || (inputs['fail-on'] === 'degraded' && monitoring.degraded);
      return {
        outputs: {
          drift: monitoring.drift,
          degraded: monitoring.degraded,
          'retrain-recommended': monitoring.retrainRecommended,
          reason: monitoring.reason,
          metrics: monitoring.metrics,
          report: path,
        },
        ...(negative ? { negative: monitoring.reason } : {}),
        summary: report,
        ...(monitoring.retrainRecommended ? { next: ['mlops pipeline'] } : {}),
      };
    }),
});

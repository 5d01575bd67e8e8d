import { z } from 'zod';
import { formatNumber, formatPercent } from '../reports/format.ts';
import { defineCommand, field, input } from './command.ts';
import { sourcesOf } from './load-data.ts';
import { modelLabel, scoreFiles, servedModel } from './predict-files.ts';
import { withSession } from './session.ts';

export const predict = defineCommand({
  name: 'predict',
  summary: 'Score many files in parallel.',
  description:
    'Scores every row of the files with a registered model or with what an environment serves. Each file gets a file of predictions; a manifest says which model made which file, and a second run does only what is missing.',
  inputs: {
    model: input(
      z.string().min(1).optional(),
      'Model URI or folder; default: what the environment serves.',
      'models:/bikes@production',
    ),
    environment: input(
      z.string().min(1).optional(),
      'The environment whose model is used; default: the last one of mlops.yaml.',
    ),
    data: field('batch.source', { required: true, example: 'incoming/*.csv' }),
    output: field('batch.output'),
    'keep-columns': field('batch.keep-columns'),
    'max-reject-share': field('batch.max-reject-share'),
    'tracking-uri': field('tracking.tracking-uri'),
    'registry-uri': field('tracking.registry-uri'),
  },
  outputs: {
    rows: 'Rows scored.',
    rejected: 'Rows that could not be read; they stand in <file>.rejected.csv with the reason.',
    outputs: 'The files written.',
    'model-uri': 'The model that was used.',
  },
  branding: { icon: 'zap', color: 'green' },
  run: async (inputs, project, context) =>
    withSession(project, context, async (session) => {
      const served = await servedModel(session, inputs);
      const done = await scoreFiles(session, served, {
        sources: sourcesOf(project.batch.source!),
        output: project.batch.output,
        keepColumns: project.batch['keep-columns'],
      });
      const share = done.rejected / Math.max(1, done.rows + done.rejected);
      const tooMany = share > project.batch['max-reject-share'];
      const reason = `${formatNumber(done.rejected)} rows (${formatPercent(share)}) were rejected`;
      return {
        outputs: { rows: done.rows, rejected: done.rejected, outputs: done.outputs, 'model-uri': served.uri },
        ...(tooMany
          ? {
              negative: `${reason}, allowed are ${formatPercent(project.batch['max-reject-share'])} (batch.max-reject-share)`,
            }
          : {}),
        summary: {
          title: `Predictions of ${modelLabel(served)}`,
          verdict: { state: tooMany ? 'fail' : 'pass', text: done.rejected > 0 ? reason : 'every row was scored' },
          facts: [
            { label: 'rows', value: formatNumber(done.rows) },
            { label: 'files', value: formatNumber(done.outputs.length) },
            { label: 'rejected', value: formatNumber(done.rejected) },
          ],
          sections: [{ title: 'Files', collapsed: true, blocks: [{ kind: 'list', items: done.outputs }] }],
          footer: [`model ${served.model.digest.slice(0, 12)}`],
        },
        next: ['mlops monitor'],
      };
    }),
});

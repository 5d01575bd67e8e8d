import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { faultsOf } from '../config/fault.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { type Evaluation, evaluationSchema } from '../evaluation/evaluation.ts';
import { evaluationReport } from '../evaluation/report.ts';
import { renderMarkdown } from '../reports/markdown/render.ts';
import { defineCommand, input } from './command.ts';
import type { CommandContext } from './context.ts';
import { uploadReport, writeHtmlReport } from './write-report.ts';

/** GitHub takes 65,536 characters; the rest is for the marker. */
const COMMENT_BYTES = 65_000;

export const report = defineCommand({
  name: 'report',
  summary: 'Say an evaluation where the team looks: as comment of the pull request.',
  description:
    'Writes the evaluation as one comment on the pull request, updated in place, and stores the HTML report with the workflow run. The JSON is checked first, so it may come from an untrusted workflow.',
  inputs: {
    evaluation: input(z.string().min(1).default('reports/evaluation.json'), 'The JSON that evaluate wrote.'),
    report: input(z.string().min(1).default('reports/evaluation.html'), 'Where the HTML report is written.'),
    comment: input(z.boolean().default(true), 'Comment on the pull request, if there is one.'),
  },
  outputs: {
    verdict: 'pass, warn or fail.',
    report: 'Path of the HTML report.',
    'report-url': 'Where the report can be opened.',
    'comment-url': 'The comment.',
  },
  permissions: { 'pull-requests': 'write: to comment' },
  branding: { icon: 'message-square', color: 'green' },
  run: async (inputs, project, context) => {
    const evaluation = await readEvaluation(context, inputs.evaluation);
    const document = evaluationReport(evaluation);
    const path = await writeHtmlReport({ ...context, s3: project.data.s3 }, inputs.report, document);
    const reportUrl = await uploadReport(context, 'evaluation-report', path);
    const commentUrl = inputs.comment ? await comment(context, document, reportUrl) : undefined;
    return {
      outputs: {
        verdict: evaluation.verdict,
        report: path,
        ...(reportUrl === undefined ? {} : { 'report-url': reportUrl }),
        ...(commentUrl === undefined ? {} : { 'comment-url': commentUrl }),
      },
      summary: document,
    };
  },
});

async function comment(
  context: CommandContext,
  document: Parameters<typeof renderMarkdown>[0],
  reportUrl: string | undefined,
): Promise<string | undefined> {
  const linked = reportUrl ? `\n\n[The whole report](${reportUrl})\n` : '';
  const markdown = renderMarkdown(document, { maxBytes: COMMENT_BYTES - linked.length }) + linked;
  const result = await context.forge.upsertComment({ id: 'evaluation', markdown });
  if (result.done) return result.url;
  context.log.info(`no comment: ${result.reason}`);
  return undefined;
}

async function readEvaluation(context: CommandContext, path: string): Promise<Evaluation> {
  const text = await readFile(resolve(context.cwd, path), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new MlopsError(
      'EVALUATION_INVALID',
      `"evaluation" is "${path}", but there is no such file; mlops evaluate writes it`,
    );
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new MlopsError('EVALUATION_INVALID', `${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = evaluationSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = faultsOf(evaluationSchema, value, parsed.error);
  throw new MlopsError(
    'EVALUATION_INVALID',
    faults.map((fault) => `${path}: "${fault.path.join('.')}" ${fault.problem}`),
  );
}

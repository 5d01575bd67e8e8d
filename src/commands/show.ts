import { z } from 'zod';
import { type HistoryEntry, readHistory } from '../deployment/history.ts';
import { loadModel } from '../model/load-model.ts';
import type { ResolvedModel } from '../registry/resolve-model.ts';
import type { ReportDocument, Section } from '../reports/document.ts';
import { formatNumber, formatTime } from '../reports/format.ts';
import type { Run } from '../tracking/tracking-store.ts';
import { type CommandResult, defineCommand, field, input } from './command.ts';
import { findRun } from './compare-runs.ts';
import { findModel, type Session, withSession } from './session.ts';

export const show = defineCommand({
  name: 'show',
  summary: 'All that is known of a run or a model.',
  description:
    'Shows a run with its params, metrics, data and models, or a model with its inputs, parameters, metrics, origin and where it was served.',
  inputs: {
    uri: input(z.string().min(1), 'A run id (or its first characters), or a model URI.', 'models:/bikes@production'),
    'tracking-uri': field('tracking.tracking-uri'),
    'registry-uri': field('tracking.registry-uri'),
  },
  outputs: {
    run: 'The run, a JSON object; of a model the one that trained it.',
    model: 'What the model says of itself, a JSON object; not for a run.',
    history: 'Entries of the promotion history that name the version, a JSON list; only for a registered version.',
  },
  run: async ({ uri }, project, context) =>
    withSession(project, context, (session) => (isModel(uri) ? showModel(session, uri) : showRun(session, uri))),
});

/** A folder is a model too; a run id has no slash. */
function isModel(uri: string): boolean {
  return !/^[0-9a-f-]{4,36}$/.test(uri);
}

type Shown = Promise<CommandResult<Record<'run' | 'model' | 'history', string>>>;

async function showRun({ stores }: Session, id: string): Shown {
  const run = await findRun(stores.tracking, id);
  const models = await stores.tracking.listLoggedModels(run.runId);
  return {
    outputs: { run: run as unknown as Record<string, unknown> },
    summary: {
      ...runReport(run),
      footer: models.map(({ name, modelId, status }) => `model ${name}: models:/${modelId} (${status})`),
    },
  };
}

async function showModel(session: Session, uri: string): Shown {
  const { tracking, registry } = session.stores;
  const found = await findModel(session, uri);
  const { info, digest, inputs } = await loadModel(found.directory);
  const runId = found.runId || info.runId;
  const run = runId === '' || found.runId === undefined ? undefined : await tracking.getRun(runId);
  const history = await servings(registry, found);
  return {
    outputs: {
      model: { ...info, digest, inputs, uri: found.uri } as Record<string, unknown>,
      ...(run ? { run: run as unknown as Record<string, unknown> } : {}),
      ...(found.version === undefined ? {} : { history: history as unknown as readonly string[] }),
    },
    summary: modelReport(found, { info, digest, inputs }, run, history),
  };
}

async function servings(
  registry: Session['stores']['registry'],
  { name, version }: ResolvedModel,
): Promise<HistoryEntry[]> {
  if (name === undefined) return [];
  return (await readHistory(registry, name)).filter(({ from, to }) => from === version || to === version);
}

function runReport(run: Run): ReportDocument {
  const ended = run.endTime === null ? 'under way' : `${formatNumber((run.endTime - run.startTime) / 1000)} s`;
  return {
    title: run.runName,
    lead: `${run.status}, ${formatTime(run.startTime)}, ${ended}`,
    facts: [{ label: 'run', value: run.runId }, ...originOf(run)],
    sections: [
      pairs(
        'Metrics',
        Object.entries(run.metrics).map(([name, value]) => [name, formatNumber(value)]),
      ),
      pairs('Params', Object.entries(run.params)),
      pairs(
        'Data',
        run.datasets.map(({ name, digest, context }) => [`${name} (${context})`, digest]),
      ),
      pairs(
        'Tags',
        Object.entries(run.tags).filter(([key]) => !key.startsWith('mlflow.')),
      ),
    ].filter(hasRows),
  };
}

function modelReport(
  found: ResolvedModel,
  { info, digest, inputs }: Pick<Awaited<ReturnType<typeof loadModel>>, 'info' | 'digest' | 'inputs'>,
  run: Run | undefined,
  history: readonly HistoryEntry[],
): ReportDocument {
  return {
    title: found.version === undefined ? info.name : `${info.name} v${found.version}`,
    lead: `${info.task} of ${info.target}, made ${formatTime(info.createdAt)} by ${info.engine} ${info.toolkitVersion}`,
    facts: [
      { label: 'run', value: info.runId },
      {
        label: 'rows',
        value: `${formatNumber(info.split.trainingRows)} learned, ${formatNumber(info.split.testRows)} held out`,
      },
      { label: 'data', value: `${info.dataSource} (${info.dataDigest.slice(0, 12)})` },
      ...(run ? originOf(run) : []),
    ],
    sections: [
      pairs(
        'Metrics on held-out rows',
        Object.entries(info.metrics).map(([name, value]) => [name, formatNumber(value)]),
      ),
      pairs(
        'Inputs',
        inputs.map(({ name, type, required }) => [name, required ? type : `${type}, may be missing`]),
      ),
      pairs(
        'Parameters',
        Object.entries(info.params).map(([name, value]) => [name, JSON.stringify(value)]),
      ),
      pairs(
        'Where it was served',
        history.map(({ time, environment, action, actor, reason }) => [
          `${time.slice(0, 16).replace('T', ' ')} ${environment}`,
          `${action} by ${actor}${reason === '' ? '' : `: ${reason}`}`,
        ]),
      ),
    ].filter(hasRows),
    footer: [`model ${digest}`],
  };
}

function originOf({ tags }: Run): { label: string; value: string }[] {
  const known = { commit: 'mlflow.source.git.commit', by: 'mlflow.user', from: 'mlflow.source.name' };
  return Object.entries(known).flatMap(([label, tag]) => (tags[tag] ? [{ label, value: tags[tag] }] : []));
}

function pairs(title: string, rows: readonly (readonly [string, string])[]): Section {
  const columns = [{ label: 'Name' }, { label: 'Value', align: 'right' as const }];
  return {
    title,
    blocks: [{ kind: 'table', columns, rows: rows.map(([name, value]) => [{ text: name, code: true }, value]) }],
  };
}

function hasRows({ blocks }: Section): boolean {
  return blocks.some((block) => block.kind === 'table' && block.rows.length > 0);
}

import { DEFAULT_FILE } from '../config/load-project.ts';
import { DIGEST_TAG } from '../deployment/guards.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import type { Monitoring } from '../monitoring/monitor.ts';
import type { ModelVersion } from '../registry/model-registry.ts';
import { defineCommand } from './command.ts';
import { deployVersion, targetOf } from './deploy-version.ts';
import { CHAMPION_INPUT } from './evaluate.ts';
import { type Candidate, evaluateModel, findChampion, negativeVerdict, recordEvaluation } from './evaluate-model.ts';
import { loadData, sourcesOf } from './load-data.ts';
import { monitorModel } from './monitor-model.ts';
import type { EnvironmentOutcome, PipelineOutcome } from './pipeline-outcome.ts';
import { pipelineReport } from './pipeline-report.ts';
import { type Predicted, scoreFiles, servedModel } from './predict-files.ts';
import { recordRun } from './record-run.ts';
import { registerModel } from './register.ts';
import { type Session, withSession } from './session.ts';
import { TRAINING_INPUTS } from './train.ts';
import { trainModel } from './train-model.ts';
import { checkData, checksSection, requireChecks } from './validate.ts';
import { writeHtmlReport, writeJson } from './write-report.ts';

const EVALUATION_REPORT = 'reports/evaluation.html';
const MONITORING_REPORT = 'reports/monitoring.html';

export const pipeline = defineCommand({
  name: 'pipeline',
  summary: 'The whole pipeline: from the table to a served and monitored model.',
  description:
    'Reads and checks the table, trains, evaluates against the champion, registers, deploys to every environment whose promotion is auto, scores the batch files, and monitors the predictions.',
  inputs: { ...TRAINING_INPUTS, champion: CHAMPION_INPUT },
  outputs: {
    'run-id': 'MLflow run id of the training.',
    'model-uri': 'models:/<name>/<version>.',
    'model-version': 'The number of the new version; empty when the gates refused it.',
    verdict: 'pass, warn or fail.',
    reason: 'The verdict in a sentence.',
    metrics: 'Metrics on the held-out rows, a JSON object.',
    promoted: 'true when the last environment serves the new version.',
    rows: 'Rows scored.',
    drift: 'true when the scored rows drifted from the training data.',
    report: 'Path of the HTML report of the evaluation.',
  },
  permissions: {
    contents: 'write: to keep runs and models on the ledger branch (not with an MLflow server)',
    deployments: 'write: to record deployments',
  },
  branding: { icon: 'git-merge', color: 'green' },
  run: async (inputs, project, context, loaded) =>
    withSession(project, context, async (session) => {
      const outcome = await runPipeline(session, inputs.champion);
      const negative = negativeVerdict(outcome.evaluation, project);
      const { evaluation, version, deployed, predicted, monitored, runId } = outcome;
      const last = Object.keys(project.environments).at(-1);
      return {
        outputs: {
          'run-id': runId,
          ...(version
            ? { 'model-uri': `models:/${version.name}/${version.version}`, 'model-version': version.version }
            : {}),
          verdict: evaluation.verdict,
          reason: evaluation.reason,
          metrics: evaluation.metrics,
          promoted: deployed.some((d) => d.environment === last && d.promoted),
          ...(predicted ? { rows: predicted.rows } : {}),
          ...(monitored ? { drift: monitored.drift } : {}),
          report: EVALUATION_REPORT,
        },
        ...(negative === undefined ? {} : { negative }),
        summary: pipelineReport(outcome),
        next: nextCommands(session, outcome, loaded.file),
      };
    }),
});

async function runPipeline(session: Session, askedChampion: string | undefined): Promise<PipelineOutcome> {
  const { project, context } = session;
  const { data, checks, trained } = await recordRun(session, 'pipeline', async (run) => {
    const data = await loadData(project, context, sourcesOf(project.data.source!));
    const results = checkData(project, context, data);
    requireChecks(results);
    const trained = await trainModel(session, run, data);
    return { data, trained, checks: [...results, ...trained.checks] };
  });

  const challenger = { model: trained.model, uri: `runs:/${trained.run.runId}/model` };
  const champion = await findChampion(session, askedChampion);
  const { evaluation, report } = evaluateModel(session, data, { challenger, champion }, 'auto');
  await recordEvaluation(session, trained.run.runId, evaluation);
  const whole = { ...report, sections: [...report.sections, checksSection(checks)] };
  const reports = [await writeHtmlReport(context, EVALUATION_REPORT, whole)];
  await writeJson(context, EVALUATION_REPORT.replace('.html', '.json'), evaluation);

  const outcome = {
    runId: trained.run.runId,
    rows: data.table.nRows,
    trees: trained.model.info.params.nEstimators,
    checks,
    search: trained.search,
    evaluation,
  };
  if (evaluation.verdict === 'fail') {
    return { ...outcome, version: undefined, deployed: [], predicted: undefined, monitored: undefined, reports };
  }
  const version = await registerModel(session, challenger.uri, { alias: 'challenger', description: evaluation.reason });
  const deployed = await deployEverywhere(session, version, champion, evaluation);
  const { predicted, monitored } = await useModel(session);
  if (monitored) reports.push(MONITORING_REPORT);
  return { ...outcome, version, deployed, predicted, monitored, reports };
}

/** Environment by environment in the order of promotion; the first that needs a person ends it. */
async function deployEverywhere(
  session: Session,
  version: ModelVersion,
  champion: Candidate | undefined,
  evaluation: Evaluation,
): Promise<EnvironmentOutcome[]> {
  const label = `v${version.version}`;
  if (champion && champion.model.digest === version.tags[DIGEST_TAG]) {
    const note = `v${champion.version} keeps serving: ${label} has the same bytes`;
    session.context.log.info(`${note}; the data and the settings are those of v${champion.version}`);
    return Object.keys(session.project.environments).map((environment) => ({ environment, promoted: false, note }));
  }
  const outcomes: EnvironmentOutcome[] = [];
  const uri = `models:/${version.name}/${version.version}`;
  for (const [environment, settings] of Object.entries(session.project.environments)) {
    if (settings.promotion === 'manual') {
      const command = `mlops promote --model ${uri} --environment ${environment} --reason …`;
      outcomes.push({ environment, promoted: false, note: `waits for a person: ${command}` });
      break;
    }
    if (settings.requires !== undefined && evaluation.verdict !== 'pass') {
      outcomes.push({ environment, promoted: false, note: `not promoted: ${evaluation.reason}` });
      break;
    }
    const action = settings.requires === undefined ? 'deploy' : 'promote';
    const { previous } = await deployVersion(session, { model: uri, environment, action, reason: evaluation.reason });
    const before = previous === undefined ? '' : ` in place of v${previous}`;
    outcomes.push({ environment, promoted: true, note: `serves ${label}${before}` });
  }
  return outcomes;
}

/** Scores the batch files with what the last environment serves, and monitors what was predicted. */
async function useModel(
  session: Session,
): Promise<{ predicted: Predicted | undefined; monitored: Monitoring | undefined }> {
  const { project, context } = session;
  const { source, output, 'keep-columns': keepColumns } = project.batch;
  const environment = await lastServing(session);
  if (source === undefined || environment === undefined) return { predicted: undefined, monitored: undefined };
  const served = await servedModel(session, { model: undefined, environment });
  const predicted = await scoreFiles(session, served, { sources: sourcesOf(source), output, keepColumns });
  const labels = project.monitoring.labels === undefined ? undefined : sourcesOf(project.monitoring.labels);
  const { monitoring, report } = await monitorModel(session, served, {
    current: project['prediction-log'].enabled ? undefined : sourcesOf(source),
    labels,
    since: undefined,
  });
  await writeHtmlReport(context, MONITORING_REPORT, report);
  return { predicted, monitored: monitoring };
}

async function lastServing(session: Session): Promise<string | undefined> {
  for (const environment of Object.keys(session.project.environments).toReversed()) {
    if (await targetOf(session, environment).current()) return environment;
  }
  return undefined;
}

function nextCommands(session: Session, outcome: PipelineOutcome, file: string | undefined): string[] {
  const uri = session.project.tracking['tracking-uri'];
  const config = file === undefined || file === DEFAULT_FILE ? '' : ` --config ${file}`;
  const commands: [string, string][] = [
    ...(outcome.deployed.length > 0 ? [[`npx mlops serve${config}`, 'predictions over HTTP'] as [string, string]] : []),
    [`npx mlops runs${config}`, 'what was trained, with metrics'],
    [`npx mlops models${config}`, 'versions and where they are served'],
    ...(uri.startsWith('sqlite:')
      ? [[`mlflow ui --backend-store-uri ${uri}`, "MLflow's own pages, if you have it"] as [string, string]]
      : []),
  ];
  const widest = Math.max(...commands.map(([command]) => command.length));
  return [
    ...commands.map(([command, what]) => `${command.padEnd(widest)}  ${what}`),
    ...outcome.reports.map((path) => `open ${path}`),
  ];
}

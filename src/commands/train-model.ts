import { join } from 'node:path';
import type { Project } from '../config/project.ts';
import { splitRows } from '../data/split.ts';
import { columnNames, dropColumns, findColumn, getColumn, selectColumns, type Table, takeRows } from '../data/table.ts';
import { prepareTarget, takeTarget } from '../data/target.ts';
import { MlopsError, throwFaults } from '../errors/mlops-error.ts';
import { applyFeatures, fitFeatures } from '../features/pipeline.ts';
import { fitEngine } from '../forest/engines.ts';
import { treeCount } from '../forest/forest.ts';
import { checkParams } from '../forest/params.ts';
import { baselineOf } from '../metrics/baseline.ts';
import { scoreAll } from '../metrics/score-all.ts';
import { loadModel, type Model } from '../model/load-model.ts';
import { predictRaw } from '../model/predict.ts';
import { writeModel } from '../model/write-model.ts';
import { buildProfile } from '../monitoring/profile.ts';
import { describeMetrics, formatNumber } from '../reports/format.ts';
import type { Run } from '../tracking/tracking-store.ts';
import { VERSION } from '../version.ts';
import { forestParams, loggedParams } from './forest-params.ts';
import { describeSources, type LoadedData } from './load-data.ts';
import { modelName, type Session } from './session.ts';

/** The name that MLflow gives to the model of a run: `runs:/<run id>/model`. */
const MODEL_NAME = 'model';
const EXAMPLE_ROWS = 5;

export interface TrainedModel {
  readonly run: Run;
  readonly modelUri: string;
  readonly model: Model;
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Split → features → forest → metrics on the held-out rows → model directory → tracking store, as one run that is under
 * way. What is held out never reaches the features or the forest.
 */
export async function trainModel(session: Session, run: Run, data: LoadedData): Promise<TrainedModel> {
  const { project, context, stores } = session;
  const { target: targetName, time } = project.data;
  if (targetName === undefined) throw new MlopsError('INPUT_INVALID', '"target" is missing');
  checkColumns(project, data);

  const prepared = prepareTarget(data.table, targetName, project.model.task);
  const table = takeRows(data.table, prepared.rows);
  const seed = project.model['random-state'];
  // What is left out may come and go in later tables; a row must keep its side all the same.
  const splitColumns = columnNames(dropColumns(table, project.data.exclude));
  const split = splitRows(table, {
    settings: project.data.split,
    task: prepared.task,
    target: targetName,
    ...(time === undefined ? {} : { time }),
    seed,
    columns: splitColumns,
  });
  const raw = dropColumns(table, [targetName, ...project.data.exclude]);
  const training = takeRows(raw, split.train);
  const heldOut = takeRows(raw, split.test);
  const trainingTarget = takeTarget(prepared.target, split.train);
  const heldOutTarget = takeTarget(prepared.target, split.test);

  const featureBar = context.progress.start('features');
  const fitted = fitFeatures(training, project.features, {
    target: trainingTarget,
    ...(time === undefined ? {} : { time }),
    seed,
  });
  const features = applyFeatures(fitted, training);
  featureBar.done(`${fitted.outputs.length} features of ${raw.columns.length} columns; ${split.description}`);

  const params = forestParams(project.model, prepared.task);
  const set = { features, target: trainingTarget };
  throwFaults('INPUT_INVALID', checkParams(params, set));
  const bar = context.progress.start('train', params.nEstimators);
  const minutes = project.model['max-train-time-minutes'];
  const forest = await fitEngine(project.model.engine, set, params, {
    nJobs: project.model['n-jobs'],
    signal: context.signal,
    onProgress: (done, total) => bar.update(done, `${done} of ${total} trees`),
    ...(minutes === null ? {} : { maxTrainTimeMs: minutes * 60_000 }),
  });
  const trees = treeCount(forest);
  bar.done(`${formatNumber(trees)} trees on ${formatNumber(features.nRows)} rows (${project.model.engine})`);
  context.signal.throwIfAborted();

  const classes = prepared.target.task === 'classification' ? prepared.target.classes : [];
  const predict = (rows: Table) => predictRaw({ task: prepared.task, classes, features: fitted, forest }, rows);
  const heldOutPredictions = predict(heldOut);
  const metrics = scoreAll(heldOutTarget, heldOutPredictions);
  const heldOutInputs = selectColumns(
    heldOut,
    fitted.inputs.map((input) => input.name),
  );
  const modelBar = context.progress.start('model');
  const logged = await stores.tracking.createLoggedModel({
    name: MODEL_NAME,
    experimentId: run.experimentId,
    sourceRunId: run.runId,
  });
  try {
    const directory = join(session.scratch, logged.modelId);
    await writeModel(directory, {
      info: {
        name: modelName(project),
        task: prepared.task,
        target: targetName,
        classes,
        createdAt: context.now(),
        toolkitVersion: VERSION,
        engine: project.model.engine,
        params,
        metrics,
        dataDigest: data.digest,
        dataSource: describeSources(data.sources),
        runId: run.runId,
        modelId: logged.modelId,
        split: {
          settings: project.data.split,
          seed,
          columns: splitColumns,
          trainingRows: split.train.length,
          testRows: split.test.length,
        },
        baseline: baselineOf(trainingTarget),
        ...(time === undefined ? {} : { time }),
        ...(split.cutoff === undefined ? {} : { splitCutoff: split.cutoff }),
      },
      features: fitted,
      forest,
      example: takeRows(training, spreadRows(training.nRows, EXAMPLE_ROWS)),
      // What production is compared with: rows that the model has not seen, so that its predictions on them are honest.
      // The inputs alone: nobody needs to send, and no log keeps, what the model does not use.
      files: { 'profile.json': JSON.stringify(buildProfile(heldOutInputs, heldOutPredictions, heldOutTarget)) },
    });
    const model = await loadModel(directory);
    await stores.tracking.artifacts(logged.artifactLocation).upload(directory, '');
    await stores.tracking.finalizeLoggedModel(logged.modelId, 'READY');
    await logTraining(session, run, data, { model, params: loggedParams(params), metrics });
    modelBar.done(`${describeMetrics(metrics)} on ${formatNumber(heldOut.nRows)} held-out rows`);
    return { run, modelUri: `models:/${logged.modelId}`, model, metrics };
  } catch (error) {
    await stores.tracking.finalizeLoggedModel(logged.modelId, 'FAILED');
    throw error;
  }
}

/** Columns that are named in mlops.yaml and are not in the table, all at once. */
function checkColumns(project: Project, data: LoadedData): void {
  const { target, time, exclude } = project.data;
  const source = describeSources(data.sources);
  const asked = [
    ['data.target', target],
    ['data.time', time],
    ...exclude.map((name) => ['data.exclude', name]),
  ] as const;
  const faults: string[] = [];
  for (const [role, name] of asked) {
    if (name === undefined || findColumn(data.table, name)) continue;
    try {
      getColumn(data.table, name, role!, source);
    } catch (error) {
      faults.push((error as MlopsError).message);
    }
  }
  throwFaults('COLUMN_NOT_FOUND', faults);
}

async function logTraining(
  session: Session,
  run: Run,
  data: LoadedData,
  trained: { model: Model; params: Record<string, string>; metrics: Readonly<Record<string, number>> },
): Promise<void> {
  const { tracking } = session.stores;
  const { model } = trained;
  const timestamp = session.context.now();
  await tracking.logDatasets(run.runId, [
    {
      name: describeSources(data.sources),
      // MLflow keeps 36 characters.
      digest: data.digest.slice(0, 8),
      sourceType: data.sourceType,
      source: JSON.stringify({ uri: data.sources.join('\n') }),
      schema: JSON.stringify({ mlflow_colspec: model.inputs.map(({ name, type }) => ({ type, name })) }),
      profile: JSON.stringify({
        num_rows: data.table.nRows,
        num_elements: data.table.nRows * data.table.columns.length,
      }),
      context: 'training',
    },
  ]);
  await tracking.logBatch(run.runId, {
    params: {
      ...trained.params,
      engine: model.info.engine,
      target: model.info.target,
      task: model.info.task,
      data: describeSources(data.sources),
    },
    metrics: Object.entries(trained.metrics).map(([key, value]) => ({ key, value, timestamp, step: 0 })),
    tags: { 'mlops.data_digest': data.digest, 'mlops.model_digest': model.digest },
  });
}

/** `count` rows spread evenly over the table, so that an example is not its first rows. */
function spreadRows(nRows: number, count: number): Int32Array {
  const rows = Math.min(nRows, count);
  return Int32Array.from({ length: rows }, (_, i) => Math.floor(((i + 0.5) * nRows) / rows));
}

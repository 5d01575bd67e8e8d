import { join } from 'node:path';
import type { Project } from '../config/project.ts';
import type { CheckResult } from '../data/checks/check-result.ts';
import { columnSpecs } from '../data/colspec.ts';
import { describeParts } from '../data/sources/describe-parts.ts';
import { splitRows } from '../data/split.ts';
import { columnNames, dropColumns, findColumn, getColumn, selectColumns, type Table, takeRows } from '../data/table.ts';
import { prepareTarget, takeTarget } from '../data/target.ts';
import { MlopsError, throwFaults } from '../errors/mlops-error.ts';
import type { FittedFeatures } from '../features/fitted-features.ts';
import { fitTransform, looksBack } from '../features/pipeline.ts';
import { checkEngine, fitEngine } from '../forest/engines.ts';
import { treeCount } from '../forest/forest.ts';
import { impurityImportances } from '../forest/impurity-importances.ts';
import { baselineOf } from '../metrics/baseline.ts';
import { scoreAll } from '../metrics/score-all.ts';
import { loadModel, type Model } from '../model/load-model.ts';
import { exportFaults } from '../model/onnx/operations.ts';
import { predictAmong } from '../model/predict.ts';
import { writeModel } from '../model/write-model.ts';
import { buildProfile } from '../monitoring/profile.ts';
import { describeMetrics, formatNumber } from '../reports/format.ts';
import type { Run } from '../tracking/tracking-store.ts';
import { VERSION } from '../version.ts';
import { forestParams, loggedParams } from './forest-params.ts';
import { describeSources, type LoadedData } from './load-data.ts';
import { checkRefinement, loggedRefinement, refineForest, uncalibratedMetrics } from './refine-forest.ts';
import { type SearchOutcome, searchModel } from './search-model.ts';
import { selectFeatures } from './select-features.ts';
import { modelName, type Session } from './session.ts';
import { checkTraining } from './training-checks.ts';

/** The name that MLflow gives to the model of a run: `runs:/<run id>/model`. */
const MODEL_NAME = 'model';
const EXAMPLE_ROWS = 5;

export interface TrainedModel {
  readonly run: Run;
  readonly modelUri: string;
  readonly model: Model;
  readonly metrics: Readonly<Record<string, number>>;
  /** Of the split, and of the table beside the one of the last version. */
  readonly checks: readonly CheckResult[];
  readonly search: SearchOutcome | undefined;
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
  const splitColumns = project.data.split.key ?? columnNames(dropColumns(table, project.data.exclude));
  const split = splitRows(table, {
    settings: project.data.split,
    task: prepared.task,
    target: targetName,
    ...(time === undefined ? {} : { time }),
    seed,
    columns: splitColumns,
  });
  const raw = dropColumns(table, [targetName, ...project.data.exclude]);
  const given = takeRows(raw, split.train);
  const heldOut = takeRows(raw, split.test);
  const heldOutTarget = takeTarget(prepared.target, split.test);

  const checks = await checkTraining(session, data.table, { training: given, heldOut });

  const featureBar = context.progress.start('features');
  const made = fitTransform(given, project.features, {
    target: takeTarget(prepared.target, split.train),
    ...(time === undefined ? {} : { time }),
    splitByTime: isByTime(project),
    seed,
  });
  // Steps may leave training rows out; held-out rows are all answered.
  const trained = Int32Array.from(made.rows, (row) => split.train[row]!);
  const training = takeRows(raw, trained);
  const trainingTarget = takeTarget(prepared.target, trained);
  const select = project.features.select;
  const { fitted, features } = select
    ? await selectFeatures({
        ...made,
        settings: select,
        target: trainingTarget,
        params: forestParams(project.model, prepared.task),
        times: isByTime(project) ? timesOf(training, time) : undefined,
        nJobs: project.model['n-jobs'],
        signal: context.signal,
      })
    : made;
  if (project.model.export === 'all') throwFaults('EXPORT_UNSUPPORTED', exportFaults(fitted));
  featureBar.done(`${fitted.outputs.length} features of ${raw.columns.length} columns; ${split.description}`);

  const set = { features, target: trainingTarget };
  throwFaults('INPUT_INVALID', [
    ...checkEngine(project.model.engine, forestParams(project.model, prepared.task), set),
    ...checkRefinement(project.model, prepared.task, features.nRows),
  ]);
  const { model: settings, search } = await searchModel(session, run, {
    table: takeRows(table, split.train),
    rows: given,
    set,
    target: takeTarget(prepared.target, split.train),
    splitColumns,
  });
  const params = forestParams(settings, prepared.task);
  const bar = context.progress.start('train', params.nEstimators);
  const minutes = project.model['max-train-time-minutes'];
  const forest = await fitEngine(project.model.engine, set, params, {
    nJobs: project.model['n-jobs'],
    signal: context.signal,
    onProgress: (done, total) => bar.update(done, `${done} of ${total} trees`),
    onWarning: (message) => context.log.warn(message),
    ...(minutes === null ? {} : { maxTrainTimeMs: minutes * 60_000 }),
  });
  const trees = treeCount(forest);
  bar.done(`${formatNumber(trees)} trees on ${formatNumber(features.nRows)} rows (${project.model.engine})`);
  context.signal.throwIfAborted();

  const classes = prepared.target.task === 'classification' ? prepared.target.classes : [];
  const { oobMetrics, ...refined } = refineForest(forest, set, params, project.model, context.log);
  const parts = { task: prepared.task, classes, features: fitted, forest, ...refined };
  const heldOutPredictions = predictAmong(parts, raw, split.test);
  const metrics = {
    ...scoreAll(heldOutTarget, heldOutPredictions),
    ...uncalibratedMetrics(parts, (without) => predictAmong(without, raw, split.test), heldOutTarget),
  };
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
        ...(oobMetrics ? { oobMetrics } : {}),
        dataDigest: data.digest,
        dataSource: describeSources(data.sources),
        runId: run.runId,
        modelId: logged.modelId,
        split: {
          settings: project.data.split,
          seed,
          columns: splitColumns,
          trainingRows: trained.length,
          testRows: split.test.length,
        },
        baseline: baselineOf(trainingTarget),
        ...(time === undefined ? {} : { time }),
        ...(split.cutoff === undefined ? {} : { splitCutoff: split.cutoff }),
      },
      features: fitted,
      forest,
      ...refined,
      nativeOnly: project.model.export === 'native-only',
      example: takeRows(training, exampleRows(training, fitted, time)),
      // What production is compared with: rows that the model has not seen, so that its predictions on them are honest.
      // The inputs alone: nobody needs to send, and no log keeps, what the model does not use.
      files: {
        'profile.json': JSON.stringify(buildProfile(heldOutInputs, heldOutPredictions, heldOutTarget)),
        'feature_importances.json': JSON.stringify(impurityImportances(forest)),
      },
    });
    const model = await loadModel(directory);
    await stores.tracking.artifacts(logged.artifactLocation).upload(directory, '');
    await stores.tracking.finalizeLoggedModel(logged.modelId, 'READY');
    await logTraining(session, run, data, {
      model,
      params: { ...loggedParams(params), ...loggedRefinement(project.model) },
      metrics: { ...metrics, ...oobMetrics },
    });
    modelBar.done(`${describeMetrics(metrics)} on ${formatNumber(heldOut.nRows)} held-out rows`);
    return { run, modelUri: `models:/${logged.modelId}`, model, metrics, checks, search };
  } catch (error) {
    await stores.tracking.finalizeLoggedModel(logged.modelId, 'FAILED');
    throw error;
  }
}

function timesOf(table: Table, time: string | undefined): Float64Array | undefined {
  const column = time === undefined ? undefined : findColumn(table, time);
  return column?.kind === 'datetime' ? column.values : undefined;
}

/** Whether what is held out comes after the training rows. */
function isByTime({ data: { split, time } }: Project): boolean {
  return split.method === 'time' || (split.method === 'auto' && time !== undefined);
}

/** Columns that are named in mlops.yaml and are not in the table, all at once. */
function checkColumns(project: Project, data: LoadedData): void {
  const { target, time, exclude, split } = project.data;
  const source = describeSources(data.sources);
  const asked = [
    ['data.target', target],
    ['data.time', time],
    ...exclude.map((name) => ['data.exclude', name]),
    ...(split.key ?? []).map((name) => ['data.split.key', name]),
  ] as const;
  const faults: string[] = [];
  for (const [role, name] of asked) {
    if (name === undefined || findColumn(data.table, name) || data.leftOut.includes(name)) continue;
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
      source: JSON.stringify(describeParts(data.sources, data.parts)),
      schema: JSON.stringify({ mlflow_colspec: columnSpecs(data.table) }),
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

/** Rows that can be answered alone: where features look back, the last ones, whose past the model keeps. */
function exampleRows(training: Table, fitted: FittedFeatures, time: string | undefined): Int32Array {
  const spread = spreadRows(training.nRows, EXAMPLE_ROWS);
  const times = timesOf(training, time);
  if (!looksBack(fitted) || !times) return spread;
  let last = Number.NEGATIVE_INFINITY;
  for (const value of times) if (value > last) last = value;
  return Int32Array.from(times.keys())
    .filter((row) => times[row] === last)
    .slice(0, EXAMPLE_ROWS);
}

/** `count` rows spread evenly over the table, so that an example is not its first rows. */
function spreadRows(nRows: number, count: number): Int32Array {
  const rows = Math.min(nRows, count);
  return Int32Array.from({ length: rows }, (_, i) => Math.floor(((i + 0.5) * nRows) / rows));
}

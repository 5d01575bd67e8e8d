import type { ModelSettings } from '../config/model-settings.ts';
import type { Project } from '../config/project.ts';
import { DEFAULT_TRIALS, halvingOf, type SearchSettings } from '../config/search.ts';
import type { Candidate, Hyperparameter, SearchSpace } from '../config/search-space.ts';
import { makeFolds } from '../data/folds.ts';
import type { Table } from '../data/table.ts';
import { MlopsError, throwFaults } from '../errors/mlops-error.ts';
import { didYouMean, listSome } from '../errors/suggest.ts';
import { primaryMetricOf } from '../evaluation/candidates.ts';
import type { ForestParams, Task, TrainingSet } from '../forest/engine.ts';
import { checkEngine } from '../forest/engines.ts';
import { defaultParams } from '../forest/params.ts';
import type { Target } from '../metrics/predictions.ts';
import { BINARY_METRICS, MULTICLASS_METRICS, REGRESSION_METRICS } from '../metrics/score-all.ts';
import { formatNumber } from '../reports/format.ts';
import { gridCandidates, randomCandidates, searchedNames } from '../search/candidates.ts';
import { CrossValidation } from '../search/cross-validation.ts';
import { chooseFolds } from '../search/fold-choice.ts';
import { halvingRounds, type Round } from '../search/halving.ts';
import { runSearch, type SearchResult, type Trial } from '../search/run-search.ts';
import type { Run } from '../tracking/tracking-store.ts';
import { forestParams, loggedParams } from './forest-params.ts';
import { TrialRecorder } from './record-trial.ts';
import { checkRefinement } from './refine-forest.ts';
import type { Session } from './session.ts';

/** A timer that is set to more rings at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a search is about: the training rows of the split, and nothing that is held out. */
export interface SearchData {
  /** All columns, those of the target, of groups and of time as well. */
  readonly table: Table;
  /** The same rows without the target and what is excluded. */
  readonly rows: Table;
  /** What the forest of the model would learn from. */
  readonly set: TrainingSet;
  readonly target: Target;
  /** Columns whose content decides where a row goes. */
  readonly splitColumns: readonly string[];
}

export interface SearchOutcome extends SearchResult {
  readonly method: SearchSettings['method'];
  readonly metric: string;
  /** `5 folds by dteday, each on all before it` */
  readonly folds: string;
  readonly names: readonly Hyperparameter[];
}

/**
 * Searches hyperparameters by cross-validation on the training rows when mlops.yaml asks for it, each trial as a run below the
 * run of the training. The answer are the settings of the model with the best values in them.
 *
 * @throws INPUT_INVALID when the search does not fit the data · SEARCH_FAILED when every trial failed
 */
export async function searchModel(
  session: Session,
  run: Run,
  data: SearchData,
): Promise<{ model: ModelSettings; search?: SearchOutcome }> {
  const { project, context } = session;
  const { search, model } = project;
  if (search === undefined || search.mode === 'off') return { model };
  const space: SearchSpace = search.parameters ?? {};
  const names = searchedNames(space);
  const { task } = data.target;
  const metric = decidingMetric(search.metric, project, data.target);
  throwFaults('INPUT_INVALID', valueFaults(space, names, model, data.set));
  const time = project.data.time;
  const seed = search['random-state'] ?? model['random-state'];
  const choice = chooseFolds(search.split, { split: project.data.split, time, task });
  const { folds } = search.split;
  const validation = new CrossValidation({
    rows: data.rows,
    target: data.target,
    folds: makeFolds(data.table, { ...choice, folds, target: data.target, seed, columns: data.splitColumns }),
    features: project.features,
    ...(time === undefined ? {} : { time }),
    splitByTime: choice.method === 'time',
    seed: model['random-state'],
    engine: model.engine,
    nJobs: model['n-jobs'],
  });

  const own = valuesOf(model, names);
  const candidates = distinct([own, ...candidatesOf(search, space, seed, own)], model, task).slice(1);
  const rounds = roundsOf(search, candidates.length, data, model);
  const total = rounds.reduce((sum, round) => sum + round.candidates + 1, 0);
  const bar = context.progress.start('search', total);
  const recorder = new TrialRecorder(session, run, { validation, metric, halving: search.method === 'halving' });
  const minutes = search['max-time-minutes'];
  const deadline =
    minutes === null ? undefined : AbortSignal.timeout(Math.min(LONGEST_TIMER_MS, Math.ceil(minutes * 60_000)));
  let done = 0;
  const evaluate = async (trial: Trial) => {
    const paramsOf = (): { params: ForestParams; rows: number } => resourced(trial, model, data, search);
    // The settings of mlops.yaml are always tried, so that there is a result.
    const limit = done === 0 ? undefined : deadline;
    if (limit?.aborted) return undefined;
    const result = await recorder.evaluate(trial, paramsOf(), limit, (fold) =>
      bar.update(done, `trial ${done + 1} of ${total}, fold ${fold} of ${folds}`),
    );
    done++;
    return result;
  };
  const result = await runSearch({ candidates, own, rounds, metric }, evaluate);
  const { best, trials } = result;
  bar.done(
    `${trials.length} trials, best ${metric} ${formatNumber(best.mean)}, with mlops.yaml ${formatNumber(result.own.mean)}`,
  );
  if (result.timeUp) {
    context.log.warn(
      `the search was ended after ${minutes} minutes (search.max-time-minutes) with ${trials.length} of ${total} trials`,
    );
  }
  const outcome = { ...result, method: search.method, metric, folds: choice.description, names };
  await recordSearch(session, run, outcome, { ...model, ...best.candidate }, task);
  return { model: { ...model, ...best.candidate }, search: outcome };
}

function decidingMetric(asked: string, project: Project, target: Target): string {
  const setting = asked === 'auto' ? 'evaluation.primary-metric' : 'search.metric';
  const metric = primaryMetricOf(asked === 'auto' ? project.evaluation['primary-metric'] : asked, target);
  const known =
    target.task === 'regression'
      ? REGRESSION_METRICS
      : target.classes.length === 2
        ? BINARY_METRICS
        : MULTICLASS_METRICS;
  if (known.includes(metric)) return metric;
  throw new MlopsError(
    'INPUT_INVALID',
    `"${setting}" is "${metric}", which is not measured for ${target.task}.${didYouMean(metric, known)} Metrics: ${listSome(known, 30)}`,
  );
}

/** Values that no trial could be made with: each is tried alone beside the defaults. What contradicts another is found by the trial. */
function valueFaults(
  space: SearchSpace,
  names: readonly Hyperparameter[],
  model: ModelSettings,
  set: TrainingSet,
): string[] {
  const { task } = set.target;
  const always = new Set(checkEngine(model.engine, defaultParams(task), set));
  const faults = names.flatMap((name) => {
    const listed = space[name]!;
    const values = Array.isArray(listed) ? listed : Object.values(listed).flat();
    return values.flatMap((value) => {
      const params = forestParams({ ...model, [name]: value }, task);
      const key = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()) as keyof ForestParams;
      const alone = checkEngine(model.engine, { ...defaultParams(task), [key]: params[key] }, set);
      return [...alone, ...checkRefinement({ ...model, [name]: value }, task, set.features.nRows)]
        .filter((fault) => !always.has(fault))
        .map((fault) => `search.parameters.${name}: ${fault}`);
    });
  });
  return [...new Set(faults)];
}

function valuesOf(model: ModelSettings, names: readonly Hyperparameter[]): Candidate {
  return Object.fromEntries(names.map((name) => [name, model[name]]));
}

/** The first of those that give the same forest: `auto` is `all` or `sqrt`. */
function distinct(candidates: readonly Candidate[], model: ModelSettings, task: Task): Candidate[] {
  const first = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const key = JSON.stringify(forestParams({ ...model, ...candidate }, task));
    if (!first.has(key)) first.set(key, candidate);
  }
  return [...first.values()];
}

function candidatesOf(search: SearchSettings, space: SearchSpace, seed: number, own: Candidate): Candidate[] {
  if (search.method === 'grid') return gridCandidates(space);
  return randomCandidates(space, search.trials ?? DEFAULT_TRIALS, seed, own);
}

function roundsOf(search: SearchSettings, candidates: number, data: SearchData, model: ModelSettings): Round[] {
  if (search.method !== 'halving' || candidates === 0) return [{ candidates }];
  const { factor, resource, 'min-resources': minResources, 'max-resources': most } = halvingOf(search);
  const { nRows } = data.rows;
  if (resource === 'n-estimators') {
    return halvingRounds({
      candidates,
      factor,
      minResources,
      maxResources: most ?? model['n-estimators'],
      smallest: 1,
    });
  }
  if (most !== undefined && most > nRows) {
    throw new MlopsError(
      'INPUT_INVALID',
      `"search.halving.max-resources" is "${most}", but there are only ${nRows} training rows`,
    );
  }
  // Two rows a fold, and a class: as scikit-learn.
  const classes = data.target.task === 'classification' ? data.target.classes.length : 1;
  const smallest = 2 * search.split.folds * classes;
  return halvingRounds({ candidates, factor, minResources, maxResources: most ?? nRows, smallest });
}

/** The parameters of a trial and the share of the rows that it uses. */
function resourced(trial: Trial, model: ModelSettings, data: SearchData, search: SearchSettings) {
  const { resources, candidate } = trial;
  const settings = { ...model, ...candidate };
  const { task } = data.target;
  if (resources === undefined) return { params: forestParams(settings, task), rows: 1 };
  if (halvingOf(search).resource === 'rows') {
    return { params: forestParams(settings, task), rows: resources / data.rows.nRows };
  }
  return { params: forestParams({ ...settings, 'n-estimators': resources }, task), rows: 1 };
}

/** On the run of the training, under the names of MLflow's autologging. */
async function recordSearch(
  session: Session,
  run: Run,
  { best, own, trials, metric, method, folds, names }: SearchOutcome,
  model: ModelSettings,
  task: Task,
): Promise<void> {
  const logged = loggedParams(forestParams(model, task));
  const timestamp = session.context.now();
  const figures = {
    best_cv_score: best.mean,
    [`best_cv_${metric}`]: best.mean,
    ...(own.failure === undefined ? { [`own_cv_${metric}`]: own.mean } : {}),
    search_trials: trials.length,
    search_failed_trials: trials.filter(({ failure }) => failure !== undefined).length,
  };
  await session.stores.tracking.logBatch(run.runId, {
    params: {
      ...Object.fromEntries(
        names.map((name) => name.replaceAll('-', '_')).map((name) => [`best_${name}`, logged[name]!]),
      ),
      search_method: method,
      search_metric: metric,
      search_folds: folds,
      search_best_trial: String(best.number),
    },
    metrics: Object.entries(figures).map(([key, value]) => ({ key, value, timestamp, step: 0 })),
  });
}

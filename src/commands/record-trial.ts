import { MlopsError } from '../errors/mlops-error.ts';
import type { ForestParams } from '../forest/engine.ts';
import type { CrossValidation, FoldScore } from '../search/cross-validation.ts';
import { meanAndStd, type Trial, type TrialResult } from '../search/run-search.ts';
import type { Run, RunStatus } from '../tracking/tracking-store.ts';
import { loggedParams } from './forest-params.ts';
import { PARENT_TAG } from './record-run.ts';
import type { Session } from './session.ts';

/** Tag of the number of a trial; the run of a training has none. */
const TRIAL_TAG = 'mlops.search.trial';
const FAILURE_TAG = 'mlops.search.failure';
/** What a run has from its surroundings, and those below it as well. */
const INHERITED = /^(mlflow\.(user|source\..+)|mlops\.(event|version))$/;

interface Trials {
  readonly validation: CrossValidation;
  readonly metric: string;
  readonly halving: boolean;
}

/** Makes trials, each as a run of its own below the run of the training, as MLflow nests them. */
export class TrialRecorder {
  readonly #session: Session;
  readonly #parent: Run;
  readonly #trials: Trials;

  constructor(session: Session, parent: Run, trials: Trials) {
    this.#session = session;
    this.#parent = parent;
    this.#trials = trials;
  }

  /**
   * FINISHED with a metric a fold, their mean and deviation; FAILED with the reason when the parameters cannot be trained;
   * KILLED when it is interrupted or the time is up.
   *
   * @param limit aborted when the time is up
   * @returns undefined when the time is up
   */
  async evaluate(
    trial: Trial,
    { params, rows }: { params: ForestParams; rows: number },
    limit: AbortSignal | undefined,
    onFold: (fold: number) => void,
  ): Promise<TrialResult | undefined> {
    const { context, stores } = this.#session;
    const run = await this.#start(trial, params);
    const end = (status: RunStatus): Promise<void> => stores.tracking.endRun(run.runId, status, context.now());
    const signal = limit ? AbortSignal.any([context.signal, limit]) : context.signal;
    const begun = performance.now();
    const seconds = (): number => (performance.now() - begun) / 1000;
    let folds: FoldScore[];
    try {
      folds = await this.#score(params, rows, signal, onFold);
    } catch (error) {
      if (signal.aborted) {
        await end('KILLED');
        if (context.signal.aborted) throw error;
        return undefined;
      }
      const failure = reasonOf(error);
      await stores.tracking.logBatch(run.runId, { tags: { [FAILURE_TAG]: failure.slice(0, 5000) } });
      await end('FAILED');
      return { ...trial, scores: [], metrics: {}, mean: Number.NaN, std: Number.NaN, seconds: seconds(), failure };
    }
    const result = this.#result(trial, folds, seconds());
    await this.#log(run, result, folds);
    await end('FINISHED');
    return result;
  }

  async #start({ number, round, resources }: Trial, params: ForestParams): Promise<Run> {
    const { context, stores } = this.#session;
    const { runId, experimentId, tags } = this.#parent;
    const inherited = Object.fromEntries(Object.entries(tags).filter(([key]) => INHERITED.test(key)));
    const run = await stores.tracking.createRun({
      experimentId,
      runName: this.#trials.halving ? `trial-${number}-round-${round}` : `trial-${number}`,
      startTime: context.now(),
      tags: { ...inherited, [PARENT_TAG]: runId, [TRIAL_TAG]: String(number) },
    });
    const more = resources === undefined ? {} : { n_resources: String(resources), iter: String(round) };
    await stores.tracking.logBatch(run.runId, { params: { ...loggedParams(params), ...more } });
    return run;
  }

  async #score(
    params: ForestParams,
    rows: number,
    signal: AbortSignal,
    onFold: (fold: number) => void,
  ): Promise<FoldScore[]> {
    const { validation, metric } = this.#trials;
    const scores: FoldScore[] = [];
    for (let fold = 0; fold < validation.folds; fold++) {
      signal.throwIfAborted();
      onFold(fold + 1);
      const score = await validation.scoreFold(fold, params, rows, signal);
      if (score.metrics[metric] === undefined) {
        throw new MlopsError('INPUT_INVALID', `${metric} is not defined on the validation rows of fold ${fold + 1}`);
      }
      scores.push(score);
    }
    return scores;
  }

  #result(trial: Trial, folds: readonly FoldScore[], seconds: number): TrialResult {
    const scores = folds.map(({ metrics }) => metrics[this.#trials.metric]!);
    const everywhere = Object.keys(folds[0]!.metrics).filter((key) => folds.every(({ metrics }) => key in metrics));
    const metrics = Object.fromEntries(
      everywhere.map((key) => [key, meanAndStd(folds.map((fold) => fold.metrics[key]!)).mean]),
    );
    return { ...trial, scores, metrics, ...meanAndStd(scores), seconds };
  }

  /** Under the names that scikit-learn gives to columns of `cv_results_`. */
  async #log(run: Run, { mean, std, scores, metrics }: TrialResult, folds: readonly FoldScore[]): Promise<void> {
    const { context, stores } = this.#session;
    const { metric } = this.#trials;
    const timestamp = context.now();
    const figures = {
      mean_test_score: mean,
      std_test_score: std,
      ...Object.fromEntries(scores.map((score, fold) => [`split${fold}_test_${metric}`, score])),
      ...Object.fromEntries(Object.entries(metrics).map(([key, value]) => [`mean_test_${key}`, value])),
      [`std_test_${metric}`]: std,
      mean_fit_time: meanAndStd(folds.map(({ fitSeconds }) => fitSeconds)).mean,
    };
    await stores.tracking.logBatch(run.runId, {
      metrics: Object.entries(figures).map(([key, value]) => ({ key, value, timestamp, step: 0 })),
    });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

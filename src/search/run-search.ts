import type { Candidate } from '../config/search-space.ts';
import { MlopsError } from '../errors/mlops-error.ts';
import { listSome } from '../errors/suggest.ts';
import { lessIsBetter } from '../metrics/score-all.ts';
import type { Round } from './halving.ts';

/** One combination in one round. Number 0 is what `model` of mlops.yaml says, in every round. */
export interface Trial {
  readonly number: number;
  /** From 0; a search without halving has one. */
  readonly round: number;
  readonly candidate: Candidate;
  /** Rows, or trees, that the round allows. */
  readonly resources?: number;
}

export interface TrialResult extends Trial {
  /** The deciding metric on each fold; empty when the trial failed. */
  readonly scores: readonly number[];
  /** Means over the folds of every metric that all of them have. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Of `scores`; NaN when the trial failed. */
  readonly mean: number;
  /** Standard deviation of `scores`, of the population as scikit-learn's. */
  readonly std: number;
  readonly seconds: number;
  /** Why it failed. */
  readonly failure?: string;
}

export interface SearchResult {
  /** In the order in which they were made. */
  readonly trials: readonly TrialResult[];
  readonly best: TrialResult;
  /** What the settings of mlops.yaml reach in the round of the best trial. */
  readonly own: TrialResult;
  /** The time was up before the end. */
  readonly timeUp: boolean;
}

export interface SearchPlan {
  /** Trials 1, 2, …; trial 0 is beside them. */
  readonly candidates: readonly Candidate[];
  readonly own: Candidate;
  readonly rounds: readonly Round[];
  readonly metric: string;
}

/**
 * Makes the trials round by round. After each round the best go on; the best trial of the last whole round is the best of all,
 * of equally good ones the first.
 *
 * @param evaluate a trial that fails says so in its result; undefined: the time was up before it ended
 * @throws SEARCH_FAILED when every trial of the first round failed
 */
export async function runSearch(
  { candidates, own, rounds, metric }: SearchPlan,
  evaluate: (trial: Trial) => Promise<TrialResult | undefined>,
): Promise<SearchResult> {
  const trials: TrialResult[] = [];
  let left: Pick<Trial, 'number' | 'candidate'>[] = candidates.map((candidate, i) => ({ number: i + 1, candidate }));
  let found: { best: TrialResult; own: TrialResult } | undefined;
  let timeUp = false;
  for (const [round, { resources }] of rounds.entries()) {
    const made: TrialResult[] = [];
    for (const trial of [{ number: 0, candidate: own }, ...left]) {
      const result = await evaluate({ ...trial, round, ...(resources === undefined ? {} : { resources }) });
      timeUp = result === undefined;
      if (!result) break;
      made.push(result);
    }
    trials.push(...made);
    const ranked = rank(made, metric);
    if (ranked.length === 0) break;
    if (!timeUp || round === 0) found = { best: ranked[0]!, own: made[0]! };
    if (timeUp) break;
    left = ranked
      .filter(({ number }) => number !== 0)
      .slice(0, rounds[round + 1]?.candidates)
      .sort((a, b) => a.number - b.number);
  }
  if (!found) throw allFailed(trials);
  return { trials, ...found, timeUp };
}

/** Those that did not fail, best first. */
export function rank<T extends { number: number; mean: number }>(trials: readonly T[], metric: string): T[] {
  const sign = lessIsBetter(metric) ? 1 : -1;
  return trials
    .filter(({ mean }) => !Number.isNaN(mean))
    .sort((a, b) => sign * (a.mean - b.mean) || a.number - b.number);
}

function allFailed(trials: readonly TrialResult[]): MlopsError {
  const numbers = new Map<string, number[]>();
  for (const { failure = '', number } of trials) numbers.set(failure, [...(numbers.get(failure) ?? []), number]);
  const reasons = [...numbers].map(
    ([reason, of]) => `${of.length === 1 ? 'trial' : 'trials'} ${listSome(of.map(String), 10)}: ${reason}`,
  );
  return new MlopsError('SEARCH_FAILED', [`all ${trials.length} trials of the search failed`, ...reasons]);
}

/** Mean and standard deviation of the population. */
export function meanAndStd(values: readonly number[]): { mean: number; std: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance) };
}

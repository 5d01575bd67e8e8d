import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MlopsError } from '../../../src/errors/mlops-error.ts';
import { halvingRounds, type Round } from '../../../src/search/halving.ts';
import {
  meanAndStd,
  rank,
  runSearch,
  type SearchResult,
  type Trial,
  type TrialResult,
} from '../../../src/search/run-search.ts';
import { runs } from '../../tools/effort.ts';

/** A trial with the score that `scoreOf` gives; null: it fails. */
function resultOf(trial: Trial, score: number | null): TrialResult {
  const scores = score === null ? [] : [score - 1, score + 1];
  const { mean, std } = score === null ? { mean: Number.NaN, std: Number.NaN } : meanAndStd(scores);
  return {
    ...trial,
    scores,
    metrics: {},
    mean,
    std,
    seconds: 0,
    ...(score === null ? { failure: `no score ${trial.number % 2}` } : {}),
  };
}

function search(
  count: number,
  rounds: readonly Round[],
  scoreOf: (trial: Trial) => number | null | undefined,
  metric = 'r2',
): Promise<SearchResult> {
  const candidates = Array.from({ length: count }, (_, i) => ({ 'max-depth': i + 1 }));
  return runSearch({ candidates, own: { 'max-depth': null }, rounds, metric }, async (trial) => {
    const score = scoreOf(trial);
    return score === undefined ? undefined : resultOf(trial, score);
  });
}

const numbers = (trials: readonly Trial[], round: number): number[] =>
  trials.filter((trial) => trial.round === round).map(({ number }) => number);

test('the settings of mlops.yaml are trial 0 of every round, and from round to round the best others go on', async () => {
  const rounds = halvingRounds({ candidates: 9, factor: 3, minResources: 'exhaust', maxResources: 90, smallest: 1 });
  const { trials, best, own } = await search(9, rounds, ({ number, round }) => ((number * 7) % 10) + round);
  expect(numbers(trials, 0)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(numbers(trials, 1)).toEqual([0, 1, 4, 7]);
  expect(numbers(trials, 2)).toEqual([0, 7]);
  expect(trials.map(({ resources }) => resources)).toEqual([...Array(10).fill(10), ...Array(4).fill(30), 90, 90]);
  expect([best.number, best.round, best.mean, own.number, own.round]).toEqual([7, 2, 11, 0, 2]);
});

test('the best trial is the best of the last round, of equals the first, in the direction of the metric', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(fc.integer({ min: 0, max: 5 })), { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      async (scores, loss) => {
        const made = search(
          scores.length - 1,
          [{ candidates: scores.length - 1 }],
          ({ number }) => scores[number]!,
          loss ? 'rmse' : 'r2',
        );
        const real = scores.filter((score) => score !== null);
        if (real.length === 0) {
          await expect(made).rejects.toMatchObject({ code: 'SEARCH_FAILED' });
          return;
        }
        const { best } = await made;
        const wanted = loss ? Math.min(...real) : Math.max(...real);
        expect(best.number).toBe(scores.indexOf(wanted));
      },
    ),
    { numRuns: runs(200) },
  );
});

test('failed trials do not go on, and when all fail the error names each reason once with its trials', async () => {
  const rounds = [
    { candidates: 4, resources: 1 },
    { candidates: 2, resources: 2 },
  ];
  const { trials, best } = await search(4, rounds, ({ number }) => (number % 2 === 1 ? null : number));
  expect(numbers(trials, 1)).toEqual([0, 2, 4]);
  expect(best.number).toBe(4);
  const error = (await search(4, rounds, () => null).catch((thrown: unknown) => thrown)) as MlopsError;
  expect([error.code, ...error.faults]).toEqual([
    'SEARCH_FAILED',
    'all 5 trials of the search failed',
    'trials 0, 2, 4: no score 0',
    'trials 1, 3: no score 1',
  ]);
});

test('when the time is up the best of the last whole round counts, in the first round the best so far', async () => {
  const rounds = [
    { candidates: 3, resources: 1 },
    { candidates: 2, resources: 2 },
  ];
  const early = await search(3, rounds, ({ number }) => (number < 2 ? number : undefined));
  expect([early.timeUp, early.best.number, early.trials.length]).toEqual([true, 1, 2]);
  const late = await search(3, rounds, ({ number, round }) => (round === 1 && number === 3 ? undefined : number));
  expect([late.timeUp, late.best.number, late.best.round, late.own.round]).toEqual([true, 3, 0, 0]);
  expect(rank(late.trials, 'r2').map(({ number }) => number)).toEqual([3, 2, 2, 1, 0, 0]);
});

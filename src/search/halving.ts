import { MlopsError } from '../errors/mlops-error.ts';

/** One round: how many candidates it compares, and what each of them may use. */
export interface Round {
  readonly candidates: number;
  /** Rows, or trees; undefined: all that there is. */
  readonly resources?: number;
}

export interface HalvingSchedule {
  readonly candidates: number;
  /** One of `factor` goes on, with `factor` times the resources. */
  readonly factor: number;
  /** exhaust: so many in the first round that the last one uses as much as it may. */
  readonly minResources: number | 'exhaust' | 'smallest';
  readonly maxResources: number;
  /** The least that makes sense, for `exhaust` and `smallest`. */
  readonly smallest: number;
}

/**
 * The rounds of successive halving, as scikit-learn's HalvingRandomSearchCV plans them.
 *
 * @throws INPUT_INVALID when the first round would need more than there is
 * Source  Jamieson and Talwalkar 2016, AISTATS; scikit-learn's user guide, 3.2.3
 */
export function halvingRounds(schedule: HalvingSchedule): Round[] {
  const { candidates, factor, minResources, maxResources, smallest } = schedule;
  const least = typeof minResources === 'number' ? minResources : smallest;
  if (least > maxResources) {
    throw new MlopsError(
      'INPUT_INVALID',
      `"search.halving" needs ${least} resources in its first round, but there are only ${maxResources}; use fewer folds, or the method random`,
    );
  }
  // The quotient of logarithms is scikit-learn's: at some powers of the factor it loses a round, and so do we.
  const powers = (number: number): number => Math.floor(Math.log(number) / Math.log(factor));
  const required = 1 + powers(candidates);
  const first =
    minResources === 'exhaust' ? Math.max(least, Math.floor(maxResources / factor ** (required - 1))) : least;
  const possible = 1 + powers(Math.floor(maxResources / first));
  const rounds: Round[] = [];
  let left = candidates;
  for (let round = 0; round < Math.min(required, possible); round++) {
    rounds.push({ candidates: left, resources: Math.min(maxResources, Math.floor(factor ** round * first)) });
    left = Math.ceil(left / factor);
  }
  return rounds;
}

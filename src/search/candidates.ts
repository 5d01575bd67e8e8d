import { MOST_TRIALS } from '../config/search-checks.ts';
import {
  type Candidate,
  combinations,
  HYPERPARAMETERS,
  type Hyperparameter,
  type ParameterRange,
  type ParameterSpace,
  rangeOf,
  type SearchSpace,
} from '../config/search-space.ts';
import { Random } from '../forest/random.ts';

/** Draws in a row that were all there before: what is left of a small space is not worth looking for. */
const MOST_REPEATS = 10_000;
const CANDIDATE_STREAM = 0x63616e64;
/** Drawn fractions are kept to so many digits: people read them, and the last bits of logarithms differ between machines. */
const DIGITS = 4;

/** The names that are searched, in the order of the settings of `model`. */
export function searchedNames(space: SearchSpace): Hyperparameter[] {
  return HYPERPARAMETERS.filter((name) => space[name] !== undefined);
}

/** Every combination of lists, the last name changing fastest. @param space lists only, at most 1,000 combinations */
export function gridCandidates(space: SearchSpace): Candidate[] {
  return searchedNames(space).reduce<Candidate[]>(
    (rows, name) =>
      rows.flatMap((row) => (space[name] as readonly unknown[]).map((value) => ({ ...row, [name]: value }))),
    [{}],
  );
}

/**
 * Different combinations drawn by chance, each value of a list as likely as any other. The first ones are the same whatever
 * `count` is. Fewer than `count` when there are no more.
 */
export function randomCandidates(space: SearchSpace, count: number, seed: number, known: Candidate): Candidate[] {
  const names = searchedNames(space);
  const isLists = names.every((name) => rangeOf(space[name]!) === undefined);
  const random = new Random(seed, CANDIDATE_STREAM);
  if (isLists && combinations(space) <= Math.min(count, MOST_TRIALS)) return gridCandidates(space);
  const seen = new Set([JSON.stringify(known)]);
  const found: Candidate[] = [];
  for (let repeats = 0; found.length < count && repeats < MOST_REPEATS; repeats++) {
    const drawn = Object.fromEntries(names.map((name) => [name, draw(space[name]!, random)])) as Candidate;
    const text = JSON.stringify(drawn);
    if (seen.has(text)) continue;
    seen.add(text);
    found.push(drawn);
    repeats = 0;
  }
  return found;
}

function draw(space: ParameterSpace, random: Random): unknown {
  const range = rangeOf(space);
  if (range) return drawNumber(range, random);
  const list = space as readonly unknown[];
  return list[random.below(list.length)];
}

function drawNumber({ kind, low, high }: ParameterRange, random: Random): number {
  const share = random.unit();
  const within = (value: number): number => Math.min(high, Math.max(low, value));
  switch (kind) {
    case 'integer':
      return within(low + Math.floor(share * (high - low + 1)));
    case 'log-integer':
      return within(Math.floor(low * ((high + 1) / low) ** share));
    case 'uniform':
      return within(Number((low + share * (high - low)).toPrecision(DIGITS)));
    case 'log-uniform':
      return within(Number((low * (high / low) ** share).toPrecision(DIGITS)));
  }
}

import type { Fault } from './fault.ts';
import { combinations, type Hyperparameter, type ParameterSpace } from './search-space.ts';

/** More combinations than that are a grid that nobody meant. */
export const MOST_TRIALS = 1000;

/** What of `search` may contradict itself. */
interface CheckedSearch {
  readonly mode: 'on' | 'off';
  readonly method: 'grid' | 'random' | 'halving';
  readonly parameters?: { readonly [P in Hyperparameter]?: ParameterSpace | undefined } | undefined;
  readonly trials?: number | undefined;
  readonly split: { readonly method: string; readonly column?: string | undefined; readonly gap?: number | undefined };
  readonly halving?:
    | {
        readonly resource: 'rows' | 'n-estimators';
        readonly 'min-resources': string | number;
        readonly 'max-resources'?: number | undefined;
      }
    | undefined;
}

/** Settings of a search that contradict one another, each at its place. */
export function checkSearch(search: CheckedSearch): Fault[] {
  const { method, parameters = {}, split, halving } = search;
  const faults: Fault[] = [];
  const say = (path: readonly string[], problem: string): void => void faults.push({ path, problem });
  if (search.mode === 'on' && Object.keys(parameters).length === 0) {
    say(['parameters'], 'names nothing to try, expected lists or ranges such as "max-depth: [8, 16, null]"');
  }
  if (method === 'grid') checkGrid(parameters, say);
  if (method === 'grid' && search.trials !== undefined) {
    say(['trials'], 'goes with random or halving: a grid tries every combination');
  }
  if (method !== 'halving' && halving) say(['halving'], `goes with the method halving, not with ${method}`);
  if (method === 'halving' && halving) {
    const { resource, 'min-resources': least, 'max-resources': most } = halving;
    if (resource === 'n-estimators' && parameters['n-estimators'] !== undefined) {
      say(['parameters', 'n-estimators'], 'is the resource of the halving and cannot be searched as well');
    }
    if (typeof least === 'number' && most !== undefined && least > most) {
      say(['halving', 'min-resources'], `is "${least}", expected at most max-resources, which is ${most}`);
    }
  }
  if (split.column !== undefined && !['auto', 'group'].includes(split.method)) {
    say(['split', 'column'], `goes with the method group, not with ${split.method}`);
  }
  if (split.gap !== undefined && !['auto', 'time'].includes(split.method)) {
    say(['split', 'gap'], `goes with the method time, not with ${split.method}`);
  }
  return faults;
}

function checkGrid(
  parameters: NonNullable<CheckedSearch['parameters']>,
  say: (path: readonly string[], problem: string) => void,
): void {
  const ranges = (Object.entries(parameters) as [Hyperparameter, ParameterSpace][]).filter(
    // What is no list or range is named by itself.
    ([, space]) => typeof space === 'object' && space !== null && !Array.isArray(space),
  );
  for (const [parameter] of ranges) {
    say(['parameters', parameter], 'is a range, but a grid needs lists; list the values, or use the method random');
  }
  const lists = Object.fromEntries(Object.entries(parameters).filter(([, space]) => Array.isArray(space)));
  const size = combinations(lists);
  if (size > MOST_TRIALS) {
    say(
      ['parameters'],
      `make a grid of ${size} combinations, at most ${MOST_TRIALS} are tried; shorten the lists, or use the method random`,
    );
  }
}

import type { z } from 'zod';
import { didYouMean } from '../errors/suggest.ts';
import { expectation } from './expectation.ts';
import { type Fault, faultsOf } from './fault.ts';
import type { ModelSettings } from './model-settings.ts';

/** The settings of `model` that shape the forest, and so can be searched. */
export const HYPERPARAMETERS = [
  'n-estimators',
  'criterion',
  'max-depth',
  'max-features',
  'min-samples-split',
  'min-samples-leaf',
  'max-leaf-nodes',
  'min-impurity-decrease',
  'bootstrap',
  'max-samples',
  'class-weight',
  'splitter',
  'max-bins',
] as const satisfies readonly (keyof ModelSettings)[];
export type Hyperparameter = (typeof HYPERPARAMETERS)[number];

/** Combinations of values of `model`, as mlops.yaml has them. */
export type Candidate = Readonly<Partial<Pick<ModelSettings, Hyperparameter>>>;

/** Both ends belong to the range; `integer` and `log-integer` give whole numbers. */
export interface ParameterRange {
  readonly kind: RangeKind;
  readonly low: number;
  readonly high: number;
}

const RANGES = ['integer', 'log-integer', 'uniform', 'log-uniform'] as const;
export type RangeKind = (typeof RANGES)[number];

/** As it is written: a list of values, or `{integer: [1, 20]}`. */
export type ParameterSpace = readonly unknown[] | Readonly<Partial<Record<RangeKind, readonly [number, number]>>>;

export type SearchSpace = { readonly [P in Hyperparameter]?: ParameterSpace | undefined };

/** Below 1 these are shares, from 1 up they count. */
const SHARES: readonly Hyperparameter[] = ['max-features', 'max-samples', 'min-samples-split', 'min-samples-leaf'];

export function rangeOf(space: ParameterSpace): ParameterRange | undefined {
  if (Array.isArray(space)) return undefined;
  const [[kind, bounds]] = Object.entries(space) as [[RangeKind, readonly [number, number]]];
  return { kind, low: bounds[0], high: bounds[1] };
}

/** Number of combinations of lists; Infinity when there is a range of fractions. */
export function combinations(space: SearchSpace): number {
  return Object.values(space).reduce((product, one) => product * (one === undefined ? 1 : sizeOf(one)), 1);
}

function sizeOf(space: ParameterSpace): number {
  const range = rangeOf(space);
  if (!range) return (space as readonly unknown[]).length;
  return range.kind.endsWith('integer') ? range.high - range.low + 1 : Number.POSITIVE_INFINITY;
}

/** Faults of one parameter's list or range, each at its place: every value must be one that `model` takes. */
export function checkSpace(parameter: Hyperparameter, values: z.ZodType, given: unknown): Fault[] {
  if (Array.isArray(given)) return checkList(values, given);
  const shown = JSON.stringify(given) ?? String(given);
  const expected = `expected a list of values or a range such as {integer: [1, 20]}; a value is ${expectation(values)}`;
  if (typeof given !== 'object' || given === null) return [{ path: [], problem: `is "${given}", ${expected}` }];
  const kinds = Object.keys(given);
  const unknown = kinds.filter((kind) => !RANGES.includes(kind as RangeKind));
  if (unknown.length > 0) {
    return unknown.map((kind) => ({
      path: [kind],
      problem: `is no kind of range.${didYouMean(kind, RANGES)} Known: ${RANGES.join(', ')}`,
    }));
  }
  if (kinds.length !== 1) return [{ path: [], problem: `is "${shown}", ${expected}` }];
  const kind = kinds[0] as RangeKind;
  return checkRange(parameter, values, kind, (given as Record<string, unknown>)[kind]);
}

function checkList(values: z.ZodType, list: readonly unknown[]): Fault[] {
  if (list.length === 0) return [{ path: [], problem: 'is an empty list, expected at least one value' }];
  const faults: Fault[] = [];
  const seen = new Set<string>();
  for (const [i, value] of list.entries()) {
    faults.push(...valueFaults(values, value).map(({ path, problem }) => ({ path: [i, ...path], problem })));
    const text = JSON.stringify(value) ?? 'undefined';
    if (seen.has(text)) faults.push({ path: [i], problem: `is ${text} a second time` });
    seen.add(text);
  }
  return faults;
}

function checkRange(parameter: Hyperparameter, values: z.ZodType, kind: RangeKind, bounds: unknown): Fault[] {
  const fault = (problem: string): Fault[] => [{ path: [kind], problem }];
  const shown = `is "${JSON.stringify(bounds)}"`;
  const isPair = Array.isArray(bounds) && bounds.length === 2;
  if (!isPair || !bounds.every((bound) => typeof bound === 'number' && Number.isFinite(bound))) {
    return fault(`${shown}, expected two numbers: the least and the greatest`);
  }
  const [low, high] = bounds as [number, number];
  const faults: Fault[] = [];
  for (const [i, bound] of bounds.entries()) {
    faults.push(...valueFaults(values, bound).map(({ problem }) => ({ path: [kind, i], problem })));
  }
  if (faults.length > 0) return faults;
  if (low >= high) return fault(`${shown}, expected the lesser number first`);
  const whole = kind.endsWith('integer');
  if (whole && !bounds.every(Number.isInteger)) return fault(`${shown}, expected whole numbers`);
  if (kind.startsWith('log') && low <= 0) return fault(`${shown}, expected numbers above 0`);
  if (whole) return [];
  if (valueFaults(values, low + (high - low) / Math.PI).length > 0) {
    return fault(
      `gives fractions, but ${parameter} is ${expectation(values)}; use ${kind.replace('uniform', 'integer')}`,
    );
  }
  if (SHARES.includes(parameter) && high >= 1) {
    return fault(`${shown}, expected shares below 1; from 1 up the number counts: use integer`);
  }
  return [];
}

function valueFaults(values: z.ZodType, value: unknown): Fault[] {
  const parsed = values.safeParse(value);
  return parsed.success ? [] : faultsOf(values, value, parsed.error);
}

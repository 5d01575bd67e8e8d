import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadProject } from '../../../src/config/load-project.ts';
import { halvingOf, type SearchSettings } from '../../../src/config/search.ts';
import type { MlopsError } from '../../../src/errors/mlops-error.ts';

/** The search of an mlops.yaml, or the faults with which it is refused. */
async function search(yaml: string): Promise<SearchSettings | undefined | readonly string[]> {
  const cwd = mkdtempSync(join(tmpdir(), 'mlops-search-'));
  writeFileSync(join(cwd, 'mlops.yaml'), yaml);
  try {
    return (await loadProject(cwd, undefined, [])).project.search;
  } catch (error) {
    return (error as MlopsError).faults;
  }
}

test('lists and ranges are taken as written, the rest has defaults, and without a section there is no search', async () => {
  const parameters =
    'max-depth: [8, null], class-weight: [null, balanced, {a: 2}], max-features: {uniform: [0.1, 0.9]}';
  const settings = await search(`search: {parameters: {${parameters}}}`);
  expect(settings).toEqual({
    ...{ mode: 'on', method: 'random', metric: 'auto', 'max-time-minutes': null, split: { method: 'auto', folds: 5 } },
    parameters: {
      'max-depth': [8, null],
      'class-weight': [null, 'balanced', { a: 2 }],
      'max-features': { uniform: [0.1, 0.9] },
    },
  });
  expect(halvingOf(settings as SearchSettings)).toEqual({ factor: 3, resource: 'rows', 'min-resources': 'exhaust' });
  expect(await search('name: a')).toBeUndefined();
});

test('every value that model would not take is named at its place, together with what contradicts something else', async () => {
  const faults = await search(`search:
  method: grid
  trials: 10
  parameters:
    max-dept: [4]
    max-depth: [4, 0, null, deep, 4]
    max-leaf-nodes: {uniform: [2, 10]}
    max-features: {uniform: [0.1, 1]}
    max-samples: {log-unifrom: [0.1, 1]}
    min-impurity-decrease: {log-uniform: [0, 1]}
    criterion: gini
    bootstrap: []
    splitter: {integer: [1, 2]}
    n-estimators: {integer: [20, 10]}
    class-weight: [balanced, {a: 0}]
  halving: {factor: 1}
  split: {method: k-fold, gap: 3, column: x}
`);
  const ranges = [
    ['max-leaf-nodes', 7],
    ['max-features', 8],
    ['max-samples', 9],
    ['min-impurity-decrease', 10],
    ['splitter', 13],
    ['n-estimators', 14],
  ];
  expect([...(faults as string[])].sort()).toEqual(
    [
      'mlops.yaml:3:3: "search.trials" goes with random or halving: a grid tries every combination',
      'mlops.yaml:5:5: "search.parameters.max-dept" is not known here. Did you mean "max-depth"? Known: n-estimators, criterion, max-depth, max-features, min-samples-split, min-samples-leaf, max-leaf-nodes, min-impurity-decrease, bootstrap, max-samples, class-weight, splitter, max-bins',
      'mlops.yaml:6:20: "search.parameters.max-depth.1" is "0", expected an integer from 1 up or null',
      'mlops.yaml:6:29: "search.parameters.max-depth.3" is "deep", expected an integer from 1 up or null',
      'mlops.yaml:6:35: "search.parameters.max-depth.4" is 4 a second time',
      'mlops.yaml:7:22: "search.parameters.max-leaf-nodes.uniform" gives fractions, but max-leaf-nodes is an integer from 2 up or null; use integer',
      'mlops.yaml:8:20: "search.parameters.max-features.uniform" is "[0.1,1]", expected shares below 1; from 1 up the number counts: use integer',
      'mlops.yaml:9:19: "search.parameters.max-samples.log-unifrom" is no kind of range. Did you mean "log-uniform"? Known: integer, log-integer, uniform, log-uniform',
      'mlops.yaml:10:29: "search.parameters.min-impurity-decrease.log-uniform" is "[0,1]", expected numbers above 0',
      'mlops.yaml:11:5: "search.parameters.criterion" is "gini", expected a list of values or a range such as {integer: [1, 20]}; a value is one of auto, gini, entropy, squared_error',
      'mlops.yaml:12:5: "search.parameters.bootstrap" is an empty list, expected at least one value',
      'mlops.yaml:13:26: "search.parameters.splitter.integer.0" is "1", expected one of best, random',
      'mlops.yaml:13:29: "search.parameters.splitter.integer.1" is "2", expected one of best, random',
      'mlops.yaml:14:20: "search.parameters.n-estimators.integer" is "[20,10]", expected the lesser number first',
      'mlops.yaml:15:31: "search.parameters.class-weight.1.a" is "0", expected a number above 0',
      'mlops.yaml:16:3: "search.halving" goes with the method halving, not with grid',
      'mlops.yaml:16:13: "search.halving.factor" is "1", expected a number above 1',
      'mlops.yaml:17:27: "search.split.gap" goes with the method time, not with k-fold',
      'mlops.yaml:17:35: "search.split.column" goes with the method group, not with k-fold',
      ...ranges.map(
        ([name, line]) =>
          `mlops.yaml:${line}:5: "search.parameters.${name}" is a range, but a grid needs lists; list the values, or use the method random`,
      ),
    ].sort(),
  );
});

test('a grid of more than 1,000 combinations, a search for nothing and a resource that is searched as well are refused', async () => {
  const eleven = JSON.stringify(Array.from({ length: 11 }, (_, i) => i + 2));
  const lists = ['n-estimators', 'max-depth', 'max-bins'].map((name) => `${name}: ${eleven}`).join(', ');
  expect(await search(`search: {method: grid, parameters: {${lists}}}`)).toEqual([
    'mlops.yaml:1:24: "search.parameters" make a grid of 1331 combinations, at most 1000 are tried; shorten the lists, or use the method random',
  ]);
  expect(await search('search: {trials: 3}')).toEqual([
    'mlops.yaml:1:1: "search.parameters" names nothing to try, expected lists or ranges such as "max-depth: [8, 16, null]"',
  ]);
  expect(
    await search(`search:
  method: halving
  parameters: {n-estimators: [10, 20]}
  halving: {resource: n-estimators, min-resources: 30, max-resources: 20}`),
  ).toEqual([
    'mlops.yaml:3:16: "search.parameters.n-estimators" is the resource of the halving and cannot be searched as well',
    'mlops.yaml:4:37: "search.halving.min-resources" is "30", expected at most max-resources, which is 20',
  ]);
});

import { describe, expect, it } from 'vitest';
import type { ForestParams } from '../../../src/forest/engine.ts';
import { checkParams, defaultParams, featureCount, sampleCount } from '../../../src/forest/params.ts';
import { classification, numbers, regression, table } from './small-sets.ts';

const features = table(numbers('x', [1, 2, 3, 4]), numbers('y', [1, 2, 3, 4]));
const classes = classification(features, ['a', 'b', 'a', 'b']);
const values = regression(features, [1, 2, 3, 4]);
const faults = (set: typeof classes, params: Partial<ForestParams>): string[] =>
  checkParams({ ...defaultParams(set.target.task), ...params }, set);

describe('checkParams', () => {
  it('finds nothing wrong with the defaults', () => {
    expect(faults(classes, {})).toEqual([]);
    expect(faults(values, {})).toEqual([]);
  });

  it('names every fault at once', () => {
    expect(
      faults(classes, {
        criterion: 'squared_error',
        classWeight: { c: 2 },
        maxFeatures: 3,
        maxSamples: 2.5,
        bootstrap: false,
      }),
    ).toEqual([
      '"criterion" is "squared_error", expected gini or entropy for classification',
      '"class-weight" names "c", which is no class. Classes: a, b',
      '"max-samples" is "2.5", expected a whole number from 1 up or a share below 1',
      '"max-samples" is set, but without bootstrap every tree sees all rows',
      '"max-features" is "3", but there are only 2 features',
    ]);
    expect(faults(values, { criterion: 'gini', classWeight: 'balanced', maxFeatures: 1.5, maxSamples: 5 })).toEqual([
      '"criterion" is "gini", expected squared_error for regression',
      '"class-weight" is set, but regression has no classes',
      '"max-features" is "1.5", expected a whole number from 1 up or a share below 1',
      '"max-samples" is "5", but there are only 4 rows',
    ]);
  });

  it('refuses weights that are no weights, infinite cells, and a table without columns', () => {
    for (const weight of [0, -1, Number.NaN, Infinity]) {
      const set = regression(features, [1, 2, 3, 4], [1, weight, 1, 1]);
      expect(faults(set, {})).toEqual(['sample weights must be finite numbers above 0']);
    }
    expect(faults(regression(table(numbers('x', [1, -Infinity])), [1, 2]), {})).toEqual([
      'feature "x" has infinite values; a missing cell is NaN',
    ]);
    expect(faults(regression({ nRows: 2, columns: [] }, [1, 2]), {})).toEqual([
      'no feature is left: every column is excluded, constant or an identifier',
    ]);
  });
});

describe('counts', () => {
  it('of features follow scikit-learn', () => {
    const of = (n: number): number[] =>
      [null, 'sqrt', 'log2', 1, 3, 0.5, 0.001].map((max) => featureCount(max as never, n));
    expect(of(1)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(of(8)).toEqual([8, 2, 3, 1, 3, 4, 1]);
    expect(of(15)).toEqual([15, 3, 3, 1, 3, 7, 1]);
    expect(of(16)).toEqual([16, 4, 4, 1, 3, 8, 1]);
  });

  it('of rows are a number above 1, or a share', () => {
    expect([null, 1, 0.5, 0.001, 7].map((max) => sampleCount(max, 10))).toEqual([10, 10, 5, 1, 7]);
  });
});

import { describe, expect, it } from 'vitest';
import type { ForestParams } from '../../../src/forest/engine.ts';
import { checkParams, defaultParams, featureCount, paramsInRows, sampleCount } from '../../../src/forest/params.ts';
import { classification, grow, numbers, regression, table, texts } from './small-sets.ts';

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
        classWeight: { c: 2, a: 0, b: Number.NaN },
        maxFeatures: 3,
        maxSamples: 2.5,
        bootstrap: false,
        minSamplesSplit: 5,
        minSamplesLeaf: 3,
      }),
    ).toEqual([
      '"criterion" is "squared_error", expected gini or entropy for classification',
      '"class-weight" names "c", which is no class. Classes: a, b. Did you mean "a"?',
      '"class-weight" of "a" is "0", expected a finite number above 0',
      '"class-weight" of "b" is "NaN", expected a finite number above 0',
      '"max-samples" is "2.5", expected a whole number above 1 or a share of the rows up to 1',
      '"max-samples" is set, but without bootstrap every tree sees all rows',
      '"max-features" is "3", but there are only 2 features',
      '"min-samples-split" is "5", but there are only 4 rows: none could be split',
      '"min-samples-leaf" is "3", but of 4 rows no two leaves can have so many: none could be split',
    ]);
    expect(
      faults(values, {
        criterion: 'gini',
        classWeight: 'balanced',
        maxFeatures: 1.5,
        maxSamples: 5,
        minSamplesLeaf: 0.6,
      }),
    ).toEqual([
      '"criterion" is "gini", expected squared_error for regression',
      '"class-weight" is set, but regression has no classes',
      '"max-features" is "1.5", expected a whole number from 1 up or a share below 1',
      '"max-samples" is "5", but there are only 4 rows',
      '"min-samples-leaf" is "0.6", but of 4 rows no two leaves can have so many: none could be split',
    ]);
    for (const maxFeatures of [0, -1, Number.NaN, Infinity]) {
      expect(faults(values, { maxFeatures })[0]).toBe(
        `"max-features" is "${maxFeatures}", expected a whole number from 1 up or a share below 1`,
      );
    }
  });

  it('lets a class that no weight is given for weigh 1', async () => {
    expect(faults(classes, { classWeight: { a: 3 } })).toEqual([]);
    const set = classification(table(numbers('x', [1, 1])), ['a', 'b']);
    expect([...(await grow(set, { classWeight: { a: 3 } })).values]).toEqual([0.75, 0.25]);
  });

  it('refuses weights that are no weights, or are not one a row', () => {
    for (const weight of [0, -1, Number.NaN, Infinity]) {
      const set = regression(features, [1, 2, 3, 4], [1, weight, 1, 1]);
      expect(faults(set, {})).toEqual([`the sample weight of row 2 is "${weight}", expected a finite number above 0`]);
    }
    expect(faults(regression(features, [1, 2, 3, 4], [1, 1]), {})).toEqual(['there are 2 sample weights for 4 rows']);
  });

  it('refuses rows from which nothing can be learned', () => {
    expect(faults(regression({ nRows: 0, columns: [] }, []), {})).toEqual([
      'there is no row to train on',
      'no feature is left: every column is excluded, constant or an identifier',
    ]);
    expect(faults(classification(table(numbers('x', [1])), ['a']), {})).toEqual([
      'there is one row to train on, which tells nothing apart',
    ]);
    expect(faults(classification(features, ['a', 'a', 'a', 'a']), {})).toEqual([
      'the target is "a" in all 4 rows to train on: there is nothing to learn',
    ]);
    expect(faults(regression(features, [7, 7, 7, 7]), {})).toEqual([
      'the target is "7" in all 4 rows to train on: there is nothing to learn',
    ]);
    const constant = table(numbers('x', [1, 1]), numbers('y', [null, null]), texts('k', ['a', 'a']));
    expect(faults(regression(constant, [1, 2]), {})).toEqual([
      'no feature varies in the rows to train on: "x", "y", "k" have one value each',
    ]);
    expect(faults(regression(table(numbers('x', [1, null])), [1, 2]), {})).toEqual([]);
  });

  it('refuses forests of many classes that no machine could hold, and says what makes them smaller', () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => i);
    const labels = rows.map((row) => `class ${row % 1000}`);
    const many = classification(table(numbers('x', rows)), labels);
    expect(faults(many, { nEstimators: 1000, minSamplesLeaf: 5 })).toEqual([
      '1000 trees of about 2528 leaves with the shares of 1000 classes need 20 GB of memory; lower "n-estimators" or "max-leaf-nodes", or raise "min-samples-leaf"',
    ]);
    const smaller = [{ nEstimators: 100 }, { maxLeafNodes: 500 }, { minSamplesLeaf: 20 }, { maxDepth: 10 }];
    for (const params of smaller) expect(faults(many, { nEstimators: 1000, minSamplesLeaf: 5, ...params })).toEqual([]);
    // Fully grown trees have the same leaves, one a class.
    expect(faults(many, { nEstimators: 1000 })).toEqual([]);
  });

  it('refuses numbers that are not finite, and targets whose squares are not', () => {
    const wrong = table(numbers('x', [1, -Infinity]), numbers('y', [Infinity, 2]), numbers('z', [1, 2]));
    expect(faults(regression(wrong, [1, Infinity]), {})).toEqual([
      'the target has the value "Infinity", expected numbers from -1e+100 to 1e+100',
      'feature "x" has infinite values, expected finite numbers or missing cells',
      'feature "y" has infinite values, expected finite numbers or missing cells',
    ]);
    expect(faults(regression(features, [1, Number.NaN, 1e101, 3]), {})).toHaveLength(1);
    expect(faults(regression(features, [1, 2, 3]), {})).toEqual(['the target has 3 values for 4 rows']);
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

  it('of rows are a number above 1, or a share, rounded down as in scikit-learn 1.9', () => {
    expect([null, 1, 0.5, 0.001, 7, 0.99].map((max) => sampleCount(max, 10))).toEqual([10, 10, 5, 1, 7, 9]);
  });

  it('of rows of a node and a leaf are numbers, or shares rounded up', () => {
    const inRows = (minSamplesSplit: number, minSamplesLeaf: number, nRows: number): number[] => {
      const params = { ...defaultParams('regression'), minSamplesSplit, minSamplesLeaf };
      const found = paramsInRows(params, nRows);
      return [found.minSamplesSplit, found.minSamplesLeaf];
    };
    expect(inRows(2, 1, 10)).toEqual([2, 1]);
    expect(inRows(0.25, 0.25, 10)).toEqual([3, 3]);
    expect(inRows(0.001, 0.001, 10)).toEqual([2, 1]);
    expect(inRows(1, 0.5, 10)).toEqual([10, 5]);
  });
});

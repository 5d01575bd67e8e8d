import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeRows } from '../../../src/data/table.ts';
import type { ClassTarget } from '../../../src/data/target.ts';
import { DistinctRows } from '../../../src/forest/distinct-rows.ts';
import { checkParams, defaultParams } from '../../../src/forest/params.ts';
import { predictForest } from '../../../src/forest/predict-forest.ts';
import { Random } from '../../../src/forest/random.ts';
import { runs } from '../../tools/effort.ts';
import { classification, grow, mixedSet, numbers, table } from './small-sets.ts';

const hexRows = (values: Float64Array, width: number): string[] =>
  Array.from({ length: values.length / width }, (_, row) =>
    Buffer.from(values.slice(row * width, (row + 1) * width).buffer).toString('hex'),
  );

describe('the values of leaves', () => {
  it('are each kept once, told apart by their bits, in the order in which they come', () => {
    const number = fc.oneof(fc.constantFrom(0, -0, 1, 1 / 3, 0.5), fc.double({ noNaN: true }));
    const rows = fc.integer({ min: 1, max: 3 }).chain((width) =>
      fc.array(fc.array(number, { minLength: width, maxLength: width }), {
        minLength: 1,
        maxLength: 600,
        size: 'max',
      }),
    );
    fc.assert(
      fc.property(rows, (given) => {
        const width = given[0]!.length;
        const different = new DistinctRows(width);
        const values = Float64Array.from(given.flat());
        const which = given.map((_, row) => different.add(values, row * width));
        const asked = hexRows(values, width);
        const expected = [...new Set(asked)];
        const numberOf = new Map(expected.map((row, number) => [row, number]));
        expect(hexRows(different.all(), width)).toEqual(expected);
        expect(which).toEqual(asked.map((row) => numberOf.get(row)));
      }),
      { numRuns: runs(20) },
    );
  });

  it('of a forest are those that its leaves name, in the order of its nodes, whatever was split after all', async () => {
    const params = fc.record({ maxLeafNodes: fc.constantFrom(null, 5, 40), minSamplesLeaf: fc.constantFrom(1, 4) });
    await fc.assert(
      fc.asyncProperty(fc.nat(99), fc.constantFrom(1, 2, 5), params, async (seed, nClasses, limits) => {
        const set = mixedSet(90, nClasses === 1 ? 'regression' : 'classification', seed, nClasses);
        const forest = await grow(set, { ...limits, nEstimators: 4, bootstrap: true });
        expect([...forest.leaf].map((row) => row === -1)).toEqual([...forest.feature].map((f) => f !== -1));
        const rows = hexRows(forest.values, forest.outputs);
        expect(new Set(rows).size).toBe(rows.length);
        expect([...new Set(forest.leaf.filter((row) => row !== -1))]).toEqual([...rows.keys()]);
      }),
      { numRuns: runs(60) },
    );
  });

  it('of 1,000 classes and 20 trees on 20,000 rows take a row a class and a few more, where one a node would take gigabytes', async () => {
    const random = new Random(1);
    const rows = Array.from({ length: 20_000 }, (_, row) => row);
    const near = (of: (code: number) => number): number[] => rows.map((row) => of(row % 1000) + random.unit());
    const features = table(
      numbers(
        'a',
        near((code) => code),
      ),
      numbers(
        'b',
        near((code) => code % 32),
      ),
      numbers(
        'c',
        near((code) => code >> 5),
      ),
    );
    const set = classification(
      features,
      rows.map((row) => `class ${row % 1000}`),
    );
    const params = { nEstimators: 20, bootstrap: true };
    expect(checkParams({ ...defaultParams('classification'), ...params }, set)).toEqual([]);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const onProgress = (): void => void (most = Math.max(most, process.memoryUsage().arrayBuffers - before));
    const forest = await grow(set, { ...params, maxFeatures: 'sqrt' }, { onProgress });
    expect(8 * forest.outputs * forest.feature.length).toBeGreaterThan(1e9);
    // Beside them a few of rows that fall into the same bins.
    expect(forest.values.length).toBeLessThan(1500 * forest.outputs);
    expect(most).toBeLessThan(250e6);
    const asked = Int32Array.from({ length: 2000 }, (_, i) => 7 * i);
    const shares = predictForest(forest, takeRows(features, asked));
    const { codes } = set.target as ClassTarget;
    const isRight = (row: number, i: number): boolean => {
      const own = shares.subarray(i * forest.outputs, (i + 1) * forest.outputs);
      return own.indexOf(Math.max(...own)) === codes[row];
    };
    expect(asked.filter(isRight).length).toBeGreaterThan(1800);
  }, 120_000);
});

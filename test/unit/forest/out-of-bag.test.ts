import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrainingSet } from '../../../src/forest/engine.ts';
import { fitForest } from '../../../src/forest/fit.ts';
import { type Forest, treeCount } from '../../../src/forest/forest.ts';
import { nativeDraws, outOfBag } from '../../../src/forest/out-of-bag.ts';
import { defaultParams } from '../../../src/forest/params.ts';
import { predictForest } from '../../../src/forest/predict-forest.ts';
import { Random } from '../../../src/forest/random.ts';
import { runs } from '../../tools/effort.ts';
import { mixedSet, numbers, regression, table } from './small-sets.ts';

const grown = (set: TrainingSet, params: Partial<ReturnType<typeof defaultParams>>) => {
  const all = { ...defaultParams(set.target.task), ...params };
  return fitForest(set, all, { nJobs: 1 }).then((forest) => ({ forest, params: all }));
};

/** One tree of a forest, as a forest. */
const treeOnly = (forest: Forest, tree: number): Forest => {
  const start = forest.treeStart[tree]!;
  const end = forest.treeStart[tree + 1]!;
  return {
    ...forest,
    treeStart: Int32Array.of(0, end - start),
    feature: forest.feature.slice(start, end),
    threshold: forest.threshold.slice(start, end),
    left: forest.left.slice(start, end).map((left) => (left === -1 ? -1 : left - start)),
    missingLeft: forest.missingLeft.slice(start, end),
    categoryStart: forest.categoryStart.slice(start, end),
    leaf: forest.leaf.slice(start, end),
  };
};

describe('the rows that a tree drew', () => {
  it('are those that it was grown on', async () => {
    // Every row has an x and a y of its own: a fully grown tree knows the y of exactly those rows that it saw.
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          nRows: fc.integer({ min: 2, max: 60 }),
          randomState: fc.nat(),
          maxSamples: fc.constantFrom(null, 0.3, 0.9),
          bootstrap: fc.boolean(),
        }),
        async ({ nRows, randomState, maxSamples, bootstrap }) => {
          const ys = Array.from({ length: nRows }, (_, row) => row * row + 1);
          const set = regression(table(numbers('x', [...ys.keys()])), ys);
          const draw = { randomState, bootstrap, maxSamples: bootstrap ? maxSamples : null };
          const { forest, params } = await grown(set, { nEstimators: 4, ...draw });
          const draws = nativeDraws(params);
          const times = new Float64Array(nRows);
          for (let tree = 0; tree < treeCount(forest); tree++) {
            draws(tree, times);
            const known = [...predictForest(treeOnly(forest, tree), set.features)].map((y, row) => y === ys[row]);
            expect(Array.from(times, (count) => count > 0)).toEqual(known);
          }
        },
      ),
      { numRuns: runs(60) },
    );
  });
});

describe('out-of-bag predictions', () => {
  it('are the means of the trees that did not draw a row, for all rows that have one', async () => {
    for (const [set, nEstimators] of [
      [mixedSet(120, 'regression'), 3],
      [mixedSet(120, 'classification', 2, 2), 3],
      [mixedSet(120, 'classification', 3, 4), 25],
    ] as const) {
      const { forest, params } = await grown(set, { nEstimators, randomState: 7 });
      const { outputs } = forest;
      const trees = Array.from({ length: nEstimators }, (_, tree) => {
        const times = new Float64Array(120);
        nativeDraws(params)(tree, times);
        return { times, answers: predictForest(treeOnly(forest, tree), set.features) };
      });
      const expected = Array.from({ length: 120 }, (_, row) => {
        const unseen = trees.filter(({ times }) => times[row] === 0);
        const mean = (k: number): number =>
          unseen.reduce((sum, { answers }) => sum + answers[row * outputs + k]!, 0) / unseen.length;
        return { row, answers: unseen.length === 0 ? [] : Array.from({ length: outputs }, (_, k) => mean(k)) };
      }).filter(({ answers }) => answers.length > 0);
      const { rows, values } = outOfBag(forest, set.features, nativeDraws(params));
      expect([...rows]).toEqual(expected.map(({ row }) => row));
      expect([...values]).toEqual(expected.flatMap(({ answers }) => answers));
      expect(rows.length < 120).toBe(nEstimators === 3);
    }
  });

  it('are honest: of labels that mean nothing they know nothing', async () => {
    const random = new Random(3);
    const cells = () => Array.from({ length: 400 }, () => random.unit());
    const set = regression(table(numbers('a', cells()), numbers('b', cells())), cells());
    const { forest, params } = await grown(set, { nEstimators: 60 });
    const { rows, values } = outOfBag(forest, set.features, nativeDraws(params));
    const seen = predictForest(forest, set.features);
    const truth = (set.target as { values: Float64Array }).values;
    const error = (predicted: ArrayLike<number>): number =>
      rows.reduce((sum, row, i) => sum + (predicted[i]! - truth[row]!) ** 2, 0) / rows.length;
    const spread = error(Float64Array.from(rows, () => 0.5));
    expect(error(values)).toBeGreaterThan(0.95 * spread);
    expect(error(Float64Array.from(rows, (row) => seen[row]!))).toBeLessThan(0.4 * spread);
  });
});

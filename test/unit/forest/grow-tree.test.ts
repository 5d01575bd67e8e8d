import { describe, expect, it } from 'vitest';
import { predictForest } from '../../../src/forest/predict-forest.ts';
import { classification, grow, numbers, regression, table, texts, treeOf } from './small-sets.ts';

describe('a tree on all rows', () => {
  it('cuts numbers halfway between neighbours where the squared error falls most', async () => {
    const set = regression(table(numbers('x', [1, 2, 3, 10]), numbers('y', [5, 5, 5, 5])), [1, 1, 4, 4]);
    const forest = await grow(set);
    const leaf = (value: number) => ({ value: [value] });
    expect(treeOf(forest)).toEqual({ feature: 'x', atMost: 2.5, missing: 'right', left: leaf(1), right: leaf(4) });
    expect([...forest.importances]).toEqual([1, 0]);
  });

  it('gives each class its share in the leaves', async () => {
    const set = classification(table(numbers('x', [1, 1, 1, 1, 2, 2])), ['a', 'a', 'a', 'b', 'c', 'c']);
    expect(treeOf(await grow(set))).toEqual({
      feature: 'x',
      atMost: 1.5,
      missing: 'left',
      left: { value: [0.75, 0.25, 0] },
      right: { value: [0, 0, 1] },
    });
  });

  it('chooses other splits under gini than under entropy where they disagree', async () => {
    // x: (2, 0, 2 of class c | 3, 4, 1); y: (1, 2, 0 | 4, 2, 3). Worked out with the definitions.
    const rows = [
      ...[
        ['a', 0, 0],
        ['a', 0, 1],
        ['c', 0, 1],
        ['c', 0, 1],
      ],
      ...[
        ['a', 1, 1],
        ['a', 1, 1],
        ['a', 1, 1],
        ['b', 1, 0],
        ['b', 1, 0],
        ['b', 1, 1],
        ['b', 1, 1],
        ['c', 1, 1],
      ],
    ] as [string, number, number][];
    const features = table(
      numbers(
        'x',
        rows.map((r) => r[1]),
      ),
      numbers(
        'y',
        rows.map((r) => r[2]),
      ),
    );
    const impurity = (kind: 'gini' | 'entropy', labels: string[]): number => {
      const shares = ['a', 'b', 'c'].map((k) => labels.filter((l) => l === k).length / labels.length);
      const sum = shares.reduce((s, p) => s + (kind === 'gini' ? p * (1 - p) : p > 0 ? -p * Math.log2(p) : 0), 0);
      return sum * labels.length;
    };
    for (const criterion of ['gini', 'entropy'] as const) {
      const forest = await grow(
        classification(
          features,
          rows.map((r) => r[0]),
        ),
        { criterion, maxDepth: 1 },
      );
      const left = ([1, 2] as const).map((column) =>
        [0, 1].reduce(
          (sum, v) =>
            sum +
            impurity(
              criterion,
              rows.filter((r) => r[column] === v).map((r) => r[0]),
            ),
          0,
        ),
      );
      expect(treeOf(forest).feature, criterion).toBe(left[0]! < left[1]! ? 'x' : 'y');
    }
  });

  it('finds the best subset of categories, not only ranges of them', async () => {
    const set = regression(table(texts('k', ['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd'])), [1, 9, 1, 9, 1, 9, 1, 9]);
    const forest = await grow(set);
    expect(treeOf(forest)).toEqual({
      feature: 'k',
      categories: ['a', 'c'],
      missing: 'right',
      left: { value: [1] },
      right: { value: [9] },
    });
  });

  it('sends unseen and missing categories the same way', async () => {
    const forest = await grow(regression(table(texts('k', ['a', 'b', 'b', null])), [1, 5, 5, 1]));
    const asked = table(texts('k', ['a', 'b', null, 'new']));
    expect([...predictForest(forest, asked)]).toEqual([1, 5, 1, 1]);
  });

  it('learns on which side missing numbers belong', async () => {
    const x = numbers('x', [1, 2, 8, 9, null, null]);
    const low = await grow(regression(table(x), [1, 1, 5, 5, 1, 1]));
    expect(treeOf(low)).toMatchObject({ atMost: 5, missing: 'left', left: { value: [1] }, right: { value: [5] } });
    const high = await grow(regression(table(x), [1, 1, 5, 5, 5, 5]));
    expect(treeOf(high)).toMatchObject({ atMost: 5, missing: 'right', left: { value: [1] }, right: { value: [5] } });
  });

  it('tells missing cells from all others when that is what matters', async () => {
    const forest = await grow(regression(table(numbers('x', [1, 2, 3, null, null])), [4, 4, 4, 7, 7]));
    expect(treeOf(forest)).toMatchObject({
      atMost: Infinity,
      missing: 'right',
      left: { value: [4] },
      right: { value: [7] },
    });
  });

  it('sends missing cells with the larger side where it has seen none', async () => {
    const forest = await grow(regression(table(numbers('x', [1, 2, 3, 4, 5])), [0, 9, 9, 9, 9]));
    expect(treeOf(forest)).toMatchObject({ atMost: 1.5, missing: 'right' });
  });

  it('never splits a constant feature, nor pure rows', async () => {
    const constant = await grow(regression(table(numbers('x', [3, 3, 3]), texts('k', ['a', 'a', 'a'])), [1, 2, 6]));
    expect(treeOf(constant)).toEqual({ value: [3] });
    expect([...constant.importances]).toEqual([0, 0]);
    const pure = await grow(classification(table(numbers('x', [1, 2, 3])), ['a', 'a', 'a']));
    expect(treeOf(pure)).toEqual({ value: [1] });
  });
});

describe('weights', () => {
  it('move the means of leaves and the place of a cut', async () => {
    const features = table(numbers('x', [1, 2, 3]));
    const equal = await grow(regression(features, [0, 6, 11]), { maxDepth: 1 });
    expect(treeOf(equal)).toMatchObject({ atMost: 1.5, right: { value: [8.5] } });
    const heavy = await grow(regression(features, [0, 6, 11], [1, 9, 9]), { maxDepth: 1 });
    expect(treeOf(heavy)).toMatchObject({ atMost: 2.5, left: { value: [5.4] }, right: { value: [11] } });
  });

  it('of classes count in leaves: given, balanced, balanced in each tree', async () => {
    const set = classification(table(numbers('x', [1, 1, 1, 1])), ['a', 'a', 'a', 'b']);
    expect(treeOf(await grow(set, { classWeight: { b: 2 } }))).toEqual({ value: [0.6, 0.4] });
    expect(treeOf(await grow(set, { classWeight: 'balanced' }))).toEqual({ value: [0.5, 0.5] });
    const drawn = await grow(set, { classWeight: 'balanced_subsample', bootstrap: true, nEstimators: 20 });
    const leaves = Array.from({ length: 20 }, (_, tree) => treeOf(drawn, tree).value![1]!);
    // A tree that drew no "b" knows "a" alone; all others see both as equally frequent.
    expect([...new Set(leaves.map((share) => Math.round(share * 1e12) / 1e12))].sort()).toEqual([0, 0.5]);
  });
});

describe('limits', () => {
  const features = table(numbers('x', [1, 2, 3, 4, 5, 6, 7, 8]));
  const set = regression(features, [0, 1, 10, 11, 100, 101, 110, 111]);
  const leaves = async (params: Parameters<typeof grow>[1]): Promise<number[]> => {
    const forest = await grow(set, params);
    return [...new Set(predictForest(forest, features))];
  };

  it('max-depth ends branches', async () => {
    expect(await leaves({ maxDepth: 1 })).toEqual([5.5, 105.5]);
    expect(await leaves({ maxDepth: 2 })).toEqual([0.5, 10.5, 100.5, 110.5]);
  });

  it('max-leaf-nodes keeps the splits that help most', async () => {
    const uneven = regression(features, [0, 1, 10, 11, 100, 101, 130, 131]);
    const forest = await grow(uneven, { maxLeafNodes: 3 });
    expect([...new Set(predictForest(forest, features))]).toEqual([5.5, 100.5, 130.5]);
    expect(forest.feature.length).toBe(5);
    // Values of nodes that were split after all are gone.
    expect([...forest.values].sort((a, b) => a - b)).toEqual([5.5, 100.5, 130.5]);
  });

  it('min-samples-leaf and min-samples-split count rows', async () => {
    expect(await leaves({ minSamplesLeaf: 3 })).toEqual([5.5, 105.5]);
    expect(await leaves({ minSamplesSplit: 5 })).toEqual([5.5, 105.5]);
    expect(await leaves({ minSamplesLeaf: 2 })).toEqual([0.5, 10.5, 100.5, 110.5]);
  });

  it('min-samples-leaf holds with missing cells and categories', async () => {
    const cells = table(numbers('x', [1, null, null, 2, 2, 2]), texts('k', ['a', 'b', 'b', 'b', null, 'c']));
    const forest = await grow(regression(cells, [9, 0, 0, 0, 0, 0]), { minSamplesLeaf: 3 });
    expect(treeOf(forest)).toMatchObject({ left: { value: expect.anything() }, right: { value: expect.anything() } });
    const counts = new Map<number, number>();
    for (const value of predictForest(forest, cells)) counts.set(value, (counts.get(value) ?? 0) + 1);
    expect([...counts.values()]).toEqual([3, 3]);
  });

  it('min-impurity-decrease weighs a decrease by the share of rows', async () => {
    // The root's variance is 2525.25 + 25.25; cutting it in two takes 2500 off, each further cut 12.5 and 0.125.
    expect(await leaves({ minImpurityDecrease: 2501 })).toEqual([55.5]);
    expect(await leaves({ minImpurityDecrease: 2500 })).toEqual([5.5, 105.5]);
    expect(await leaves({ minImpurityDecrease: 12.5 })).toEqual([0.5, 10.5, 100.5, 110.5]);
    // Gini of half and half is 0.5, all of which one cut takes off.
    const halves = classification(table(numbers('x', [1, 2])), ['a', 'b']);
    expect((await grow(halves, { minImpurityDecrease: 0.5 })).feature.length).toBe(3);
    expect((await grow(halves, { minImpurityDecrease: 0.51 })).feature.length).toBe(1);
  });

  it('max-samples draws so many rows', async () => {
    const forest = await grow(set, { bootstrap: true, maxSamples: 0.125, nEstimators: 5 });
    expect(forest.feature.length).toBe(5);
    expect([...forest.values].every((value) => [0, 1, 10, 11, 100, 101, 110, 111].includes(value))).toBe(true);
  });
});

describe('splitter random', () => {
  it('draws thresholds between the values of the node', async () => {
    const x = Array.from({ length: 40 }, (_, i) => i);
    const set = regression(
      table(numbers('x', x)),
      x.map((value) => (value < 20 ? 0 : 1)),
    );
    const forest = await grow(set, { splitter: 'random', maxDepth: 1, nEstimators: 200 });
    const thresholds = Array.from({ length: 200 }, (_, tree) => treeOf(forest, tree).atMost!);
    expect(Math.min(...thresholds)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...thresholds)).toBeLessThan(39);
    expect(new Set(thresholds).size).toBeGreaterThan(190);
    const mean = thresholds.reduce((sum, value) => sum + value, 0) / 200;
    expect(Math.abs(mean - 19.5)).toBeLessThan(3);
  });

  it('grows until pure on numbers, categories and missing cells', async () => {
    const features = table(numbers('x', [1, 1, 2, 3, null, null]), texts('k', ['a', 'b', 'a', null, 'b', 'a']));
    const forest = await grow(regression(features, [1, 2, 3, 4, 5, 6]), { splitter: 'random', nEstimators: 10 });
    for (const [i, value] of predictForest(forest, features).entries()) expect(value).toBeCloseTo(i + 1, 12);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeRows } from '../../../src/data/table.ts';
import { takeTarget } from '../../../src/data/target.ts';
import { encodeForest } from '../../../src/forest/codec.ts';
import type { ForestParams, TrainingSet } from '../../../src/forest/engine.ts';
import { fitForest } from '../../../src/forest/fit.ts';
import type { Forest } from '../../../src/forest/forest.ts';
import { treeCount } from '../../../src/forest/forest.ts';
import { defaultParams } from '../../../src/forest/params.ts';
import { predictForest } from '../../../src/forest/predict-forest.ts';
import { rowWeights } from '../../../src/forest/response.ts';
import { runs } from '../../tools/effort.ts';
import { grow, mixedSet } from './small-sets.ts';

const settings: fc.Arbitrary<Partial<ForestParams>> = fc.record(
  {
    maxDepth: fc.constantFrom(null, 1, 2, 5),
    maxFeatures: fc.constantFrom(null, 'sqrt', 'log2', 2, 0.7),
    minSamplesSplit: fc.constantFrom(2, 5, 20),
    minSamplesLeaf: fc.constantFrom(1, 2, 7),
    maxLeafNodes: fc.constantFrom(null, 2, 9),
    minImpurityDecrease: fc.constantFrom(0, 0.01),
    splitter: fc.constantFrom('best', 'random'),
    maxBins: fc.constantFrom(255, 8),
    randomState: fc.nat(1000),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Partial<ForestParams>>;

const sets: fc.Arbitrary<TrainingSet> = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 90 }), fc.nat(99)).map(([rows, seed]) => mixedSet(rows, 'regression', seed)),
  fc
    .tuple(fc.integer({ min: 2, max: 90 }), fc.nat(99), fc.integer({ min: 2, max: 5 }))
    .map(([rows, seed, classes]) => mixedSet(rows, 'classification', seed, classes)),
);

/** The value of the leaf that each row falls into, as the only tree has it. */
function leafMeans(forest: Forest, set: TrainingSet, weights: Float64Array): Map<string, number[]> {
  const { outputs } = forest;
  const predicted = predictForest(forest, set.features);
  const sums = new Map<string, number[]>();
  for (let row = 0; row < set.features.nRows; row++) {
    const key = String([...predicted.subarray(row * outputs, (row + 1) * outputs)]);
    const entry = sums.get(key) ?? new Array<number>(outputs + 1).fill(0);
    sums.set(key, entry);
    const w = weights[row]!;
    entry[outputs]! += w;
    if (set.target.task === 'regression') entry[0]! += w * set.target.values[row]!;
    else entry[set.target.codes[row]!]! += w;
  }
  return new Map([...sums].map(([key, entry]) => [key, entry.slice(0, -1).map((sum) => sum / entry.at(-1)!)]));
}

describe('fitForest', () => {
  it('puts every training row into a leaf with the weighted mean or class shares of the rows that fall there', async () => {
    await fc.assert(
      fc.asyncProperty(sets, settings, fc.boolean(), async (set, params, weighted) => {
        const { nRows } = set.features;
        const given: TrainingSet = weighted
          ? { ...set, sampleWeight: Float64Array.from({ length: nRows }, (_, i) => 0.5 + (i % 4)) }
          : set;
        const forest = await grow(given, params);
        for (const [key, mean] of leafMeans(forest, given, rowWeights(given, { ...defaultParams(set.target.task) }))) {
          const value = key.split(',').map(Number);
          for (const [k, share] of value.entries()) expect(share).toBeCloseTo(mean[k]!, 9);
        }
      }),
      { numRuns: runs(150) },
    );
  });

  it('holds every limit at once', async () => {
    await fc.assert(
      fc.asyncProperty(sets, settings, async (set, params) => {
        const forest = await grow(set, { ...params, nEstimators: 2 });
        const { features, target } = set;
        for (let tree = 0; tree < 2; tree++) {
          const [from, to] = [forest.treeStart[tree]!, forest.treeStart[tree + 1]!];
          const leaves = forest.feature.slice(from, to).filter((f) => f === -1).length;
          expect(leaves).toBe((to - from + 1) / 2);
          expect(leaves).toBeLessThanOrEqual(params.maxLeafNodes ?? features.nRows);
          const depth = new Map([[from, 0]]);
          for (let node = from; node < to; node++) {
            if (forest.feature[node] === -1) continue;
            depth.set(forest.left[node]!, depth.get(node)! + 1).set(forest.left[node]! + 1, depth.get(node)! + 1);
          }
          expect(Math.max(...depth.values())).toBeLessThanOrEqual(params.maxDepth ?? features.nRows);
        }
        expect(forest.outputs).toBe(target.task === 'regression' ? 1 : target.classes.length);
        const sum = forest.importances.reduce((total, value) => total + value, 0);
        expect(sum === 0 ? 1 : sum).toBeCloseTo(1, 12);
      }),
    );
  });

  it('reproduces the training target of a fully grown tree wherever rows differ', async () => {
    const set = mixedSet(300, 'regression', 3);
    const predicted = predictForest(await grow(set), set.features);
    const { values } = set.target as { values: Float64Array };
    for (const [row, value] of predicted.entries()) expect(Math.abs(value / values[row]! - 1)).toBeLessThan(1e-12);
  });

  it('predicts a row alone as among others', async () => {
    const set = mixedSet(700, 'classification', 4, 3);
    const forest = await grow(set, { nEstimators: 7, bootstrap: true });
    const all = predictForest(forest, set.features);
    for (const row of [0, 1, 511, 512, 699]) {
      const one = predictForest(forest, takeRows(set.features, Int32Array.of(row)));
      expect([...one]).toEqual([...all.subarray(row * 3, row * 3 + 3)]);
    }
  });

  it('predicts the same whatever the order of the rows, without bootstrap', async () => {
    for (const criterion of ['gini', 'entropy'] as const) {
      const set = mixedSet(200, 'classification', 5, 3);
      const order = Int32Array.from({ length: 200 }, (_, i) => (i * 37) % 200);
      const turned = { features: takeRows(set.features, order), target: takeTarget(set.target, order) };
      const a = predictForest(await grow(set, { criterion, minSamplesLeaf: 3 }), set.features);
      const b = predictForest(await grow(turned, { criterion, minSamplesLeaf: 3 }), set.features);
      for (const [i, value] of a.entries()) expect(b[i]).toBeCloseTo(value, 12);
    }
  });

  it('takes a weight of 2 for a row that is there twice, without bootstrap', async () => {
    for (const task of ['regression', 'classification'] as const) {
      const set = mixedSet(60, task, 6, 3);
      const twice = Int32Array.from({ length: 90 }, (_, i) => (i < 60 ? i : i - 60));
      const repeated = { features: takeRows(set.features, twice), target: takeTarget(set.target, twice) };
      const weighted = { ...set, sampleWeight: Float64Array.from({ length: 60 }, (_, i) => (i < 30 ? 2 : 1)) };
      const a = predictForest(await grow(repeated, { maxDepth: 4 }), set.features);
      const b = predictForest(await grow(weighted, { maxDepth: 4 }), set.features);
      for (const [i, value] of a.entries()) expect(b[i]).toBeCloseTo(value, 9);
    }
  });

  it('is no better than chance on a target that has nothing to do with the features', async () => {
    const set = mixedSet(400, 'classification', 7);
    const target = { ...set.target, codes: Int32Array.from({ length: 400 }, (_, i) => ((i * 7919) % 101) % 2) };
    const half = (from: number) => Int32Array.from({ length: 200 }, (_, i) => from + i);
    const [train, test] = [half(0), half(200)];
    const forest = await grow(
      { features: takeRows(set.features, train), target: takeTarget(target as typeof set.target, train) },
      { nEstimators: 50, bootstrap: true },
    );
    const predicted = predictForest(forest, takeRows(set.features, test));
    const right = test.reduce(
      (n, row, i) => n + ((predicted[2 * i + 1]! > 0.5 ? 1 : 0) === target.codes[row] ? 1 : 0),
      0,
    );
    expect(right).toBeGreaterThan(70);
    expect(right).toBeLessThan(130);
  });
});

describe('the bytes of a forest', () => {
  const trained = (set: TrainingSet, nJobs: number, params: Partial<ForestParams> = {}) =>
    fitForest(set, { ...defaultParams(set.target.task), nEstimators: 60, ...params }, { nJobs });

  it('are the same with any number of threads, and when fitted again', async () => {
    for (const [task, params] of [
      ['regression', {}],
      ['regression', { maxLeafNodes: 50 }],
      ['classification', { classWeight: 'balanced_subsample' }],
      ['classification', { splitter: 'random', criterion: 'entropy' }],
    ] as const) {
      // More than the size below which no thread is started.
      const set = mixedSet(9_000, task, 8, 3);
      const many = { ...params, nEstimators: 140, maxDepth: 6 };
      const alone = encodeForest(await trained(set, 1, many));
      for (const nJobs of [2, 4]) {
        expect(Buffer.compare(encodeForest(await trained(set, nJobs, many)), alone), `${task} ${nJobs}`).toBe(0);
      }
    }
  });

  it('differ by seed, also by seeds beyond 32 bits', async () => {
    const set = mixedSet(100, 'regression', 9);
    const bytes = await Promise.all(
      [0, 1, 2 ** 32, 2 ** 32 + 1].map(async (randomState) =>
        Buffer.from(encodeForest(await trained(set, 1, { randomState }))),
      ),
    );
    expect(new Set(bytes.map((b) => b.toString('base64'))).size).toBe(4);
  });

  it('hold no two equal trees', async () => {
    const set = mixedSet(100, 'regression', 9);
    const forest = await trained(set, 1);
    const trees = Array.from({ length: 60 }, (_, t) =>
      String(forest.threshold.slice(forest.treeStart[t], forest.treeStart[t + 1])),
    );
    expect(new Set(trees).size).toBe(60);
  });
});

describe('ending early', () => {
  it('stops at a signal, in threads and without, and before the first tree', async () => {
    const set = mixedSet(30_000, 'regression', 10);
    const params = { ...defaultParams('regression'), nEstimators: 500 };
    for (const nJobs of [1, 2]) {
      const stop = new AbortController();
      const reason = new Error('enough');
      const progress: number[] = [];
      const fitting = fitForest(set, params, {
        nJobs,
        signal: stop.signal,
        onProgress: (done) => {
          progress.push(done);
          if (done === 3) stop.abort(reason);
        },
      });
      await expect(fitting).rejects.toBe(reason);
      expect(progress.slice(0, 3)).toEqual([1, 2, 3]);
      expect(progress.length).toBeLessThan(10);
    }
    await expect(fitForest(set, params, { nJobs: 2, signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow(
      'no',
    );
  });

  it('keeps the longest prefix of whole trees when the time is over, at least one', async () => {
    const set = mixedSet(30_000, 'regression', 11);
    const params = { ...defaultParams('regression'), nEstimators: 400 };
    const whole = await fitForest(set, { ...params, nEstimators: 1 }, { nJobs: 1 });
    for (const nJobs of [1, 2]) {
      const forest = await fitForest(set, params, { nJobs, maxTrainTimeMs: 1 });
      expect(treeCount(forest)).toBeGreaterThanOrEqual(1);
      expect(treeCount(forest)).toBeLessThan(100);
      const first = forest.treeStart[1]!;
      expect([...forest.threshold.subarray(0, first)]).toEqual([...whole.threshold]);
    }
  });

  it('reports each tree once', async () => {
    const seen: [number, number][] = [];
    await grow(
      mixedSet(40, 'regression'),
      { nEstimators: 4 },
      { onProgress: (done, total) => seen.push([done, total]) },
    );
    expect(seen).toEqual([
      [1, 4],
      [2, 4],
      [3, 4],
      [4, 4],
    ]);
  });
});

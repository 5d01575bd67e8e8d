import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Column, type Table, takeRows } from '../../../src/data/table.ts';
import { type Target, takeTarget } from '../../../src/data/target.ts';
import { decodeForest, encodeForest } from '../../../src/forest/codec.ts';
import type { ClassTarget, ForestParams, TrainingSet } from '../../../src/forest/engine.ts';
import type { Forest } from '../../../src/forest/forest.ts';
import { paramsInRows } from '../../../src/forest/params.ts';
import { predictForest } from '../../../src/forest/predict-forest.ts';
import { Random } from '../../../src/forest/random.ts';
import { rocAuc } from '../../../src/metrics/ranking.ts';
import { runs } from '../../tools/effort.ts';
import { grow, mixedSet, numbers, texts } from './small-sets.ts';

/** Whole numbers, of which sums are exact: what must be equal is equal to the last bit, and ties stay ties. */
function wholeSet(nRows: number, seed: number, nClasses: number | undefined): TrainingSet {
  const set = mixedSet(nRows, nClasses === undefined ? 'regression' : 'classification', seed, nClasses);
  if (set.target.task === 'classification') return set;
  return { ...set, target: { task: 'regression', values: set.target.values.map(Math.round) } };
}

const size = fc.integer({ min: 4, max: 90 });
const sets: fc.Arbitrary<TrainingSet> = fc
  .tuple(size, fc.nat(999), fc.constantFrom(undefined, 2, 3, 5))
  .map(([nRows, seed, nClasses]) => wholeSet(nRows, seed, nClasses));
const limits: fc.Arbitrary<Partial<ForestParams>> = fc.record(
  {
    maxDepth: fc.constantFrom(1, 2, 4),
    minSamplesSplit: fc.constantFrom(2, 7, 0.2, 1),
    minSamplesLeaf: fc.constantFrom(1, 3, 0.05, 0.2),
    maxLeafNodes: fc.constantFrom(2, 5, 20),
    minImpurityDecrease: fc.constantFrom(0, 0.02),
  },
  { requiredKeys: [] },
);
const drawn = fc.record(
  {
    maxFeatures: fc.constantFrom(null, 'sqrt', 2),
    splitter: fc.constantFrom('best', 'random'),
    randomState: fc.nat(99),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Partial<ForestParams>>;

const trainingPredictions = (forest: Forest, set: TrainingSet): number[] => [...predictForest(forest, set.features)];
const rowNumbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const shuffled = (n: number, random: Random): Int32Array => {
  const order = Int32Array.from(rowNumbers(n));
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
};
const takeSet = (set: TrainingSet, rows: Int32Array): TrainingSet => ({
  features: takeRows(set.features, rows),
  target: takeTarget(set.target as Target, rows),
});
const withColumns = (set: TrainingSet, columns: readonly Column[]): TrainingSet => ({
  ...set,
  features: { nRows: set.features.nRows, columns },
});

/** The rows that reach each node of a tree. */
function rowsOfNodes(forest: Forest, tree: number, features: Table): Map<number, number[]> {
  const rows = new Map([[forest.treeStart[tree]!, rowNumbers(features.nRows)]]);
  for (let node = forest.treeStart[tree]!; node < forest.treeStart[tree + 1]!; node++) {
    const f = forest.feature[node]!;
    if (f === -1) continue;
    const column = features.columns[f]!;
    const left = forest.left[node]!;
    rows.set(left, []).set(left + 1, []);
    for (const row of rows.get(node)!) {
      rows.get(goesLeft(forest, node, column, row) ? left : left + 1)!.push(row);
    }
  }
  return rows;
}

function goesLeft(forest: Forest, node: number, column: Column, row: number): boolean {
  const feature = forest.features[forest.feature[node]!]!;
  if (column.kind !== 'categorical' || feature.kind !== 'categorical') {
    const cell = (column as { values: Float64Array }).values[row]!;
    return Number.isNaN(cell) ? forest.missingLeft[node] === 1 : cell <= forest.threshold[node]!;
  }
  const code = feature.categories.indexOf(column.categories[column.codes[row]!]!);
  if (code === -1) return forest.missingLeft[node] === 1;
  return ((forest.categoryBits[forest.categoryStart[node]! + (code >> 5)]! >>> (code & 31)) & 1) === 1;
}

describe('a forest', () => {
  it('is the same whatever the order of the rows, without bootstrap', async () => {
    await fc.assert(
      fc.asyncProperty(sets, limits, drawn, fc.nat(), async (set, given, how, seed) => {
        const params = { ...given, ...how, nEstimators: 2 };
        const other = takeSet(set, shuffled(set.features.nRows, new Random(seed)));
        expect(await grow(other, params)).toEqual(await grow(set, params));
      }),
      { numRuns: runs(100) },
    );
  });

  it('takes a weight of 2 for a row that is there twice, without bootstrap', async () => {
    await fc.assert(
      fc.asyncProperty(
        sets,
        fc.constantFrom({}, { maxDepth: 3 }, { maxLeafNodes: 6 }),
        fc.nat(),
        async (set, given, seed) => {
          const n = set.features.nRows;
          const random = new Random(seed);
          const twice = rowNumbers(n).filter(() => random.below(2) === 0);
          const repeated = takeSet(set, Int32Array.from([...rowNumbers(n), ...twice]));
          const weighted = {
            ...set,
            sampleWeight: Float64Array.from(rowNumbers(n), (i) => (twice.includes(i) ? 2 : 1)),
          };
          const [a, b] = [await grow(repeated, given), await grow(weighted, given)];
          // Numbers are counted from their mean, which a row that stands twice moves: they are the same but for rounding.
          const far = (these: ArrayLike<number>, those: ArrayLike<number>): number =>
            Math.max(...Array.from(these, (value, i) => Math.abs(value - those[i]!) / Math.max(1, Math.abs(value))));
          expect(far(trainingPredictions(a, set), trainingPredictions(b, set))).toBeLessThan(1e-12);
          expect(far(a.importances, b.importances)).toBeLessThan(1e-9);
        },
      ),
      { numRuns: runs(100) },
    );
  });

  it('does not change when all weights are doubled', async () => {
    await fc.assert(
      fc.asyncProperty(sets, limits, fc.boolean(), fc.nat(), async (set, given, bootstrap, seed) => {
        const random = new Random(seed);
        const sampleWeight = Float64Array.from(rowNumbers(set.features.nRows), () => 0.25 + random.unit());
        const params = { ...given, bootstrap, nEstimators: 2 };
        const once = await grow({ ...set, sampleWeight }, params);
        expect(await grow({ ...set, sampleWeight: sampleWeight.map((w) => 2 * w) }, params)).toEqual(once);
      }),
      { numRuns: runs(100) },
    );
  });

  it('divides rows alike when a feature is renamed or its numbers are spread otherwise in the same order', async () => {
    await fc.assert(
      fc.asyncProperty(sets, limits, fc.boolean(), fc.nat(), async (set, given, bootstrap, seed) => {
        const random = new Random(seed);
        const columns = set.features.columns.map((column, i): Column => {
          if (column.kind !== 'numeric') return { ...column, name: `other ${i}` };
          const values = [...new Set(column.values)].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
          let above = -1e6 * random.unit();
          const image = new Map(values.map((value) => [value, (above += random.unit() + 1e-3)]));
          return {
            ...column,
            name: `other ${i}`,
            values: column.values.map((value) => image.get(value) ?? Number.NaN),
          };
        });
        const params = { ...given, bootstrap, nEstimators: 2 };
        const { features: _, threshold: _t, ...shape } = await grow(set, params);
        const { features: _f, threshold: _h, ...other } = await grow(withColumns(set, columns), params);
        expect(other).toEqual(shape);
      }),
      { numRuns: runs(100) },
    );
  });

  it('gives a class the same probabilities under another name', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(999), fc.constantFrom(2, 3, 5), fc.nat(), async (nRows, seed, nClasses, turn) => {
        const whole = wholeSet(nRows, seed, nClasses);
        // Of several orders of categories the first of those that are equally good is taken: numbers only.
        const set = withColumns(
          whole,
          whole.features.columns.filter(({ kind }) => kind === 'numeric'),
        );
        const { classes, codes } = set.target as ClassTarget;
        const code = (of: number): number => (of + turn) % classes.length;
        const renamed = { task: 'classification', classes, codes: codes.map(code) } as const;
        const a = trainingPredictions(await grow(set), set);
        const b = trainingPredictions(await grow({ ...set, target: renamed }), set);
        for (let row = 0; row < nRows; row++) {
          for (let k = 0; k < classes.length; k++) {
            expect(b[row * classes.length + code(k)]).toBeCloseTo(a[row * classes.length + k]!, 12);
          }
        }
      }),
      { numRuns: runs(100) },
    );
  });

  it('comes back from its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(sets, limits, drawn, fc.boolean(), async (set, given, how, bootstrap) => {
        const forest = await grow(set, { ...given, ...how, bootstrap, nEstimators: 3 });
        expect(decodeForest(encodeForest(forest))).toEqual(forest);
      }),
      { numRuns: runs(100) },
    );
  });

  it('keeps to its limits at every node, and gives probabilities that sum to 1', async () => {
    await fc.assert(
      fc.asyncProperty(sets, limits, drawn, async (set, given, how) => {
        const forest = await grow(set, { ...given, ...how, nEstimators: 2 });
        const { nRows } = set.features;
        const { minSamplesSplit = 2, minSamplesLeaf = 1 } = given;
        const least = paramsInRows({ minSamplesSplit, minSamplesLeaf } as ForestParams, nRows);
        for (let tree = 0; tree < 2; tree++) {
          const depth = new Map([[forest.treeStart[tree]!, 0]]);
          let leaves = 0;
          for (const [node, rows] of [...rowsOfNodes(forest, tree, set.features)].sort(([a], [b]) => a - b)) {
            expect(depth.get(node)).toBeLessThanOrEqual(given.maxDepth ?? nRows);
            if (forest.feature[node] === -1) {
              leaves++;
              expect(rows.length).toBeGreaterThanOrEqual(least.minSamplesLeaf);
              continue;
            }
            expect(rows.length).toBeGreaterThanOrEqual(least.minSamplesSplit);
            for (const child of [forest.left[node]!, forest.left[node]! + 1]) depth.set(child, depth.get(node)! + 1);
          }
          expect(leaves).toBeLessThanOrEqual(given.maxLeafNodes ?? nRows);
        }
        if (set.target.task === 'regression') return;
        const shares = trainingPredictions(forest, set);
        expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
        for (let row = 0; row < nRows; row++) {
          const sum = shares.slice(row * forest.outputs, (row + 1) * forest.outputs).reduce((total, p) => total + p, 0);
          expect(Math.abs(sum - 1)).toBeLessThan(1e-12);
        }
      }),
      { numRuns: runs(150) },
    );
  });

  it('never uses a feature that is constant, and grows without it as if it were not there', async () => {
    await fc.assert(
      fc.asyncProperty(sets, limits, async (set, given) => {
        const { columns, nRows } = set.features;
        const constant = [
          numbers('one', new Array(nRows).fill(7)),
          numbers('none', new Array(nRows).fill(null)),
          texts('text', new Array(nRows).fill('a')),
        ];
        const params = { ...given, nEstimators: 2 };
        const forest = await grow(withColumns(set, [...constant, ...columns]), params);
        expect([...forest.importances.subarray(0, 3)]).toEqual([0, 0, 0]);
        const without = await grow(set, params);
        expect(forest.feature).toEqual(without.feature.map((f) => (f === -1 ? -1 : f + 3)));
        expect(forest.leaf).toEqual(without.leaf);
        expect(forest.values).toEqual(without.values);
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('on a target that has nothing to do with the features, a forest', () => {
  const rows = 1500;
  const train = Int32Array.from({ length: rows }, (_, i) => i);
  const test = Int32Array.from({ length: rows }, (_, i) => rows + i);
  const trials = rowNumbers(5);
  /** By chance a figure lies further than this many standard deviations off once in 30,000 times. */
  const sigmas = 4;

  it.each(trials)('ranks classes no better than chance (trial %i)', async (trial) => {
    const { features } = mixedSet(2 * rows, 'regression', 100 + trial);
    const random = new Random(200 + trial);
    const codes = Int32Array.from({ length: 2 * rows }, () => random.below(2));
    const set = { features, target: { task: 'classification', classes: ['a', 'b'], codes } } as const;
    const forest = await grow(takeSet(set, train), { nEstimators: 20, bootstrap: true, maxFeatures: 'sqrt' });
    const scores = predictForest(forest, takeRows(features, test)).filter((_, at) => at % 2 === 1);
    const labels = Uint8Array.from(test, (row) => codes[row]!);
    const ones = labels.reduce((sum, label) => sum + label, 0);
    // Of the Mann-Whitney statistic, as labels are drawn without regard to scores.
    const deviation = Math.sqrt((rows + 1) / (12 * ones * (rows - ones)));
    expect(Math.abs(rocAuc(labels, scores) - 0.5)).toBeLessThan(sigmas * deviation);
    const right = scores.reduce((sum, score, i) => sum + (score > 0.5 === (labels[i] === 1) ? 1 : 0), 0);
    expect(right / rows - 0.5).toBeLessThan(sigmas * Math.sqrt(0.25 / rows));
  });

  it.each(trials)('predicts numbers no better than their mean (trial %i)', async (trial) => {
    const { features } = mixedSet(2 * rows, 'regression', 300 + trial);
    const random = new Random(400 + trial);
    const values = Float64Array.from({ length: 2 * rows }, () => random.unit() + random.unit());
    const set = { features, target: { task: 'regression', values } } as const;
    const forest = await grow(takeSet(set, train), { nEstimators: 20, bootstrap: true });
    const predicted = predictForest(forest, takeRows(features, test));
    // Drawn evenly twice: mean 1, variance 1/6. What a prediction differs from 1 by, whatever it is, can only add to the error.
    const gains = [...predicted].map((p, i) => (values[rows + i]! - 1) ** 2 - (values[rows + i]! - p) ** 2);
    const off = [...predicted].map((p) => (p - 1) ** 2);
    const expected = -off.reduce((sum, square) => sum + square, 0) / rows;
    const deviation = (2 * Math.sqrt(off.reduce((sum, square) => sum + square, 0) / 6)) / rows;
    const gain = gains.reduce((sum, g) => sum + g, 0) / rows;
    expect(Math.abs(gain - expected)).toBeLessThan(sigmas * deviation);
    expect(gain).toBeLessThan(0);
  });

  it('finds what is there, by the same measure', async () => {
    const set = mixedSet(2 * rows, 'classification', 500);
    const forest = await grow(takeSet(set, train), { nEstimators: 20, bootstrap: true, maxFeatures: 'sqrt' });
    const scores = predictForest(forest, takeRows(set.features, test)).filter((_, at) => at % 2 === 1);
    const { codes } = set.target as ClassTarget;
    expect(
      rocAuc(
        Uint8Array.from(test, (row) => codes[row]!),
        scores,
      ),
    ).toBeGreaterThan(0.95);
  });
});

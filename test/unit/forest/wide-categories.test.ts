import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Table } from '../../../src/data/table.ts';
import { encodeForest } from '../../../src/forest/codec.ts';
import type { ForestParams, TrainingSet } from '../../../src/forest/engine.ts';
import { fitForest } from '../../../src/forest/fit.ts';
import type { Forest } from '../../../src/forest/forest.ts';
import { checkParams, defaultParams } from '../../../src/forest/params.ts';
import { predictForest } from '../../../src/forest/predict-forest.ts';
import { Random } from '../../../src/forest/random.ts';
import { runs } from '../../tools/effort.ts';
import { classification, grow, numbers, regression, table } from './small-sets.ts';

/** `count` categories whose names are not in the order of their codes; row i has category `of(i)`, -1 is missing. */
function wide(count: number, nRows: number, of: (row: number) => number): Table['columns'][number] {
  const categories = Array.from({ length: count }, (_, code) => `k${(code * 7919) % count}`);
  return { kind: 'categorical', name: 'k', categories, codes: Int32Array.from({ length: nRows }, (_, i) => of(i)) };
}

describe('a feature of more than 255 categories', () => {
  it.each([256, 1_000, 65_535])('is split into the two halves of %i that tell the target apart', async (count) => {
    const half = (code: number): number => (code * 31) % 2;
    const nRows = 2 * count;
    const column = wide(count, nRows, (row) => row % count);
    const rows = [...Array(nRows).keys()].map((row) => half(row % count));
    const features = table(column);
    const sets = [
      regression(
        features,
        rows.map((h) => 3 + 4 * h),
      ),
      classification(
        features,
        rows.map((h) => `class ${h}`),
      ),
      // A third class, of missing cells alone.
      classification(table(wide(count, nRows + 9, (row) => (row < nRows ? row % count : -1))), [
        ...rows.map((h) => `class ${h}`),
        ...Array<string>(9).fill('none'),
      ]),
    ];
    for (const [i, set] of sets.entries()) {
      const forest = await grow(set);
      expect(forest.feature.filter((f) => f === -1).length).toBe(i === 2 ? 3 : 2);
      const predicted = predictForest(forest, set.features);
      if (set.target.task === 'regression') expect(predicted).toEqual(set.target.values);
      else expect(set.target.codes.every((code, row) => predicted[row * forest.outputs + code] === 1)).toBe(true);
    }
  });

  it('is cut where the squared error falls most, as found by trying every cut along the means', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), fc.boolean(), fc.boolean(), async (seed, holes, weighted) => {
        const set = noisySet(seed, holes, weighted);
        const forest = await grow(set, { maxDepth: 1 });
        const best = bestDecrease(set);
        expect(decreaseOf(forest, set) / best).toBeCloseTo(1, 9);
      }),
      { numRuns: runs(25) },
    );
  });

  it('gives unseen and missing categories the side of the missing cells, or of more rows where there were none', async () => {
    const nRows = 600;
    const known = (missing: boolean) => wide(300, nRows, (row) => (missing && row < 150 ? -1 : row % 300));
    const values = Array.from({ length: nRows }, (_, row) => (row % 300 < 100 ? 1 : 5));
    const asked: Table = {
      nRows: 2,
      columns: [{ kind: 'categorical', name: 'k', categories: ['new'], codes: Int32Array.of(-1, 0) }],
    };
    expect([...predictForest(await grow(regression(table(known(false)), values)), asked)]).toEqual([5, 5]);
    const low = values.map((value, row) => (row < 150 ? 1 : value));
    expect([...predictForest(await grow(regression(table(known(true)), low)), asked)]).toEqual([1, 1]);
  });

  it('holds min-samples-leaf, max-leaf-nodes and the random splitter', async () => {
    const set = noisySet(5, false, false);
    const counts = (forest: Forest): number[] => {
      const found = new Map<number, number>();
      for (const value of predictForest(forest, set.features)) found.set(value, (found.get(value) ?? 0) + 1);
      return [...found.values()];
    };
    expect(Math.min(...counts(await grow(set, { minSamplesLeaf: 40 })))).toBeGreaterThanOrEqual(40);
    expect(counts(await grow(set, { maxLeafNodes: 7 })).length).toBe(7);
    const random = predictForest(await grow(set, { splitter: 'random' }), set.features);
    const { values } = set.target as { values: Float64Array };
    // No two rows are alike: each has its own leaf.
    expect(random.every((value, row) => Math.abs(value - values[row]!) < 1e-9)).toBe(true);
  });

  it.each([2, 4])('gives the same bytes in %i threads as in one, beside numbers and few categories', async (nJobs) => {
    const random = new Random(3);
    const nRows = 30_000;
    const cells = Array.from({ length: nRows }, () => random.below(2_000) - 1);
    const x = Array.from({ length: nRows }, () => random.unit());
    const features = table(
      numbers('x', x),
      wide(2_000, nRows, (row) => cells[row]!),
      { ...wide(3, nRows, (row) => row % 3), name: 'few' },
      ...Array.from({ length: 20 }, (_, f) => ({
        ...numbers(
          '',
          x.map((v) => (v * (f + 3)) % 1),
        ),
        name: `x${f}`,
      })),
    );
    const labels = cells.map((code, row) => `c${((code * 7) % 5 < 2 ? 1 : 0) + (x[row]! > 0.7 ? 1 : 0)}`);
    const set = classification(features, labels);
    const params: ForestParams = { ...defaultParams('classification'), nEstimators: 8, maxDepth: 12 };
    const alone = encodeForest(await fitForest(set, params, { nJobs: 1 }));
    expect(Buffer.compare(encodeForest(await fitForest(set, params, { nJobs })), alone)).toBe(0);
  });

  it('is refused beyond 65,535 categories that have rows', () => {
    const at = (nRows: number) => regression(table(wide(70_000, nRows, (row) => row)), [...Array(nRows).keys()]);
    expect(checkParams(defaultParams('regression'), at(65_535))).toEqual([]);
    expect(checkParams(defaultParams('regression'), at(65_536))).toEqual([
      'feature "k" has 65536 categories, expected at most 65535: group the rare ones, or exclude it',
    ]);
  });
});

function noisySet(seed: number, holes: boolean, weighted: boolean): TrainingSet {
  const random = new Random(seed);
  const rows = [...Array(900).keys()];
  const codes = rows.map((row) => (holes && random.below(10) === 0 ? -1 : (row * 7 + seed) % 400));
  const values = codes.map((code) => ((code * 13) % 17) + 6 * random.unit());
  const weights = rows.map(() => (weighted ? 0.5 + random.unit() : 1));
  const x = rows.map((row) => row % 255);
  return regression(
    table(
      wide(400, 900, (row) => codes[row]!),
      numbers('x', x),
    ),
    values,
    weights,
  );
}

interface Side {
  weight: number;
  sum: number;
}

/** What the squared error falls by when rows are told apart like that. */
function decrease(sides: readonly Side[]): number {
  const total = sides.reduce((all, side) => ({ weight: all.weight + side.weight, sum: all.sum + side.sum }));
  const part = ({ weight, sum }: Side): number => (weight === 0 ? 0 : sum ** 2 / weight);
  return sides.reduce((all, side) => all + part(side), -part(total));
}

function sidesBy({ features, target, sampleWeight }: TrainingSet, keyOf: (row: number) => number): Map<number, Side> {
  const sides = new Map<number, Side>();
  for (let row = 0; row < features.nRows; row++) {
    const side = sides.get(keyOf(row)) ?? { weight: 0, sum: 0 };
    sides.set(keyOf(row), side);
    side.weight += sampleWeight![row]!;
    side.sum += sampleWeight![row]! * (target as { values: Float64Array }).values[row]!;
  }
  return sides;
}

/** By the two leaves of a tree. */
function decreaseOf(forest: Forest, set: TrainingSet): number {
  const predicted = predictForest(forest, set.features);
  return decrease([...sidesBy(set, (row) => predicted[row]!).values()]);
}

/** By the best cut of the categories in the order of their means, missing cells on either side. */
function bestDecrease(set: TrainingSet): number {
  const { codes } = set.features.columns[0] as { codes: Int32Array };
  const sides = sidesBy(set, (row) => codes[row]!);
  const missing = sides.get(-1) ?? { weight: 0, sum: 0 };
  sides.delete(-1);
  const order = [...sides.values()].sort((a, b) => a.sum / a.weight - b.sum / b.weight);
  const total = (of: readonly Side[]): Side =>
    of.reduce((all, side) => ({ weight: all.weight + side.weight, sum: all.sum + side.sum }), { weight: 0, sum: 0 });
  let best = 0;
  for (let cut = 1; cut <= order.length; cut++) {
    const [left, right] = [order.slice(0, cut), order.slice(cut)];
    best = Math.max(best, decrease([total([...left, missing]), total(right)]));
    best = Math.max(best, decrease([total(left), total([...right, missing])]));
  }
  return best;
}

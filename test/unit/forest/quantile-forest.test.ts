import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatTables } from '../../../src/data/concat.ts';
import { takeRows } from '../../../src/data/table.ts';
import { decodeForest, encodeForest } from '../../../src/forest/codec.ts';
import type { Forest } from '../../../src/forest/forest.ts';
import { decodeLeafResponses, encodeLeafResponses } from '../../../src/forest/leaf-file.ts';
import { predictForest } from '../../../src/forest/predict-forest.ts';
import { type LeafResponses, leafResponses, predictQuantiles } from '../../../src/forest/quantile-forest.ts';
import { runs } from '../../tools/effort.ts';
import { grow, mixedSet, numbers, regression, table } from './small-sets.ts';

const responsesOf = (forest: Forest, set: ReturnType<typeof mixedSet>): LeafResponses =>
  leafResponses(forest, set.features, (set.target as { values: Float64Array }).values);

describe('quantiles of a forest', () => {
  it('are the least response up to which the weights of the leaves sum to the level', async () => {
    // One tree of two leaves: 10, 20, 20, 50 and 60, 70.
    const set = regression(table(numbers('x', [1, 1, 1, 1, 2, 2])), [20, 10, 50, 20, 70, 60]);
    const forest = await grow(set);
    const levels = [0.01, 0.25, 0.2500001, 0.5, 0.75, 0.75001, 0.99];
    const rows = table(numbers('x', [0, 3]));
    expect([...predictQuantiles(forest, responsesOf(forest, set), rows, levels)]).toEqual([
      ...[10, 10, 20, 20, 20, 50, 50],
      ...[60, 60, 60, 60, 70, 70, 70],
    ]);
  });

  it('never fall as the level rises, and are responses that were seen', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 120 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 9 }),
        fc.uniqueArray(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), { minLength: 1, maxLength: 6 }),
        fc.nat(1000),
        async (nRows, nEstimators, minSamplesLeaf, some, seed) => {
          const set = mixedSet(nRows, 'regression', seed);
          const forest = await grow(set, { nEstimators, bootstrap: true, minSamplesLeaf, randomState: seed });
          const levels = some.sort((a, b) => a - b);
          const other = mixedSet(30, 'regression', seed + 1).features;
          const quantiles = predictQuantiles(forest, responsesOf(forest, set), other, levels);
          const seen = new Set((set.target as { values: Float64Array }).values);
          for (let row = 0; row < 30; row++) {
            const ofRow = [...quantiles.subarray(row * levels.length, (row + 1) * levels.length)];
            expect(ofRow.every((quantile) => seen.has(quantile))).toBe(true);
            expect(ofRow).toEqual([...ofRow].sort((a, b) => a - b));
          }
        },
      ),
      { numRuns: runs(40) },
    );
  });

  it('are the same for a row alone, among others and in a long table', async () => {
    const set = mixedSet(150, 'regression');
    const forest = await grow(set, { nEstimators: 15, bootstrap: true });
    const responses = responsesOf(forest, set);
    const few = mixedSet(40, 'regression', 9).features;
    const quantiles = predictQuantiles(forest, responses, few, [0.1, 0.9]);
    const alone = Array.from({ length: 40 }, (_, row) => [
      ...predictQuantiles(forest, responses, takeRows(few, Int32Array.of(row)), [0.1, 0.9]),
    ]);
    expect(alone.flat()).toEqual([...quantiles]);
    const long = concatTables(
      Array.from({ length: 60 }, () => few),
      'rows',
    );
    const many = predictQuantiles(forest, responses, long, [0.1, 0.9]);
    for (let copy = 0; copy < 60; copy++) expect(many.slice(copy * 80, (copy + 1) * 80)).toEqual(quantiles);
  });

  it('hold the share of new rows that the levels promise, within a few per cent', async () => {
    const set = mixedSet(2000, 'regression', 4);
    const forest = await grow(set, { nEstimators: 50, bootstrap: true, minSamplesLeaf: 10 });
    const held = mixedSet(2000, 'regression', 5);
    const bounds = predictQuantiles(forest, responsesOf(forest, set), held.features, [0.1, 0.9]);
    const truth = (held.target as { values: Float64Array }).values;
    const inside = truth.filter((y, row) => bounds[2 * row]! <= y && y <= bounds[2 * row + 1]!).length;
    expect(inside / 2000).toBeGreaterThan(0.78);
    expect(inside / 2000).toBeLessThan(0.95);
  });
});

describe('the responses in the leaves as bytes', () => {
  it('give the same quantiles for the forest that was read from its own file', async () => {
    for (const [nRows, minSamplesLeaf] of [
      [60, 1],
      [700, 1],
      [700, 300],
    ] as const) {
      const set = mixedSet(nRows, 'regression');
      const forest = await grow(set, { nEstimators: 6, bootstrap: true, minSamplesLeaf });
      const responses = responsesOf(forest, set);
      const bytes = encodeLeafResponses(responses);
      const read = decodeForest(encodeForest(forest));
      const decoded = decodeLeafResponses(bytes, read);
      expect(predictForest(read, set.features)).toEqual(predictForest(forest, set.features));
      expect(predictQuantiles(read, decoded, set.features, [0.05, 0.5, 0.95])).toEqual(
        predictQuantiles(forest, responses, set.features, [0.05, 0.5, 0.95]),
      );
      expect(Buffer.compare(encodeLeafResponses(decoded), bytes)).toBe(0);
    }
  });

  it('are refused when a byte was changed or cut off, and with another forest', async () => {
    const set = mixedSet(60, 'regression');
    const forest = await grow(set, { nEstimators: 3, bootstrap: true });
    const bytes = encodeLeafResponses(responsesOf(forest, set));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = bytes.slice();
        damaged[at]! ^= change;
        expect(() => decodeLeafResponses(damaged, forest)).toThrow(RangeError);
        expect(() => decodeLeafResponses(bytes.subarray(0, at), forest)).toThrow(RangeError);
      }),
      { numRuns: runs(200) },
    );
    const other = await grow(set, { nEstimators: 4, bootstrap: true });
    expect(() => decodeLeafResponses(bytes, other)).toThrow('has other leaves than the forest');
    expect(() => decodeLeafResponses(encodeForest(forest), forest)).toThrow(RangeError);
  });
});

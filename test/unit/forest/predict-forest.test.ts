import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Table } from '../../../src/data/table.ts';
import { takeRows } from '../../../src/data/table.ts';
import { applyForest, blockFinder, leafFinder } from '../../../src/forest/apply-forest.ts';
import { treeCount } from '../../../src/forest/forest.ts';
import { forestCells } from '../../../src/forest/forest-cells.ts';
import { predictForest } from '../../../src/forest/predict-forest.ts';
import { predictBlocks, predictInThreads } from '../../../src/forest/predict-in-threads.ts';
import { runs } from '../../tools/effort.ts';
import { plainLeaf, randomForest } from './random-forest.ts';

/** Any forest, from one output to many, with rows that go one by one and such that go together. */
const anyForest = fc
  .record({
    seed: fc.nat(),
    nRows: fc.constantFrom(1, 7, 127, 128, 400),
    nTrees: fc.constantFrom(1, 2, 9),
    outputs: fc.constantFrom(1, 2, 3, 8, 9, 50),
  })
  .map(({ seed, ...size }) => randomForest(seed, size));

describe('predictForest', () => {
  test('gives each row the mean of the leaves that a plain walk reaches, bit by bit, as applyForest names them', () => {
    fc.assert(
      fc.property(anyForest, ({ forest, table }) => {
        const { outputs, leaf, values } = forest;
        const nTrees = treeCount(forest);
        const leaves = Int32Array.from({ length: table.nRows * nTrees }, (_, i) =>
          plainLeaf(forest, i % nTrees, table, Math.floor(i / nTrees)),
        );
        const means = Float64Array.from({ length: table.nRows * outputs }, (_, i) => {
          const row = Math.floor(i / outputs);
          const ofRow = leaves.subarray(row * nTrees, (row + 1) * nTrees);
          return ofRow.reduce((sum, node) => sum + values[leaf[node]! * outputs + (i % outputs)]!, 0) / nTrees;
        });
        expect(predictForest(forest, table)).toEqual(means);
        expect(applyForest(forest, table)).toEqual(leaves);
      }),
      { numRuns: runs(150) },
    );
  });

  test('gives a row the same alone, among others, and whatever was asked before', () => {
    const { forest, table } = randomForest(5, { nRows: 20_000, nTrees: 12, outputs: 3 });
    const together = predictForest(forest, table);
    for (let row = 0; row < table.nRows; row += 331) {
      const alone = predictForest(forest, takeRows(table, Int32Array.of(row)));
      expect(together.subarray(row * 3, (row + 1) * 3)).toEqual(alone);
    }
  });

  test('names a column that is missing, of a table without rows too', () => {
    const { forest } = randomForest(5, { nRows: 1, nTrees: 1, outputs: 1 });
    const columns = [{ kind: 'numeric', name: 'other', values: Float64Array.of(1), integer: true }] as const;
    for (const nRows of [0, 1, 200]) expect(() => predictForest(forest, { nRows, columns })).toThrow('no such column');
  });
});

describe('leafFinder', () => {
  test('finds the leaves of some rows, in any order, as of all rows', () => {
    fc.assert(
      fc.property(anyForest, fc.array(fc.nat()), ({ forest, table }, picks) => {
        const rows = Int32Array.from(picks, (pick) => pick % table.nRows);
        const [all, some] = [new Int32Array(table.nRows), new Int32Array(rows.length)];
        // The second one is for tables too large to be laid out at once.
        for (const finder of [
          leafFinder(forest, table),
          blockFinder(forest, forestCells(forest, table), table.nRows),
        ]) {
          for (let tree = treeCount(forest) - 1; tree >= 0; tree--) {
            finder.leavesOf(tree, all);
            finder.leavesOf(tree, some, rows);
            expect(some).toEqual(rows.map((row) => all[row]!));
            expect(all).toEqual(all.map((_, row) => plainLeaf(forest, tree, table, row)));
          }
        }
      }),
      { numRuns: runs(50) },
    );
  });
});

describe('predictInThreads', () => {
  // As many as threads are started for.
  const { forest, table } = randomForest(11, { nRows: 30_000, nTrees: 150, outputs: 2 });
  const means = predictForest(forest, table);

  test.each([1, 2, 3, -1])('gives the same bits with n-jobs %i', async (nJobs) => {
    const found = await predictInThreads(forest, table, { nJobs });
    expect(Buffer.compare(Buffer.from(found.buffer), Buffer.from(means.buffer))).toBe(0);
  });

  test('gives blocks in the order of the rows, and ends when nobody takes more', async () => {
    const ends: number[] = [];
    for await (const { from, end, means: ofBlock } of predictBlocks(forest, table, 8192, { nJobs: 3 })) {
      expect(ofBlock).toEqual(means.subarray(2 * from, 2 * end));
      ends.push(end);
    }
    expect(ends).toEqual([8192, 16_384, 24_576, 30_000]);
    for await (const { from } of predictBlocks(forest, table, 1000, { nJobs: 2 })) {
      expect(from).toBe(0);
      break;
    }
  });

  test('ends with what the signal holds, in threads and without', async () => {
    const stopped = (nJobs: number, signal: AbortSignal): Promise<Float64Array> =>
      predictInThreads(forest, table, { nJobs, signal });
    await expect(stopped(2, AbortSignal.abort('before'))).rejects.toBe('before');
    for (const nJobs of [1, 2]) {
      const controller = new AbortController();
      setImmediate(() => controller.abort('under way'));
      await expect(stopped(nJobs, controller.signal)).rejects.toBe('under way');
    }
  });
});

test('an empty table has no predictions', async () => {
  const { forest, table } = randomForest(3, { nRows: 0, nTrees: 2, outputs: 3 });
  const empty: Table = { ...table, nRows: 0 };
  expect(predictForest(forest, empty)).toEqual(new Float64Array(0));
  expect(applyForest(forest, empty)).toEqual(new Int32Array(0));
  expect(await predictInThreads(forest, empty, { nJobs: 2 })).toEqual(new Float64Array(0));
});

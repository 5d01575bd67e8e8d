import { describe, expect, it } from 'vitest';
import { takeRows } from '../../../src/data/table.ts';
import { takeTarget } from '../../../src/data/target.ts';
import { decodeForest, encodeForest } from '../../../src/forest/codec.ts';
import { fitEngine } from '../../../src/forest/engines.ts';
import { treeCount } from '../../../src/forest/forest.ts';
import { defaultParams } from '../../../src/forest/params.ts';
import { permutationImportances } from '../../../src/forest/permutation-importances.ts';
import { predictForest } from '../../../src/forest/predict-forest.ts';
import { grow, mixedSet, numbers, regression, table, texts } from './small-sets.ts';

const rows = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i);

describe('engine ml-random-forest', () => {
  const set = (() => {
    const whole = mixedSet(400, 'classification', 12);
    const columns = whole.features.columns.filter((column) => column.name !== 'b');
    const present = rows(0, 400).filter((row) => (columns[1] as { codes: Int32Array }).codes[row] !== -1);
    return { features: takeRows({ nRows: 400, columns }, present), target: takeTarget(whole.target, present) };
  })();
  const half = set.features.nRows >> 1;
  const train = { features: takeRows(set.features, rows(0, half)), target: takeTarget(set.target, rows(0, half)) };
  const test = takeRows(set.features, rows(half, 2 * half));

  it('agrees with the native engine on most rows, and comes back from bytes', async () => {
    const params = { ...defaultParams('classification'), nEstimators: 30, maxFeatures: null };
    const [ours, theirs] = await Promise.all(
      (['native', 'ml-random-forest'] as const).map((engine) => fitEngine(engine, train, params, { nJobs: 1 })),
    );
    const [a, b] = [predictForest(ours!, test), predictForest(decodeForest(encodeForest(theirs!)), test)];
    let same = 0;
    for (let i = 0; i < half; i++) if (a[2 * i]! > 0.5 === b[2 * i]! > 0.5) same++;
    expect(same / half).toBeGreaterThan(0.8);
    const { nEstimators } = params;
    for (const share of b) expect(Math.abs(share * nEstimators - Math.round(share * nEstimators))).toBeLessThan(1e-9);
  });

  it('predicts numbers as well', async () => {
    const x = Array.from({ length: 60 }, (_, i) => i);
    const kinds = x.map((v) => (v % 2 ? 'odd' : 'even'));
    const values = x.map((v) => v + (v % 2 ? 100 : 0));
    const params = { ...defaultParams('regression'), nEstimators: 20 };
    const numeric = regression(table(numbers('x', x), texts('k', kinds)), values);
    const forest = await fitEngine('ml-random-forest', numeric, params, { nJobs: 1 });
    for (const [i, value] of predictForest(forest, numeric.features).entries()) {
      expect(Math.abs(value - values[i]!)).toBeLessThan(8);
    }
  });

  it('looks at one feature a tree when it is asked for one', async () => {
    const x = Array.from({ length: 40 }, (_, i) => i);
    const columns = ['a', 'b', 'c', 'd'].map((name, k) =>
      numbers(
        name,
        x.map((v) => (v * (2 * k + 3)) % 41),
      ),
    );
    const params = { ...defaultParams('regression'), nEstimators: 12, maxFeatures: 1 };
    const forest = await fitEngine('ml-random-forest', regression(table(...columns), x), params, { nJobs: 1 });
    const used = Array.from(
      { length: 12 },
      (_, t) => new Set(forest.feature.slice(forest.treeStart[t], forest.treeStart[t + 1]).filter((f) => f >= 0)),
    );
    expect(used.every((features) => features.size === 1)).toBe(true);
    expect(new Set(used.flatMap((features) => [...features])).size).toBeGreaterThan(2);
  });

  it('gives the same again, whole or as a prefix', async () => {
    const params = { ...defaultParams('classification'), nEstimators: 6 };
    const trained = (nEstimators: number, options = {}) =>
      fitEngine('ml-random-forest', train, { ...params, nEstimators }, { nJobs: 1, ...options });
    const whole = await trained(6);
    expect(await trained(6)).toEqual(whole);
    const first = await trained(6, { maxTrainTimeMs: 1e-9 });
    expect(treeCount(first)).toBe(1);
    expect([...first.threshold]).toEqual([...whole.threshold.subarray(0, whole.treeStart[1])]);
  });

  it('stops at a signal between trees', async () => {
    const params = { ...defaultParams('classification'), nEstimators: 50 };
    const stop = new AbortController();
    const seen: number[] = [];
    const onProgress = (done: number): void => {
      seen.push(done);
      if (done === 2) stop.abort(new Error('enough'));
    };
    const fitting = fitEngine('ml-random-forest', train, params, { nJobs: 1, signal: stop.signal, onProgress });
    await expect(fitting).rejects.toThrow('enough');
    expect(seen).toEqual([1, 2]);
  });

  it('warns above 2,000 rows of the time it will take', async () => {
    const warnings: string[] = [];
    const trained = (nRows: number) => {
      const { features, target } = mixedSet(nRows, 'classification', 2);
      const columns = features.columns.filter(({ name }) => name === 'a' || name === 'noise');
      const params = { ...defaultParams('classification'), nEstimators: 1, maxDepth: 2 };
      const onWarning = (message: string) => warnings.push(message);
      return fitEngine('ml-random-forest', { features: { nRows, columns }, target }, params, { nJobs: 1, onWarning });
    };
    await trained(2000);
    expect(warnings).toEqual([]);
    await trained(2001);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^"engine" is "ml-random-forest", whose time grows with the square of the rows: one tree on 2,001 rows will take about \d+ (seconds?|minutes?), as measured on 2,000 of them; use native$/,
    );
  });

  it('refuses what the package does not have', async () => {
    const params = { ...defaultParams('regression'), minSamplesLeaf: 2, splitter: 'random' as const };
    const missing = regression(table(numbers('x', [1, null, 3])), [1, 2, 3]);
    await expect(fitEngine('ml-random-forest', missing, params, { nJobs: 1 })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      faults: [
        '"engine" is "ml-random-forest", which has no min-samples-leaf; leave it out or use native',
        '"engine" is "ml-random-forest", which has no splitter random; leave it out or use native',
        '"engine" is "ml-random-forest", which cannot learn the missing cells of "x"; use native',
      ],
    });
  });
});

describe('permutationImportances', () => {
  it('are near 0 for a column that has nothing to do with the target, and large for one that has', async () => {
    for (const task of ['regression', 'classification'] as const) {
      const whole = mixedSet(1200, task, 13);
      const part = (from: number, to: number) => ({
        features: takeRows(whole.features, rows(from, to)),
        target: takeTarget(whole.target, rows(from, to)),
      });
      const forest = await grow(part(0, 800), { nEstimators: 40, bootstrap: true });
      const found = permutationImportances(forest, part(800, 1200), { seed: 1, repeats: 3 });
      expect(found.map(({ feature }) => feature)).toEqual(['a', 'b', 'color', 'noise']);
      const [a, b, color, noise] = found.map(({ mean }) => mean) as [number, number, number, number];
      expect(Math.min(a, b, color)).toBeGreaterThan(0);
      expect(Math.abs(noise)).toBeLessThan(0.03 * a);
      expect(permutationImportances(forest, part(800, 1200), { seed: 1, repeats: 3 })).toEqual(found);
    }
  });
});

describe('predictForest', () => {
  it('gives complete rows of numbers the same as among rows with missing cells', async () => {
    for (const task of ['regression', 'classification'] as const) {
      const { features, target } = mixedSet(1030, task, 14, 3);
      const columns = features.columns.filter(({ name }) => name === 'a' || name === 'noise');
      const complete = { nRows: 1030, columns };
      const forest = await grow({ features: complete, target }, { nEstimators: 5, bootstrap: true });
      const holed = columns.map((column) => ({
        ...column,
        values: Float64Array.of(...(column as { values: Float64Array }).values, NaN),
      }));
      const among = predictForest(forest, { nRows: 1031, columns: holed as typeof columns });
      expect(among.subarray(0, 1030 * forest.outputs)).toEqual(predictForest(forest, complete));
    }
  });

  it('finds features by name and refuses those of another kind', async () => {
    const forest = await grow(regression(table(numbers('x', [1, 2]), texts('k', ['a', 'a'])), [3, 4]));
    expect([
      ...predictForest(forest, table(texts('k', ['a', 'a']), numbers('other', [0, 0]), numbers('x', [2, 1]))),
    ]).toEqual([4, 3]);
    expect(() => predictForest(forest, table(numbers('x', [1])))).toThrow('no such column');
    expect(() => predictForest(forest, table(texts('x', ['1']), texts('k', ['a'])))).toThrow('"x" must be numeric');
  });
});

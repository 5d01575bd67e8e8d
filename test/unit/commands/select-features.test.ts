import { expect, test } from 'vitest';
import { selectFeatures } from '../../../src/commands/select-features.ts';
import { featureSettings } from '../../../src/config/features.ts';
import { fitTransform } from '../../../src/features/pipeline.ts';
import { correlationOf, unitRanks } from '../../../src/features/rank-correlation.ts';
import { defaultParams } from '../../../src/forest/params.ts';
import { Random } from '../../../src/forest/random.ts';
import { cellsOf, tableOf } from '../features/tables.ts';

test('correlations of ranks are those of pandas, ties included', () => {
  const x = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
  const y = [2, 7, 1, 8, 2, 8, 1, 8, 2, 8];
  const ranks = (values: number[]) => unitRanks(Float64Array.from(values));
  expect(correlationOf(ranks(x), ranks(y))).toBeCloseTo(0.1347150628109127, 12);
  expect(correlationOf(ranks(x), ranks(x.map((value) => value ** 3)))).toBeCloseTo(1, 12);
  expect(correlationOf(ranks(x), ranks(x.map((value) => -value)))).toBeCloseTo(-1, 12);
  expect(correlationOf(ranks(x), ranks(x.map(() => 1)))).toBe(0);
});

test('features that repeat a better one or that nothing is lost without are left out, with what was made for them', async () => {
  const random = new Random(1);
  const nRows = 600;
  const draw = () => Array.from({ length: nRows }, () => random.unit());
  const [a, b, noise] = [draw(), draw(), draw()];
  const kind = a.map((value) => (value > 0.5 ? 'high' : 'low'));
  const table = tableOf({ a, copy: a.map((value) => Math.exp(value) + 1e-9 * random.unit()), b, noise, kind });
  const steps = [{ scale: { columns: 'noise' } }, { expression: { output: 'sum', formula: 'a + b' } }];
  const target = {
    task: 'regression',
    values: Float64Array.from(a, (value, row) => 10 * value + 3 * b[row]!),
  } as const;
  const settings = featureSettings.parse({ steps, select: { 'min-importance': 0.01 } });
  const made = fitTransform(table, settings, { target, seed: 0 });
  const { fitted, features } = await selectFeatures({
    ...made,
    settings: settings.select!,
    target,
    params: { ...defaultParams('regression'), nEstimators: 20 },
    times: undefined,
    nJobs: 1,
    signal: new AbortController().signal,
  });
  expect(fitted.outputs).not.toContain('noise');
  expect(fitted.outputs.filter((name) => name === 'a' || name === 'copy')).toHaveLength(1);
  expect(fitted.operations?.some(({ kind }) => kind === 'scale') ?? false).toBe(false);
  expect(fitted.inputs.map(({ name }) => name)).not.toContain('noise');
  expect(Object.keys(cellsOf(features))).toEqual([...fitted.outputs]);
  const reasons = Object.fromEntries(fitted.dropped.map(({ column, reason }) => [column, reason]));
  expect(reasons.noise).toMatch(/% of the importance of all features \(features\.select\)$/);
  const twin = fitted.outputs.includes('a') ? 'copy' : 'a';
  expect(reasons[twin]).toMatch(
    /^its ranks are correlated 1 with "(a|copy)", which is more important \(features\.select\)$/,
  );
});

test('with instants the last rows tell what is needed: what only once was of use is left out', async () => {
  const random = new Random(2);
  const nRows = 800;
  const draw = () => Array.from({ length: nRows }, () => random.unit());
  const [once, always] = [draw(), draw()];
  const values = Float64Array.from(always, (value, row) => 5 * value + (row < 600 ? 10 * once[row]! : 0));
  const table = tableOf({ once, always });
  const target = { task: 'regression', values } as const;
  const made = fitTransform(table, featureSettings.parse({}), { target, seed: 0 });
  const outputs = async (times: Float64Array | undefined) => {
    const { fitted } = await selectFeatures({
      ...made,
      settings: { 'min-importance': 0.05, 'max-correlation': null },
      target,
      params: { ...defaultParams('regression'), nEstimators: 20 },
      times,
      nJobs: 1,
      signal: new AbortController().signal,
    });
    return fitted.outputs;
  };
  expect(await outputs(undefined)).toEqual(['once', 'always']);
  expect(await outputs(Float64Array.from({ length: nRows }, (_, row) => row * 60_000))).toEqual(['always']);
});

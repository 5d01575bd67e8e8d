import { describe, expect, test } from 'vitest';
import { featureSettings } from '../../../src/config/features.ts';
import { takeRows } from '../../../src/data/table.ts';
import type { Target } from '../../../src/data/target.ts';
import { applyFeatures, fitTransform } from '../../../src/features/pipeline.ts';
import { Random } from '../../../src/forest/random.ts';
import { cellsOf, learn, tableOf, transform } from './tables.ts';

const none = (nRows: number): Target => ({ task: 'regression', values: new Float64Array(nRows) });

describe('steps', () => {
  test('work on what the ones before have made, in their place or beside them', () => {
    const train = tableOf({ a: [1, null, 3, 8], b: ['x', 'y', 'x', null] });
    const steps = [
      { impute: { columns: 'a', indicator: true } },
      { expression: { output: 'double', formula: 'a * 2' } },
      { scale: { columns: ['double'], method: 'min-max', suffix: '.scaled' } },
      { 'one-hot': { columns: 'b', keep: true } },
      { rename: { columns: { a: 'b', b: 'a' } } },
    ];
    expect(cellsOf(transform(train, steps))).toEqual({
      b: [1, 3, 3, 8],
      a: ['x', 'y', 'x', null],
      'a.missing': [0, 1, 0, 0],
      double: [2, 6, 6, 16],
      'double.scaled': [0, 4 / 14, 4 / 14, 1],
      'b=x': [1, 0, 1, 0],
      'b=y': [0, 1, 0, 0],
      'b.missing': [0, 0, 0, 1],
    });
  });

  test('treat categories that training has not seen as unknown, and missing ones as missing', () => {
    const train = tableOf({ k: ['a', 'a', 'a', 'b', 'b', 'c'], n: [1, 1, 1, 2, 2, 3] });
    const rows = tableOf({ k: ['b', 'new', null], n: [2, 9, null] });
    const both = ['k', 'n'];
    expect(cellsOf(transform(train, [{ ordinal: { columns: both } }], rows))).toEqual({
      k: [1, null, null],
      n: [1, null, null],
    });
    expect(cellsOf(transform(train, [{ frequency: { columns: both } }], rows))).toEqual({
      k: [2 / 6, 0, null],
      n: [2 / 6, 0, null],
    });
    expect(cellsOf(transform(train, [{ rare: { columns: 'k', 'min-share': 0.3, name: 'few' } }], rows)).k).toEqual([
      'b',
      'few',
      null,
    ]);
    expect(cellsOf(transform(train, [{ 'one-hot': { columns: both } }], rows))).toEqual({
      ...{ 'k=a': [0, 0, 0], 'k=b': [1, 0, 0], 'k=c': [0, 0, 0], 'n=1': [0, 0, 0], 'n=2': [1, 0, 0], 'n=3': [0, 0, 0] },
    });
    const order = { ordinal: { columns: 'k', order: ['c', 'b', 'a'] } };
    expect(cellsOf(transform(train, [order], rows)).k).toEqual([1, null, null]);
  });

  test('leave a column without any value alone, for the automatic part to drop', () => {
    const train = tableOf({ a: [null, null], b: [1, 2] });
    for (const step of ['impute', 'clip', 'power', 'scale', 'bins']) {
      expect(learn(train, [{ [step]: { columns: 'a' } }])).toMatchObject({ operations: [], faults: [] });
    }
  });

  test('make what is not finite missing', () => {
    const train = tableOf({ a: [-1, -2, 0, 1.7e308] });
    expect(cellsOf(transform(train, [{ log1p: { columns: 'a' } }])).a).toEqual([null, null, 0, Math.log1p(1.7e308)]);
    const rows = tableOf({ a: [-1.7e308] });
    expect(cellsOf(transform(tableOf({ a: [0, 1e-3] }), [{ scale: { columns: 'a' } }], rows)).a).toEqual([null]);
  });

  test('filter and dedupe leave out training rows and their targets, and answer every row later', () => {
    const train = tableOf({ a: [1, 1, 1, 2, null, 1], b: ['x', 'x', 'y', 'x', 'x', 'x'], c: [1, 2, 3, 4, 5, 1] });
    const target: Target = { task: 'regression', values: Float64Array.of(7, 7, 7, 7, 7, 8) };
    const settings = (steps: unknown[]) => featureSettings.parse({ steps });
    const filtered = fitTransform(train, settings([{ filter: { formula: 'a == 1 and b != "y"' } }]), {
      target,
      seed: 0,
    });
    expect([...filtered.rows]).toEqual([0, 1, 5]);
    expect(filtered.fitted.outputs).toEqual(['c']);
    const deduped = fitTransform(train, settings([{ dedupe: { columns: ['a', 'b'] } }, { dedupe: {} }]), {
      target,
      seed: 0,
    });
    // The last row is like the first one but for its target.
    expect([...deduped.rows]).toEqual([0, 2, 3, 4, 5]);
    expect(cellsOf(deduped.features)).toEqual({
      a: [1, 1, 2, null, 1],
      b: ['x', 'y', 'x', 'x', 'x'],
      c: [1, 3, 4, 5, 1],
    });
    expect(applyFeatures(deduped.fitted, train).nRows).toBe(6);
  });
});

describe('the features of a model', () => {
  const train = tableOf({
    temp: [1, 2, 3, null],
    hum: [5, 6, 7, 9],
    sky: ['a', 'b', 'a', 'b'],
    same: [1, 1, 1, 1],
    spare: [1, 2, 3, 4],
    when: [0, 1, 2, 3].map((hour) => new Date(Date.UTC(2024, 0, 1, hour))),
    sold: [0, 1, 2, 3].map((day) => new Date(Date.UTC(2024, 0, 1 + day))),
  });
  const steps = [
    { impute: { columns: 'numeric' } },
    { scale: { columns: 'spare' } },
    { expression: { output: 'feels', formula: 'temp * hum' } },
    { date: { columns: 'when', parts: ['hour'] } },
    { drop: { columns: ['spare', 'hum'] } },
  ];

  test('are what steps have made, then the automatic part of the columns that are left', () => {
    const { fitted, features } = fitTransform(train, featureSettings.parse({ steps }), { target: none(4), seed: 0 });
    expect(fitted.outputs).toEqual([
      'temp',
      'sky',
      'sold.day',
      'sold.weekday',
      'sold.day-of-year',
      'feels',
      'when.hour',
    ]);
    expect(fitted.dropped).toEqual([{ column: 'same', reason: 'the same value in every training row' }]);
    expect(applyFeatures(JSON.parse(JSON.stringify(fitted)), train)).toEqual(features);
  });

  test('have each part of an instant once, be it made by a step or by itself', () => {
    const keep = { date: { columns: 'sold', parts: ['day'], cyclic: ['weekday'], keep: true } };
    const { fitted } = fitTransform(train, featureSettings.parse({ steps: [keep] }), { target: none(4), seed: 0 });
    expect(fitted.outputs.filter((name) => name.startsWith('sold'))).toEqual([
      'sold.weekday',
      'sold.day-of-year',
      'sold.day',
      'sold.weekday.sin',
      'sold.weekday.cos',
    ]);
  });

  test('need only the raw columns that something is made of', () => {
    const { fitted } = fitTransform(train, featureSettings.parse({ steps }), { target: none(4), seed: 0 });
    expect(fitted.inputs).toEqual([
      { name: 'temp', type: 'double', required: false },
      { name: 'hum', type: 'long', required: true },
      { name: 'sky', type: 'string', required: true },
      { name: 'when', type: 'datetime', required: true },
      { name: 'sold', type: 'datetime', required: true },
    ]);
    // Imputing "spare" and "same" and scaling "spare" is for nothing.
    expect(fitted.operations!.map(({ kind, inputs }) => `${kind} ${inputs}`)).toEqual([
      'impute temp',
      'impute hum',
      'expression temp,hum',
      'date when',
    ]);
    const dropped = fitTransform(train, featureSettings.parse({ steps: [{ drop: { columns: 'temp' } }] }), {
      ...{ target: none(4), seed: 0 },
    });
    expect(dropped.fitted.dropped[0]).toEqual({ column: 'temp', reason: 'dropped by features.steps' });
    expect(dropped.fitted.inputs.map(({ name }) => name)).not.toContain('temp');
  });

  test('without steps are as they were before there were any', () => {
    const { fitted } = fitTransform(train, featureSettings.parse({}), { target: none(4), seed: 0 });
    expect(Object.keys(fitted)).toEqual(['inputs', 'steps', 'outputs', 'dropped']);
  });
});

test('a target encoding does not give a training row its own target back', () => {
  const random = new Random(5);
  const nRows = 2000;
  // Categories of two rows each that have nothing to do with the target.
  const k = Array.from({ length: nRows }, (_, row) => `k${row >> 1}`);
  const values = Float64Array.from({ length: nRows }, () => random.unit());
  const target: Target = { task: 'regression', values };
  const table = tableOf({ k });
  const steps = [{ 'target-encode': { columns: 'k', smooth: 0 } }];
  const correlation = (encoded: (number | string | null)[]): number => {
    const mean = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0) / of.length;
    const [x, y] = [encoded as number[], [...values]];
    const [mx, my] = [mean(x), mean(y)];
    const of = (a: readonly number[], ma: number, b: readonly number[], mb: number) =>
      a.reduce((sum, value, i) => sum + (value - ma) * (b[i]! - mb), 0);
    return of(x, mx, y, my) / Math.sqrt(of(x, mx, x, mx) * of(y, my, y, my));
  };
  expect(Math.abs(correlation(cellsOf(learn(table, steps, { target }).table).k!))).toBeLessThan(0.06);
  expect(correlation(cellsOf(transform(table, steps, table, { target })).k!)).toBeGreaterThan(0.6);
  const again = learn(
    takeRows(
      table,
      Int32Array.from({ length: nRows }, (_, row) => row),
    ),
    steps,
    { target },
  );
  expect(cellsOf(again.table)).toEqual(cellsOf(learn(table, steps, { target }).table));
});

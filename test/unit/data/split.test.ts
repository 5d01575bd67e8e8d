import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitSettings } from '../../../src/config/data-settings.ts';
import { type Split, type SplitRequest, splitRows } from '../../../src/data/split.ts';
import { type Column, type Table, takeRows } from '../../../src/data/table.ts';
import { failure } from './read-text.ts';

type Settings = Record<string, unknown>;

function request(settings: Settings, more: Partial<SplitRequest> = {}): SplitRequest {
  return { settings: splitSettings.parse(settings), task: 'regression', target: 'y', seed: 0, ...more };
}

const numeric = (name: string, values: readonly number[]): Column => ({
  ...{ kind: 'numeric', name, values: Float64Array.from(values) },
  integer: values.every(Number.isSafeInteger),
});

function categorical(name: string, texts: readonly (string | null)[]): Column {
  const categories = [...new Set(texts.filter((text) => text !== null))];
  const codes = Int32Array.from(texts, (text) => (text === null ? -1 : categories.indexOf(text)));
  return { kind: 'categorical', name, codes, categories };
}

const DAY = 86_400_000;
const datetime = (name: string, days: readonly number[]): Column => ({
  ...{ kind: 'datetime', name },
  values: Float64Array.from(days, (day) => day * DAY),
});

const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Rows that all differ. */
function rows(n: number): Table {
  const y = count(n).map((i) => (i * 7919) % 1000);
  const group = count(n).map((i) => `g${i % 40}`);
  const label = count(n).map((i) => (i % 10 === 0 ? 'rare' : i % 3 === 0 ? 'b' : 'a'));
  return {
    nRows: n,
    columns: [numeric('x', count(n)), numeric('y', y), categorical('g', group), categorical('k', label)],
  };
}

/** The side of each row: train, test or neither. */
function sides({ train, test }: Split, nRows: number): string[] {
  const out = Array(nRows).fill('neither');
  for (const row of train) out[row] = 'train';
  for (const row of test) out[row] = 'test';
  return out;
}

const METHODS: readonly (readonly [string, Settings, Partial<SplitRequest>])[] = [
  ['random', { method: 'random' }, {}],
  ['stratified', { method: 'stratified' }, { target: 'k', task: 'classification' }],
  ['group', { method: 'group', column: 'g' }, {}],
];

describe.each(METHODS)('by %s', (_, settings, more) => {
  const split = (table: Table, other: Partial<SplitRequest> = {}): Split =>
    splitRows(table, request(settings, { ...more, ...other }));

  test('every row is on one side, the share is about what was asked for, and a seed gives always the same', () => {
    const table = rows(5000);
    const first = split(table);
    expect([...first.train, ...first.test].sort((a, b) => a - b)).toEqual(count(5000));
    expect(first.test.length / 5000).toBeGreaterThan(0.1);
    expect(first.test.length / 5000).toBeLessThan(0.3);
    expect(split(table)).toEqual(first);
    expect(split(table, { seed: 1 }).test).not.toEqual(first.test);
  });

  test('a row keeps its side wherever it stands, whatever rows are added, and by cutoffs of the first split', () => {
    const all = rows(3000);
    const before = takeRows(all, Int32Array.from(count(1000)));
    const first = split(before);
    const sidesBefore = sides(first, 1000);
    expect(sides(split(all), 3000).slice(0, 1000)).toEqual(sidesBefore);
    const turned = takeRows(all, Int32Array.from(count(3000).reverse()));
    expect(sides(split(turned), 3000).reverse().slice(0, 1000)).toEqual(sidesBefore);
    const columns = { nRows: 3000, columns: all.columns.toReversed() };
    expect(sides(split(columns), 3000).slice(0, 1000)).toEqual(sidesBefore);
    const cutoff = JSON.parse(JSON.stringify(first.cutoff));
    expect(sides(split(all, { cutoff }), 3000).slice(0, 1000)).toEqual(sidesBefore);
  });

  test('equal rows fall on the same side', () => {
    const table = takeRows(
      rows(400),
      Int32Array.from(count(1200), (i) => i % 400),
    );
    const found = sides(split(table), 1200);
    expect(found.slice(400, 800)).toEqual(found.slice(0, 400));
    expect(found.slice(800)).toEqual(found.slice(0, 400));
  });

  test('both sides have rows as soon as there are two that can be parted', () => {
    for (const n of [2, 3, 5, 10, 20]) {
      const table = {
        nRows: n,
        columns: [
          ...rows(n).columns.slice(0, 2),
          categorical('g', count(n).map(String)),
          categorical('k', Array(n).fill('a')),
        ],
      };
      const { train, test } = splitRows(table, request({ ...settings, 'test-fraction': 0.5 }, more));
      expect([train.length > 0, test.length > 0]).toEqual([true, true]);
    }
  });
});

test('stratified holds out of every class about its share', () => {
  const table = rows(4000);
  const { test: held } = splitRows(table, request({ method: 'stratified' }, { target: 'k', task: 'classification' }));
  const label = table.columns[3]!;
  for (const [code, total] of [400, 2400, 1200].entries()) {
    const share = label.kind === 'categorical' ? held.filter((row) => label.codes[row] === code).length / total : 0;
    expect(Math.abs(share - 0.2)).toBeLessThan(0.06);
  }
});

test('of a class of few rows some are held out, and a class that is named like a method of objects is one as any other', () => {
  const label = [...Array(500).fill('a'), ...Array(5).fill('constructor'), ...Array(5).fill('__proto__')];
  const table: Table = { nRows: 510, columns: [numeric('x', count(510)), categorical('y', label)] };
  const asked = request({ method: 'stratified' }, { task: 'classification' });
  const { test: held, cutoff } = splitRows(table, asked);
  for (const first of [500, 505]) {
    expect([1, 2]).toContain(held.filter((row) => row >= first && row < first + 5).length);
  }
  expect(Object.keys(cutoff!)).toEqual(['a', 'constructor', '__proto__']);
  const again = splitRows(table, { ...asked, cutoff: JSON.parse(JSON.stringify(cutoff)) });
  expect(again.test).toEqual(held);
  // Classes that the first split did not see.
  const onlyA = splitRows(table, { ...asked, cutoff: { a: cutoff!.a! } });
  expect(onlyA.test.filter((row) => row < 500)).toEqual(held.filter((row) => row < 500));
});

test('no group is on both sides, whatever the groups and the seed', () => {
  const groups = fc.array(fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g')), {
    minLength: 8,
    maxLength: 60,
  });
  fc.assert(
    fc.property(groups, fc.nat(), fc.double({ min: 0.1, max: 0.9, noNaN: true }), (names, seed, fraction) => {
      fc.pre(new Set(names).size > 1);
      const table: Table = {
        nRows: names.length,
        columns: [categorical('g', names), numeric('y', count(names.length))],
      };
      const split = splitRows(table, request({ method: 'group', column: 'g', 'test-fraction': fraction }, { seed }));
      const train = new Set(Array.from(split.train, (row) => names[row]));
      expect(Array.from(split.test, (row) => names[row]).filter((name) => train.has(name))).toEqual([]);
      expect(split.train.length + split.test.length).toBe(names.length);
    }),
  );
});

describe('by time', () => {
  test('the newest rows are held out, those of one instant together, missing instants are on neither side', () => {
    const days = [5, 1, 2, 3, 4, 5, 6, 7, 8, 9, Number.NaN];
    const table: Table = { nRows: 11, columns: [datetime('t', days), numeric('y', count(11))] };
    const split = splitRows(table, request({ 'test-fraction': 0.5 }, { time: 't' }));
    expect(split).toEqual({
      method: 'time',
      train: Int32Array.of(1, 2, 3, 4),
      test: Int32Array.of(0, 5, 6, 7, 8, 9),
      cutoff: { '': 5 * DAY },
      description: 'the newest 50 % by t held out',
    });
    // Rows that come later are held out, and the cutoff stays.
    const later: Table = { nRows: 2, columns: [datetime('t', [4, 20]), numeric('y', [0, 0])] };
    expect(sides(splitRows(later, request({}, { time: 't', cutoff: split.cutoff! })), 2)).toEqual(['train', 'test']);
  });

  test('training rows are older than held-out rows by more than the gap', () => {
    const days = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 10, maxLength: 80 });
    fc.assert(
      fc.property(days, fc.nat(20), fc.double({ min: 0.1, max: 0.6, noNaN: true }), (list, gap, fraction) => {
        const table: Table = { nRows: list.length, columns: [datetime('t', list), numeric('y', list)] };
        let split: Split;
        try {
          split = splitRows(table, request({ gap, 'test-fraction': fraction }, { time: 't' }));
        } catch (error) {
          expect(error).toMatchObject({ code: 'SPLIT_EMPTY' });
          return;
        }
        const [train, test] = [split.train, split.test].map((side) => Array.from(side, (row) => list[row]!));
        const oldest = Math.min(...test!);
        expect(Math.max(...train!)).toBeLessThan(oldest - gap + (gap === 0 ? 1 : 0));
        expect(list.filter((day) => day >= oldest).length).toBe(test!.length);
        expect(list.filter((day) => day < oldest - gap).length).toBe(train!.length);
      }),
    );
  });

  test('numbers order rows as well, but have no days for a gap; texts do not', async () => {
    const table: Table = {
      nRows: 4,
      columns: [numeric('year', [2021, 2019, 2020, 2022]), categorical('t', ['a', 'b', 'c', 'd'])],
    };
    expect(sides(splitRows(table, request({ 'test-fraction': 0.25 }, { time: 'year' })), 4)).toEqual([
      ...['train', 'train', 'train', 'test'],
    ]);
    expect(await failure(() => splitRows(table, request({ gap: 1 }, { time: 'year' })))).toEqual({
      code: 'INPUT_INVALID',
      faults: [
        '"data.split.gap" is "1" days, but "year" holds numbers, which have no days; expected 0 or ISO 8601 dates',
      ],
    });
    expect(await failure(() => splitRows(table, request({}, { time: 't' })))).toEqual({
      code: 'INPUT_INVALID',
      faults: ['"data.time" is "t", but that column holds texts such as "a"; expected ISO 8601 dates or numbers'],
    });
  });
});

describe('by column', () => {
  test('the column says train or test', async () => {
    const table: Table = {
      nRows: 3,
      columns: [categorical('side', ['Test', 'train', 'TRAIN']), numeric('y', [1, 2, 3])],
    };
    const settings = { method: 'column', column: 'side' };
    expect(splitRows(table, request(settings))).toEqual({
      ...{ method: 'column', train: Int32Array.of(1, 2), test: Int32Array.of(0) },
      description: 'held out as the column side says',
    });
    const other: Table = { nRows: 3, columns: [categorical('side', ['test', 'dev', null])] };
    expect(await failure(() => splitRows(other, request(settings)))).toEqual({
      code: 'INPUT_INVALID',
      faults: ['"data.split.column" is "side", which holds "dev", ""; expected train or test'],
    });
  });
});

test('auto is time where a time column is named, stratified for classes, random for numbers', () => {
  const table: Table = { ...rows(100), columns: [...rows(100).columns, datetime('t', count(100))] };
  expect([
    splitRows(table, request({}, { time: 't' })).method,
    splitRows(table, request({}, { task: 'classification', target: 'k' })).method,
    splitRows(table, request({})).method,
  ]).toEqual(['time', 'stratified', 'random']);
});

test('what cannot be split says why', async () => {
  const table = rows(10);
  const fault = async (settings: Settings, given = table) => failure(() => splitRows(given, request(settings)));
  expect(await fault({ method: 'time' })).toEqual({
    code: 'INPUT_INVALID',
    faults: ['"data.split.method" is "time", but "data.time" names no column'],
  });
  expect(await fault({ method: 'group' })).toEqual({
    code: 'INPUT_INVALID',
    faults: ['"data.split.method" is "group", but "data.split.column" names no column'],
  });
  expect(await fault({ method: 'group', column: 'G1' })).toEqual({
    code: 'COLUMN_NOT_FOUND',
    faults: ['"data.split.column" is "G1", but the table has no such column. Columns: x, y, g, k. Did you mean "g"?'],
  });
  const one: Table = { nRows: 2, columns: [categorical('g', ['a', 'a']), numeric('y', [1, 2])] };
  expect(await fault({ method: 'group', column: 'g' }, one)).toEqual({
    code: 'SPLIT_EMPTY',
    faults: ['the split (group, 20 % held out) leaves 2 rows to train on and 0 to evaluate on'],
  });
});

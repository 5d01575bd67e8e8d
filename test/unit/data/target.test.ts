import { describe, expect, test } from 'vitest';
import { prepareTarget, takeTarget, targetFor } from '../../../src/data/target.ts';
import { failure, readText } from './read-text.ts';

const column = (...cells: (string | number)[]) => readText(`y,x\n${cells.map((cell) => `${cell},\n`).join('')}`);
const repeat = (times: number, ...cells: (string | number)[]) => Array.from({ length: times }, () => cells).flat();

test('rows without the target are left out, and classes are in the order of their size or of their letters', async () => {
  expect(prepareTarget(await column('b', '', 'a', 'b'), 'y', 'auto')).toEqual({
    task: 'classification',
    target: { task: 'classification', classes: ['a', 'b'], codes: Int32Array.of(1, 0, 1) },
    rows: Int32Array.of(0, 2, 3),
  });
  expect(prepareTarget(await column(10, 9, '', 10, 9), 'y', 'auto').target).toEqual({
    ...{ task: 'classification', classes: ['9', '10'], codes: Int32Array.of(1, 0, 1, 0) },
  });
  expect(prepareTarget(await column(0.5, '', 2), 'y', 'auto')).toEqual({
    task: 'regression',
    target: { task: 'regression', values: Float64Array.of(0.5, 2) },
    rows: Int32Array.of(0, 2),
  });
});

test('auto takes few whole numbers that repeat for classes, and others for quantities', async () => {
  const guess = async (...cells: (string | number)[]) => prepareTarget(await column(...cells), 'y', 'auto').task;
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  expect(await guess(...repeat(2, ...upTo(20)))).toBe('classification');
  expect(await guess(...repeat(2, ...upTo(21)))).toBe('regression');
  expect(await guess(...upTo(15))).toBe('regression');
  expect(await guess(0, 1)).toBe('classification');
  expect(await guess(...repeat(9, 0, 1, 1.5))).toBe('regression');
  expect(await guess('true', 'false')).toBe('classification');
});

describe('a target that cannot be learned', () => {
  const fault = async (cells: (string | number)[], task: 'auto' | 'classification' | 'regression' = 'auto') => {
    const table = await column(...cells);
    const { code, faults } = await failure(() => prepareTarget(table, 'y', task));
    expect(code).toBe('TARGET_INVALID');
    return faults[0];
  };

  test('all missing, constant, one class, instants, texts as numbers, too many classes', async () => {
    expect(await fault(['', ''])).toBe('"target" is "y", but that column has no value in any row');
    expect(await fault([7, 7, ''])).toBe('"target" is "y", but all its 2 values are "7": there is nothing to learn');
    expect(await fault([7.5, 7.5], 'regression')).toBe(
      '"target" is "y", but all its 2 values are "7.5": there is nothing to learn',
    );
    expect(await fault(['yes', 'yes'])).toBe(
      '"target" is "y", but all its 2 values are "yes": there is nothing to learn',
    );
    expect(await fault(['2024-01-01', '2024-01-02'])).toBe(
      '"target" is "y", which holds instants; a number or a class can be predicted',
    );
    expect(await fault(['a', 'b'], 'regression')).toBe(
      '"task" is "regression", but the target "y" holds texts such as "a"; use classification',
    );
    expect(await fault(Array.from({ length: 1001 }, (_, i) => `c${i}`))).toBe(
      '"target" is "y", which has 1001 classes; at most 1000 can be learned',
    );
  });

  test('a column that is not there', async () => {
    const table = await readText('hour,cnt\n1,2\n');
    expect(await failure(() => prepareTarget(table, 'count', 'auto'))).toEqual({
      code: 'COLUMN_NOT_FOUND',
      faults: ['"target" is "count", but the table has no such column. Columns: hour, cnt. Did you mean "cnt"?'],
    });
  });
});

describe('the target of new rows', () => {
  test('is in terms of the classes of training, new ones behind them', async () => {
    expect(targetFor(await column('b', 'z', 'a'), 'y', 'classification', ['a', 'b'])).toEqual({
      ...{ task: 'classification', classes: ['a', 'b', 'z'], codes: Int32Array.of(1, 2, 0) },
    });
    expect(targetFor(await column(1, 0, 5), 'y', 'classification', ['0', '1', '2'])).toEqual({
      ...{ task: 'classification', classes: ['0', '1', '2', '5'], codes: Int32Array.of(1, 0, 3) },
    });
    expect(targetFor(await column(1, 0), 'y', 'regression', [])).toEqual({
      ...{ task: 'regression', values: Float64Array.of(1, 0) },
    });
  });

  test('must be there in every row and of the kind of training', async () => {
    const [gaps, texts] = [await column('', 1, ''), await column('a', 'b')];
    expect(await failure(() => targetFor(gaps, 'y', 'regression', []))).toEqual({
      code: 'TARGET_INVALID',
      faults: ['"y" is missing in 2 of 3 rows'],
    });
    expect(await failure(() => targetFor(texts, 'y', 'regression', []))).toEqual({
      code: 'TARGET_INVALID',
      faults: ['"y" is categorical, expected numbers as at training'],
    });
  });

  test('rows are taken by number', async () => {
    const target = targetFor(await column('a', 'b', 'c'), 'y', 'classification', ['a', 'b', 'c']);
    expect(takeTarget(target, Int32Array.of(2, 0))).toEqual({ ...target, codes: Int32Array.of(2, 0) });
    const numbers = targetFor(await column(5, 6, 7), 'y', 'regression', []);
    expect(takeTarget(numbers, Int32Array.of(2, 0))).toEqual({ task: 'regression', values: Float64Array.of(7, 5) });
  });
});
